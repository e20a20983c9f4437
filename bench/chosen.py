"""Which products are asked about: drawn from the seed, and lineages by their size."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bench.mesh import SHAPES, SUBJECTS, Mesh

SIZES = (100, 800, 6_000)
CANDIDATES = 400


class Chosen(NamedTuple):
    """Ids, but names of domains and texts; `lineages` maps a number of nodes at depth 5 to (root, direction)."""

    products: list[str]
    domains: list[str]
    words: list[str]
    lineages: dict[int, tuple[str, str]]
    hub: str


def choose(mesh: Mesh, ids: dict[str, str], seed: int = 7) -> Chosen:
    """`ids` by urn, as the database has them."""
    dice = random.Random(seed)
    up, down = defaultdict(list), defaultdict(list)
    for consumer, provider in mesh.edges:
        up[consumer].append(provider)
        down[provider].append(consumer)
    hubs = sorted(down, key=lambda product: -len(down[product]))[:20]
    candidates = [*hubs, *dice.sample(range(len(mesh.products)), min(CANDIDATES, len(mesh.products)))]
    sizes = {
        (product, direction): len(reached(graph, product, 5))
        for product in candidates
        for direction, graph in (("UPSTREAM", up), ("DOWNSTREAM", down))
    }
    lineages = {}
    for wanted in SIZES:
        (product, direction), size = min(sizes.items(), key=lambda item: abs(item[1] - wanted))
        lineages[size] = (ids[mesh.urn(product)], direction)
    products = [ids[mesh.urn(product)] for product in dice.sample(range(len(mesh.products)), min(1000, len(ids)))]
    domains = [domain["name"] for domain in dice.sample(mesh.domains, min(10, len(mesh.domains)))]
    words = [f"{dice.choice(SUBJECTS)} {dice.choice(SHAPES)} 000*" for _ in range(10)]
    return Chosen(products, domains, words, lineages, ids[mesh.urn(hubs[0])])


def reached(graph: Mapping[int, Sequence[int]], start: int, depth: int, most: int | None = None) -> set[int]:
    """Those within `depth` steps and the start itself; not followed further once they are more than `most`."""
    seen, ring = {start}, [start]
    for _ in range(depth):
        ring = list({there for here in ring for there in graph[here]} - seen)
        seen.update(ring)
        if most is not None and len(seen) > most:
            break
    return seen
