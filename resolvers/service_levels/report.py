"""Service levels of products and domains, from the graph: promises, measurements and since when they are kept."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.graph.store import Store
from resolvers.metrics.window import start_of, windows
from resolvers.model import clock, json_fields
from resolvers.service_levels.evaluate import LevelStatus, Measures, QualityMeasure, evaluate

WINDOW = "P30D"
MAX_PRODUCTS = 1_000


class ProductLevels(NamedTuple):
    """`compliance` is the share of what could be decided that is kept; None when nothing could."""

    product_id: str
    levels: tuple[LevelStatus, ...]

    @property
    def compliance(self) -> float | None:
        return share_of_kept(self.levels)


class DomainLevels(NamedTuple):
    """Products of a domain that promise something, by name. `more`: only the first 1,000 products were read."""

    generated_at: str
    window: str
    products: tuple[ProductLevels, ...]
    more: bool

    @property
    def compliance(self) -> float | None:
        return share_of_kept([level for product in self.products for level in product.levels])


def share_of_kept(levels: Sequence[LevelStatus]) -> float | None:
    decided = [level.kept for level in levels if level.kept is not None]
    return sum(decided) / len(decided) if decided else None


PROMISES: LiteralString = """
UNWIND $arguments.ids AS id
OPTIONAL MATCH (p:DataProduct {id: id})
OPTIONAL MATCH (c:DataContract {id: p.contractId})
CALL (p) {
  OPTIONAL MATCH (p)-[:HAS_SERVICE_LEVEL_STATUS]->(s:ServiceLevelStatus)
  RETURN collect([s.metric, s.kept, s.since]) AS known
}
CALL (p) {
  OPTIONAL MATCH (p)-[:HAS_QUALITY_RUN]->(r:QualityRun {state: 'FINISHED'})
  WITH r ORDER BY r.finishedAt DESC LIMIT 1
  RETURN CASE WHEN r IS NULL THEN null ELSE [r.finishedAt, r.overall, r.scoresJson, r.newest] END AS run
}
RETURN collect([coalesce(c.slaJson, '[]'), known, run])
"""


async def levels_of(store: Store, window: str, ids: Sequence[str]) -> list[ProductLevels]:
    """Aligned with `ids`. `window` is an ISO 8601 duration; raises ValueError for another text."""
    now = clock.now()
    until = clock.to_text(clock.from_text(now) + timedelta(minutes=5))
    promises = await store.read(PROMISES, arguments={"ids": list(ids)}) or []
    requests = await windows(store, ids, start_of(window, now), until)
    hours = await windows(store, ids, start_of("PT1H", now), until)
    return [
        ProductLevels(product_id, levels(row, Measures(now, whole._replace(until=now), hour, quality_of(row[2]))))
        for product_id, row, whole, hour in zip(ids, promises, requests, hours, strict=True)
    ]


def levels(row: Sequence[Any], measures: Measures) -> tuple[LevelStatus, ...]:
    previous = {metric: (kept, since) for metric, kept, since in row[1]}
    evaluated = [evaluate(promise, measures) for promise in json_fields.service_levels(row[0])]
    return tuple(status._replace(since=since_of(status, previous.get(status.metric))) for status in evaluated)


def since_of(status: LevelStatus, previous: tuple[bool | None, str | None] | None) -> str | None:
    return previous[1] if previous is not None and previous[0] == status.kept else None


def quality_of(run: Sequence[Any] | None) -> QualityMeasure | None:
    if run is None:
        return None
    scores = {name: score for name, score in orjson.loads(run[2] or "{}").items() if score is not None}
    return QualityMeasure(run[0], run[1], scores, run[3])


IN_DOMAIN: LiteralString = """
MATCH (p:DataProduct {domain: $name}) WHERE p.contractId IS NOT NULL
WITH p ORDER BY p.name LIMIT 1001
RETURN collect(p.id)
"""


async def domain_levels(store: Store, window: str, name: str) -> DomainLevels:
    ids = await store.read(IN_DOMAIN, name=name) or []
    reports = await levels_of(store, window, ids[:MAX_PRODUCTS])
    promising = tuple(report for report in reports if report.levels)
    return DomainLevels(clock.now(), window, promising, len(ids) > MAX_PRODUCTS)
