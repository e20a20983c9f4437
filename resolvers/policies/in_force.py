"""Which policies hold at an instant."""

from typing import Any, LiteralString, NamedTuple

from resolvers.policies.binding import Bound, bind
from resolvers.policies.loading import Run
from resolvers.projections import POLICY
from resolvers.records import Policy

# A version holds from `effectiveFrom` until the next one does (`retiredAt`, which may lie in the future). A paused
# version judges nothing, and ends the one before it like any other.
IN_FORCE: LiteralString = (
    "MATCH (y:Policy) WHERE y.since <= $ask.at AND y.effectiveFrom <= $ask.at "
    "AND (y.retiredAt IS NULL OR y.retiredAt > $ask.at) "
    "AND NOT coalesce(y.paused, false) WITH y ORDER BY y.name, y.scopeKey RETURN collect(" + POLICY + ") AS policies"
)


async def policies_in_force(run: Run, at: str) -> list[Bound]:
    return [bind(Policy(*row)) for row in await run(IN_FORCE, ask={"at": at})]


class Told(NamedTuple):
    """Policies as the database told a write of them, and ready to judge."""

    rows: list[Any]
    policies: list[Bound]


_last: list[Told] = [Told([], [])]


def expected() -> list[Bound]:
    """The policies that a write of this process found in force last. They may be others by now, so this decides
    nothing: it says what to lock and ask for, and who judges by the answer looks whether these are still in force."""
    return _last[0].policies


def bound(rows: list[Any]) -> list[Bound]:
    """The policies that `IN_FORCE` told of, now."""
    if rows != _last[0].rows:
        _last[0] = Told(rows, [bind(Policy(*row)) for row in rows])
    return _last[0].policies
