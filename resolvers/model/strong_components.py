"""Strongly connected components of a directed graph."""

from resolvers.model.portions import PORTION, Steps

Graph = dict[str, list[str]]


def strong_components(graph: Graph) -> Steps[list[list[str]]]:
    """Each component as a list of nodes, behind all that it leads to; a node on no cycle is a component of its own.

    Tarjan's algorithm with an explicit stack: a chain of products may be longer than Python's call stack.
    """
    components: list[list[str]] = []
    visits = 0
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
            visits += 1
            if visits % PORTION == 0:
                yield
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
                    components.append(_close(node, open_nodes, is_open))
    return components


def _close(node: str, open_nodes: list[str], is_open: set[str]) -> list[str]:
    part = []
    while not part or part[-1] != node:
        part.append(open_nodes.pop())
    is_open.difference_update(part)
    return part
