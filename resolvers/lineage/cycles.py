"""Cycles of a lineage graph, in time linear in its edges."""

from collections.abc import Iterable

from resolvers.lineage.records import LineageEdge
from resolvers.model.portions import Sliceable, Steps, each
from resolvers.model.strong_components import Graph, strong_components


def find_cycles(edges: Sliceable[LineageEdge]) -> Steps[list[list[str]]]:
    """The sets of products that feed each other: strongly connected components of two or more, and products that feed
    themselves. Ids are sorted within a set, and the sets by their first id."""
    graph: Graph = {}
    alone: set[str] = set()

    def connect(some: Iterable[LineageEdge]) -> None:
        for edge in some:
            graph.setdefault(edge.source, []).append(edge.target)
            if edge.source == edge.target:
                alone.add(edge.source)

    yield from each(connect, edges)
    components = yield from strong_components(graph)
    return sorted(sorted(part) for part in components if len(part) > 1 or part[0] in alone)
