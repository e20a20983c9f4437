"""Reads the policies in force at a time."""

from typing import Any, LiteralString, NamedTuple

from resolvers.governance.engine.binding import Bound, bind
from resolvers.governance.engine.facts_cypher import Run
from resolvers.graph.projections import POLICY
from resolvers.model.records import Policy

# A version holds from `effectiveFrom` until the next one does (`retiredAt`, which may lie in the future). A paused
# version judges nothing, and ends the one before it like any other. While a new version is being committed, its end of
# the one before can be seen before it is found itself: the one before holds until then, or nothing would. Commits are
# short, so only what ended in the last minute is looked at for that.
IN_FORCE: LiteralString = f"""
WITH toString(datetime($arguments.at) - duration('PT1M')) AS before
MATCH (y:Policy)
WHERE y.since <= $arguments.at AND y.effectiveFrom <= $arguments.at AND (y.retiredAt IS NULL OR y.retiredAt > before)
WITH collect(y) AS found, collect([y.scopeKey, y.name, y.version]) AS versions
UNWIND found AS y
WITH y WHERE NOT coalesce(y.paused, false) AND (
  y.retiredAt IS NULL OR y.retiredAt > $arguments.at
  OR y.replacedBy IS NOT NULL AND NOT [y.scopeKey, y.name, y.replacedBy] IN versions)
WITH y ORDER BY y.name, y.scopeKey
RETURN collect({POLICY}) AS policies
"""


async def policies_in_force(run: Run, at: str) -> list[Bound]:
    return [bind(Policy(*row)) for row in await run(IN_FORCE, arguments={"at": at})]


class CachedPolicies(NamedTuple):
    """Policies as the write read them from the database, compiled."""

    rows: list[Any]
    policies: list[Bound]


_last: list[CachedPolicies] = [CachedPolicies([], [])]


def expected() -> list[Bound]:
    """The policies that this process last found in force. They may have changed, so they only predict what to lock and
    read; `judge` checks that they are still in force.
    """
    return _last[0].policies


def bound(rows: list[Any]) -> list[Bound]:
    """The policies returned by `IN_FORCE`, bound to their rules."""
    if rows != _last[0].rows:
        _last[0] = CachedPolicies(rows, [bind(Policy(*row)) for row in rows])
    return _last[0].policies
