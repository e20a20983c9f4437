"""Cycles of a lineage graph, in time linear in its edges."""

from collections.abc import Iterable, Iterator

from resolvers.lineage.records import LineageEdge

Graph = dict[str, list[str]]


def find_cycles(edges: Iterable[LineageEdge]) -> list[list[str]]:
    """The sets of products that feed each other: strongly connected components of two or more, and products that feed
    themselves. Ids are sorted within a set, and the sets by their first id."""
    graph: Graph = {}
    alone = set()
    for edge in edges:
        graph.setdefault(edge.source, []).append(edge.target)
        if edge.source == edge.target:
            alone.add(edge.source)
    found = [sorted(part) for part in components(graph) if len(part) > 1 or part[0] in alone]
    return sorted(found)


def components(graph: Graph) -> Iterator[list[str]]:
    """Tarjan's strongly connected components, without recursion: a chain may be longer than Python's stack."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    open_nodes: list[str] = []
    is_open: set[str] = set()
    for start in graph:
        if start in order:
            continue
        order[start] = low[start] = len(order)
        open_nodes.append(start)
        is_open.add(start)
        path = [(start, iter(graph[start]))]
        while path:
            node, targets = path[-1]
            for target in targets:
                if target not in order:
                    order[target] = low[target] = len(order)
                    open_nodes.append(target)
                    is_open.add(target)
                    path.append((target, iter(graph.get(target, ()))))
                    break
                if target in is_open:
                    low[node] = min(low[node], order[target])
            else:
                path.pop()
                if path:
                    parent = path[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    yield close(node, open_nodes, is_open)


def close(node: str, open_nodes: list[str], is_open: set[str]) -> list[str]:
    part = []
    while not part or part[-1] != node:
        part.append(open_nodes.pop())
    is_open.difference_update(part)
    return part
