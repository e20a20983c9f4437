"""Finds cycles among edges by strongly connected components."""

from collections import deque
from collections.abc import Collection, Iterable

from resolvers.model.portions import Sliceable, Steps, each
from resolvers.model.strong_components import strong_components

# In a component this large and tangled, one way round is as good as another: later members get the first's cycle.
SEARCHED = 1_000


def cycles_among(edges: Sliceable[tuple[str, str]], requested: Collection[str]) -> Steps[dict[str, list[str]]]:
    """For each of `requested` that is on a cycle, the ids along a shortest cycle, from it and back to it."""
    following: dict[str, list[str]] = {}

    def connect(some: Iterable[tuple[str, str]]) -> None:
        for source, target in some:
            following.setdefault(source, []).append(target)

    yield from each(connect, edges)
    components = yield from strong_components(following)
    cycles: dict[str, list[str]] = {}
    for component in components:
        if len(component) == 1 and component[0] not in following.get(component[0], ()):
            continue
        members = frozenset(component)
        members_requested = [id for id in component if id in requested]
        for id in members_requested[:SEARCHED]:
            cycles[id] = _way_back(id, following, members)
            yield
        if rest := members_requested[SEARCHED:]:
            cycles.update(dict.fromkeys(rest, cycles[members_requested[0]]))
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
