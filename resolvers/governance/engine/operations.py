"""Operational facts of a product (infrastructure, quality, service levels), read for the rules that need them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, LiteralString

from resolvers.governance.engine.facts_builder import Loaded
from resolvers.governance.facts import OperationsFacts, QualityHistoryFacts, QualityRunFacts, ServiceLevelFacts
from resolvers.model import clock
from resolvers.writes.revisions import held

Run = Callable[..., Awaitable[Any]]

_READ: LiteralString = """
RETURN collect([p.id,
  COLLECT { MATCH (p)-[:HAS_RESOURCE]->(x:InfrastructureResource) WHERE x.state <> 'OBSOLETE'
    RETURN [x.kind, x.name, x.state, coalesce(x.since, x.at, '')] ORDER BY x.kind, x.name },
  COLLECT { MATCH (p)-[:HAS_QUALITY_RUN]->(q:QualityRun)
    WHERE q.contractVersion = c.version AND q.finishedAt IS NOT NULL AND q.finishedAt <= $arguments.at
    RETURN [q.id, coalesce(q.passed, false), q.finishedAt] ORDER BY q.finishedAt DESC LIMIT 1 },
  COLLECT { MATCH (p)-[:HAS_SERVICE_LEVEL_STATUS]->(s:ServiceLevelStatus) WHERE s.measuredAt IS NOT NULL
    RETURN [s.metric, s.kept, s.measuredAt, s.since] ORDER BY s.metric },
  COLLECT { MATCH (p)-[:HAS_QUALITY_RUN]->(h:QualityRun {state: 'FINISHED'})
    WHERE h.finishedAt > $arguments.since AND h.finishedAt <= $arguments.at AND h.passed IS NOT NULL
    RETURN [h.passed, h.overall, h.finishedAt] ORDER BY h.finishedAt DESC LIMIT 500 }
])
"""
_PRODUCTS: LiteralString = "UNWIND $arguments.ids AS id MATCH (p:DataProduct {id: id}) "
NOW: LiteralString = _PRODUCTS + "OPTIONAL MATCH (c:DataContract {id: p.contractId})" + _READ
THEN: LiteralString = (
    _PRODUCTS
    + "CALL (p) { "
    + held("p.id", "$arguments.at")
    + " RETURN v } OPTIONAL MATCH (c:DataContract {id: v.contractId})"
    + _READ
)


async def with_operations(run: Run, loaded: Loaded, at: str, past: bool = False) -> Loaded:
    """As of `at`. Of a past time the graph has every quality run; of a resource or service level it has the present
    state and since when it holds, so that what changed after `at` is not known."""
    since = clock.to_text(clock.from_text(at) - timedelta(days=366))
    rows = await run(THEN if past else NOW, arguments={"ids": sorted(loaded.facts), "at": at, "since": since})
    facts = {row[0]: loaded.facts[row[0]]._replace(operations=_facts(row, at, past)) for row in rows}
    return loaded._replace(facts={**loaded.facts, **facts})


def _facts(row: list[Any], at: str, past: bool) -> OperationsFacts:
    _, resources, runs, levels, ran = row
    last = QualityRunFacts(runs[0][0], runs[0][1], _hours(runs[0][2], at)) if runs else None
    measured = tuple(
        ServiceLevelFacts(metric, kept, _hours(min(measured_at, at), at))
        for metric, kept, measured_at, since in levels
        if not past or (since or measured_at) <= at
    )
    settled = [resource for resource in resources if not past or resource[3] <= at]
    settled_resources = tuple((kind, name, state) for kind, name, state, _ in settled)
    history = tuple(QualityHistoryFacts(passed, overall, _hours(when, at)) for passed, overall, when in ran)
    return OperationsFacts(settled_resources, last, measured, history, len(settled) < len(resources))


def _hours(earlier: str, at: str) -> float:
    return (clock.from_text(at) - clock.from_text(earlier)).total_seconds() / 3600
