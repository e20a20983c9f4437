"""Which policies hold at an instant."""

from typing import LiteralString

from resolvers.policies.binding import Bound, bind
from resolvers.policies.loading import Run
from resolvers.projections import POLICY
from resolvers.records import Policy

# A version holds from `effectiveFrom` until the next one does (`retiredAt`, which may lie in the future). A paused
# version judges nothing, and ends the one before it like any other.
IN_FORCE: LiteralString = (
    "MATCH (y:Policy) WHERE y.since <= $at AND y.effectiveFrom <= $at AND (y.retiredAt IS NULL OR y.retiredAt > $at) "
    "AND NOT coalesce(y.paused, false) WITH y ORDER BY y.name, y.scopeKey RETURN collect(" + POLICY + ")"
)


async def policies_in_force(run: Run, at: str) -> list[Bound]:
    return [bind(Policy(*row)) for row in await run(IN_FORCE, at=at)]
