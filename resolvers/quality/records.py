"""Records of quality runs, and their reads."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.graph.store import Store
from resolvers.writes.idempotency import replayable


class RunState(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@replayable
class QualityRun(NamedTuple):
    """`rows`, `overall`, `passed`, `newest` and the JSON texts are of a finished run; `error` is of a failed one.
    `origin` is meshweave, or who submitted the result. `progress` is 0 to 1 of a running one, `stage` what goes on."""

    id: str
    product_id: str
    access_point: str
    state: str
    contract_version: str | None
    requested_by: str
    started_at: str
    finished_at: str | None
    rows: int | None
    overall: float | None
    passed: bool | None
    newest: str | None
    dimensions_json: str | None
    checks_json: str | None
    sandbox: str | None
    error: str | None
    origin: str
    progress: float
    stage: str | None

    @property
    def dimensions(self) -> list[dict[str, Any]]:
        return orjson.loads(self.dimensions_json) if self.dimensions_json else []

    @property
    def checks(self) -> list[dict[str, Any]]:
        return orjson.loads(self.checks_json) if self.checks_json else []


RUN: LiteralString = (
    "[r.id, r.productId, r.accessPoint, r.state, r.contractVersion, r.requestedBy, r.startedAt, r.finishedAt, r.rows, "
    "r.overall, r.passed, r.newest, r.dimensionsJson, r.checksJson, r.sandbox, r.error, "
    "coalesce(r.origin, 'meshweave'), "
    "coalesce(r.progress, CASE r.state WHEN 'FINISHED' THEN 1.0 ELSE 0.0 END), r.stage]"
)
LATEST: LiteralString = f"""
UNWIND $arguments.ids AS id
CALL (id) {{
  OPTIONAL MATCH (:DataProduct {{id: id}})-[:HAS_QUALITY_RUN]->(r:QualityRun {{state: 'FINISHED'}})
  WITH r ORDER BY r.finishedAt DESC LIMIT 1
  RETURN CASE WHEN r IS NULL THEN null ELSE {RUN} END AS run
}}
WITH collect([run]) AS runs
RETURN [one IN runs | one[0]]
"""
RUN_BY_ID: LiteralString = f"MATCH (r:QualityRun {{id: $id}}) RETURN {RUN}"
RUNS: LiteralString = f"""
OPTIONAL MATCH (a:QualityRun {{id: $after}})
WITH a
MATCH (:DataProduct {{id: $id}})-[:HAS_QUALITY_RUN]->(r:QualityRun)
WHERE r.startedAt >= $since AND r.startedAt < $until
  AND (a IS NULL OR r.startedAt < a.startedAt OR (r.startedAt = a.startedAt AND r.id > a.id))
WITH r ORDER BY r.startedAt DESC, r.id LIMIT $count
RETURN collect({RUN})
"""


async def latest_runs(store: Store, ids: Sequence[str]) -> list[QualityRun | None]:
    """The latest finished run of each product. Aligned with `ids`."""
    rows = await store.read(LATEST, arguments={"ids": list(ids)}) or []
    return [None if row is None else QualityRun(*row) for row in rows]


async def runs_of(
    store: Store, product_id: str, since: str, until: str, count: int, after: str | None = None
) -> list[QualityRun]:
    """The newest first. `after` is the id of a run: those that follow it."""
    rows = await store.read(RUNS, id=product_id, since=since, until=until, count=count, after=after) or []
    return [QualityRun(*row) for row in rows]


async def run_by_id(store: Store, run_id: str) -> QualityRun | None:
    row = await store.read_latest(RUN_BY_ID, id=run_id)
    return None if row is None else QualityRun(*row)


class DomainQuality(NamedTuple):
    """`overall` is the mean of the products' latest scores; `products` those that were measured, by name."""

    overall: float | None
    passed: int
    failed: int
    products: tuple[QualityRun, ...]
    unmeasured: int


IN_DOMAIN: LiteralString = "MATCH (p:DataProduct {domain: $name}) WITH p ORDER BY p.name RETURN collect(p.id)"


async def domain_quality(store: Store, name: str) -> DomainQuality:
    ids = await store.read(IN_DOMAIN, name=name) or []
    latest = await latest_runs(store, ids)
    runs = tuple(run for run in latest if run is not None)
    scores = [run.overall for run in runs if run.overall is not None]
    return DomainQuality(
        sum(scores) / len(scores) if scores else None,
        sum(run.passed is True for run in runs),
        sum(run.passed is False for run in runs),
        runs,
        len(latest) - len(runs),
    )
