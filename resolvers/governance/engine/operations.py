"""Facts of what runs of a product: infrastructure, quality and service levels, read for the rules that need them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, LiteralString

from resolvers.governance.engine.facts_builder import Loaded
from resolvers.governance.facts import OperationsFacts, QualityHistoryFacts, QualityRunFacts, ServiceLevelFacts
from resolvers.model import clock

Run = Callable[..., Awaitable[Any]]

OPERATIONS: LiteralString = """
UNWIND $arguments.ids AS id
MATCH (p:DataProduct {id: id})
OPTIONAL MATCH (c:DataContract {id: p.contractId})
RETURN collect([p.id,
  COLLECT { MATCH (p)-[:HAS_RESOURCE]->(x:InfrastructureResource) RETURN [x.kind, x.name, x.state]
    ORDER BY x.kind, x.name },
  COLLECT { MATCH (p)-[:HAS_QUALITY_RUN]->(q:QualityRun)
    WHERE q.contractVersion = c.version AND q.finishedAt IS NOT NULL AND q.finishedAt <= $arguments.at
    RETURN [q.id, coalesce(q.passed, false), q.finishedAt] ORDER BY q.finishedAt DESC LIMIT 1 },
  COLLECT { MATCH (p)-[:HAS_SERVICE_LEVEL_STATUS]->(s:ServiceLevelStatus) WHERE s.measuredAt IS NOT NULL
    RETURN [s.metric, s.kept, s.measuredAt] ORDER BY s.metric },
  COLLECT { MATCH (p)-[:HAS_QUALITY_RUN]->(h:QualityRun {state: 'FINISHED'})
    WHERE h.finishedAt > $arguments.since AND h.finishedAt <= $arguments.at AND h.passed IS NOT NULL
    RETURN [h.passed, h.overall, h.finishedAt] ORDER BY h.finishedAt DESC LIMIT 500 }
])
"""


async def with_operations(run: Run, loaded: Loaded, at: str) -> Loaded:
    """A past report sees what runs today."""
    since = clock.to_text(clock.from_text(at) - timedelta(days=366))
    rows = await run(OPERATIONS, arguments={"ids": sorted(loaded.facts), "at": at, "since": since})
    updated_facts = {row[0]: loaded.facts[row[0]]._replace(operations=_facts(row, at)) for row in rows}
    return loaded._replace(facts={**loaded.facts, **updated_facts})


def _facts(row: list[Any], at: str) -> OperationsFacts:
    _, resources, runs, levels, past = row
    last = QualityRunFacts(runs[0][0], runs[0][1], _hours(runs[0][2], at)) if runs else None
    measured = tuple(ServiceLevelFacts(metric, kept, _hours(when, at)) for metric, kept, when in levels)
    history = tuple(QualityHistoryFacts(passed, overall, _hours(when, at)) for passed, overall, when in past)
    return OperationsFacts(tuple((kind, name, state) for kind, name, state in resources), last, measured, history)


def _hours(earlier: str, at: str) -> float:
    return (clock.from_text(at) - clock.from_text(earlier)).total_seconds() / 3600
