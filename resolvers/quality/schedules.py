"""Records of schedules of quality runs."""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from resolvers.graph.store import Store
from resolvers.writes.idempotency import replayable


@replayable
class QualitySchedule(NamedTuple):
    """`every` is an ISO 8601 duration; the next run starts at `next_at`."""

    product_id: str
    access_point: str
    every: str
    next_at: str
    set_by: str


SCHEDULE: LiteralString = "[s.productId, s.accessPoint, s.every, s.nextAt, s.setBy]"
SCHEDULES: LiteralString = f"""
UNWIND $arguments.ids AS id
CALL (id) {{
  OPTIONAL MATCH (:DataProduct {{id: id}})-[:HAS_QUALITY_SCHEDULE]->(s:QualitySchedule)
  WITH s ORDER BY s.accessPoint
  RETURN collect(CASE WHEN s IS NULL THEN null ELSE {SCHEDULE} END) AS schedules
}}
RETURN collect(schedules)
"""


async def schedules_of(store: Store, ids: Sequence[str]) -> list[list[QualitySchedule]]:
    """By access point. Aligned with `ids`."""
    rows = await store.read(SCHEDULES, arguments={"ids": list(ids)}) or []
    return [[QualitySchedule(*row) for row in group] for group in rows]
