"""Finds cycles among edges by strongly connected components."""

from collections import deque
from collections.abc import Collection, Iterable

from resolvers.model.strong_components import Graph, strong_components

# In a component this large and tangled, one way round is as good as another: later members get the first's cycle.
SEARCHED = 1_000


def cycles_among(edges: Iterable[tuple[str, str]], requested: Collection[str]) -> dict[str, list[str]]:
    """For each of `requested` that is on a cycle, the ids along a shortest cycle, from it and back to it."""
    following: dict[str, list[str]] = {}
    for source, target in edges:
        following.setdefault(source, []).append(target)
    cycles: dict[str, list[str]] = {}
    for component in cyclic_components(following):
        members = frozenset(component)
        requested = [id for id in component if id in requested]
        for id in requested[:SEARCHED]:
            cycles[id] = _way_back(id, following, members)
        cycles.update(dict.fromkeys(requested[SEARCHED:], cycles[requested[0]] if requested else []))
    return cycles


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


def cyclic_components(following: Graph) -> list[list[str]]:
    """The strongly connected components that hold a cycle: two or more nodes, or one that follows itself."""
    return [
        component
        for component in strong_components(following)
        if len(component) > 1 or component[0] in following.get(component[0], ())
    ]
