"""Questions whose answers are equally large in two meshes, so that only the mesh around them differs."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from bench.chosen import reached
from bench.mesh import Mesh

Key = TypeVar("Key", bound=Hashable)

Root = tuple[str, int]  # direction, position in the mesh's products

DEPTH = 5
NEAREST = 60  # lineages of each mesh that are compared with each other


class Size(NamedTuple):
    nodes: int
    edges: int


class Neighbours(NamedTuple):
    """By position in the mesh's products."""

    up: dict[int, list[int]]
    down: dict[int, list[int]]

    def along(self, direction: str) -> dict[int, list[int]]:
        return self.up if direction == "UPSTREAM" else self.down


def neighbours(mesh: Mesh) -> Neighbours:
    up: dict[int, list[int]] = {number: [] for number in range(len(mesh.products))}
    down: dict[int, list[int]] = {number: [] for number in range(len(mesh.products))}
    for consumer, provider in mesh.edges:
        up[consumer].append(provider)
        down[provider].append(consumer)
    return Neighbours(up, down)


def lineage_sizes(graph: Neighbours, roots: Sequence[int], most: int) -> dict[Root, Size]:
    """Of the roots' lineages at `DEPTH`, as far as they have at most `most` nodes."""
    sizes = {}
    for direction in ("UPSTREAM", "DOWNSTREAM"):
        for root in roots:
            seen = reached(graph.along(direction), root, DEPTH, most)
            if len(seen) <= most:
                edges = sum(provider in seen for one in seen for provider in graph.up[one])
                sizes[direction, root] = Size(len(seen), edges)
    return sizes


def closest(small: Mapping[Root, Size], large: Mapping[Root, Size], wanted: int) -> tuple[Root, Root]:
    """A root of each: of those about as large as `wanted` the two that are the most alike, in nodes and in edges."""

    def near(sizes: Mapping[Root, Size], direction: str) -> list[Root]:
        there = [root for root in sizes if root[0] == direction]
        return sorted(there, key=lambda root: (abs(sizes[root].nodes - wanted), root))[:NEAREST]

    def apart(pair: tuple[Root, Root]) -> tuple[float, Root, Root]:
        one, other = small[pair[0]], large[pair[1]]
        differs = abs(one.nodes - other.nodes) + abs(one.edges - other.edges)
        off = abs(one.nodes - wanted) + abs(other.nodes - wanted)
        return (differs + off / 10, *pair)

    pairs = [
        (one, other)
        for direction in ("UPSTREAM", "DOWNSTREAM")
        for one in near(small, direction)
        for other in near(large, direction)
    ]
    return min(pairs, key=apart)


def nested_size(graph: Neighbours, root: int) -> tuple[int, int]:
    """Providers of the root, and providers of those."""
    return len(graph.up[root]), sum(len(graph.up[one]) for one in graph.up[root])


def pairs_of_equals(small: Mapping[Key, Hashable], large: Mapping[Key, Hashable], most: int) -> list[tuple[Key, Key]]:
    """Up to `most` pairs of the same size, the commonest sizes first; nothing is in two pairs."""
    there: dict[Hashable, list[Key]] = {}
    for key, size in large.items():
        there.setdefault(size, []).append(key)
    common = Counter(size for size in small.values() if size in there)
    pairs = []
    for size, _ in common.most_common():
        pairs += zip((key for key, own in small.items() if own == size), there[size], strict=False)
    return pairs[:most]


def equal_keys(small: Mapping[Key, int], large: Mapping[Key, int]) -> list[Key]:
    """What both count alike, and more than nothing."""
    return [key for key, number in small.items() if number and large.get(key) == number]
