"""Health of a provider for its consumers: broken service levels, latest quality run, and sunset."""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from resolvers.graph.store import Store


class ProviderHealth(NamedTuple):
    """`healthy` is None when nothing was measured. `successor`, a urn, and `sunset` are of a deprecated provider."""

    broken_service_levels: list[str]
    measured_service_levels: int
    quality_passed: bool | None
    status: str | None = None
    successor: str | None = None
    sunset: str | None = None

    @property
    def healthy(self) -> bool | None:
        if not self.measured_service_levels and self.quality_passed is None:
            return None
        return not self.broken_service_levels and self.quality_passed is not False


HEALTH: LiteralString = """
UNWIND $arguments.ids AS id
CALL (id) {
  OPTIONAL MATCH (:DataProduct {id: id})-[:HAS_SERVICE_LEVEL_STATUS]->(s:ServiceLevelStatus)
  WITH s ORDER BY s.metric
  RETURN collect(CASE WHEN s.kept = false THEN s.metric END) AS broken, count(s) AS measured
}
CALL (id) {
  OPTIONAL MATCH (:DataProduct {id: id})-[:HAS_QUALITY_RUN]->(r:QualityRun {state: 'FINISHED'})
  WITH r ORDER BY r.finishedAt DESC LIMIT 1
  RETURN r.passed AS passed
}
OPTIONAL MATCH (p:DataProduct {id: id})
RETURN collect([broken, measured, passed, p.status, p.successor, p.sunset])
"""


async def health_of(store: Store, ids: Sequence[str]) -> list[ProviderHealth]:
    """Aligned with `ids`."""
    return [ProviderHealth(*row) for row in await store.read(HEALTH, arguments={"ids": list(ids)}) or []]
