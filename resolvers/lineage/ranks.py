"""Ranks of the nodes of a lineage graph: the longest path that leads to a node, with each cycle taken as one node."""

from collections.abc import Iterable, Sequence

from resolvers.model.portions import Steps, each
from resolvers.model.strong_components import Graph, strong_components


def find_ranks(nodes: Iterable[str], sources: Sequence[str], targets: Sequence[str]) -> Steps[dict[str, int]]:
    """The rank of each of `nodes` by the edges from `sources` to `targets`, in time linear in both.

    A node without providers has rank 0. Any other node has one more than the highest rank of its providers. The nodes
    of a cycle share a rank, and edges within the cycle do not count.
    """
    providers: Graph = {node: [] for node in nodes}
    ranks: dict[str, int] = {}

    def connect(ends: Iterable[tuple[str, str]]) -> None:
        for source, target in ends:
            providers[target].append(source)

    def rank(components: Iterable[list[str]]) -> None:
        for component in components:
            before = (ranks[provider] for node in component for provider in providers[node] if provider in ranks)
            ranks.update(dict.fromkeys(component, max(before, default=-1) + 1))

    yield from each(connect, list(zip(sources, targets, strict=True)))
    components = yield from strong_components(providers)  # a component comes after all its providers
    yield from each(rank, components)
    return ranks
