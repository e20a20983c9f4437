"""Cycles of a lineage graph, in time linear in its edges."""

from collections.abc import Iterable

from resolvers.lineage.records import LineageEdge
from resolvers.model.strong_components import Graph, strong_components


def find_cycles(edges: Iterable[LineageEdge]) -> list[list[str]]:
    """The sets of products that feed each other: strongly connected components of two or more, and products that feed
    themselves. Ids are sorted within a set, and the sets by their first id."""
    graph: Graph = {}
    alone = set()
    for edge in edges:
        graph.setdefault(edge.source, []).append(edge.target)
        if edge.source == edge.target:
            alone.add(edge.source)
    cycles = [sorted(part) for part in strong_components(graph) if len(part) > 1 or part[0] in alone]
    return sorted(cycles)
