"""Cycles in a list of edges, without a search from every product."""

from collections import deque
from collections.abc import Collection, Iterable

# In a component this large and tangled, one way round is as good as another: later members are told of the first's.
SEARCHED = 1_000


def cycles_among(edges: Iterable[tuple[str, str]], wanted: Collection[str]) -> dict[str, list[str]]:
    """For each of `wanted` that lies on a cycle, the ids along a shortest one, from it and back to it."""
    following: dict[str, list[str]] = {}
    for source, target in edges:
        following.setdefault(source, []).append(target)
    found: dict[str, list[str]] = {}
    for component in components(following):
        members = frozenset(component)
        asked = [id for id in component if id in wanted]
        for id in asked[:SEARCHED]:
            found[id] = _way_back(id, following, members)
        found.update(dict.fromkeys(asked[SEARCHED:], found[asked[0]] if asked else []))
    return found


def _way_back(start: str, following: dict[str, list[str]], members: frozenset[str]) -> list[str]:
    """`start` lies on a cycle among `members`."""
    came_from: dict[str, str] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in following.get(here, ()):
            if there == start:
                return [*_trail(here, start, came_from), start]
            if there in members and there not in came_from:
                came_from[there] = here
                queue.append(there)
    raise AssertionError(f"{start} is in a component without a way back")


def _trail(here: str, start: str, came_from: dict[str, str]) -> list[str]:
    trail = [here]
    while trail[-1] != start:
        trail.append(came_from[trail[-1]])
    return trail[::-1]


def components(following: dict[str, list[str]]) -> list[list[str]]:
    """The strongly connected components that hold a cycle: two or more nodes, or one that follows itself.

    Tarjan's algorithm with its recursion unrolled, since a chain of products may be longer than Python's stack.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for root in following:
        if root in index:
            continue
        work = [(root, iter(following[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(following.get(target, ()))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = _pop_to(node, stack, on_stack)
                    if len(component) > 1 or node in following.get(node, ()):
                        found.append(component)
    return found


def _pop_to(node: str, stack: list[str], on_stack: set[str]) -> list[str]:
    component = []
    while True:
        top = stack.pop()
        on_stack.discard(top)
        component.append(top)
        if top == node:
            return component
