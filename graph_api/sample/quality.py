"""The quality history of the sample: a result for each past day's file of `customer/events`, and one run for today.

The results of past days are submitted with the origin `sample`, because they are computed later than the day that they
are about.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, NamedTuple

import orjson

from graph_api.sample.data import BUCKET, DAYS
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.json_fields import business_rules
from resolvers.mutations.quality_report_submit import submit_report
from resolvers.mutations.quality_run_execute import execute_next
from resolvers.mutations.quality_run_start import start_run
from resolvers.quality.reader import Output, Reader, ReadError
from resolvers.quality.run import measure
from resolvers.quality.scores import QualityResult

URN = "urn:mesh:customer:events"
ORIGIN = "sample"
CALLER = ADMINISTRATOR._replace(name=ORIGIN)

EVENTS: LiteralString = """
MATCH (p:DataProduct {urn: $urn})-[:IN_DOMAIN]->(d:Domain)
MATCH (c:DataContract {id: p.contractId})
RETURN [p.id, c.jsonSchemaJson, c.qualityJson, d.defaultsJson, EXISTS { (p)-[:HAS_QUALITY_RUN]->() }]
"""


class Terms(NamedTuple):
    """What a run over the events takes from the graph."""

    schema: dict[str, Any]
    quality: list[dict[str, Any]]
    rules: list[dict[str, Any]]


async def record_history(store: Store, reader: Reader) -> int:
    """Returns how many results it made; 0 when there are some already, or nothing can be read."""
    events = await store.read_latest(EVENTS, urn=URN)
    if events is None or events[4]:
        return 0
    product_id, schema, quality, defaults, _ = events
    terms = Terms(orjson.loads(schema), orjson.loads(quality), business_rules(defaults))
    made = 0
    try:
        async for day, result in days(reader, terms, datetime.now(UTC), today=False):
            await submit_report(store, CALLER, product_id, report(result, day), access_point="batch")
            made += 1
        await start_run(store, CALLER, product_id, "batch")
        await execute_next(store, reader)
    except ReadError:
        return made
    return made + 1


async def days(
    reader: Reader, terms: Terms, now: datetime, today: bool
) -> AsyncIterator[tuple[datetime, QualityResult]]:
    """The end of each day and its quality, the oldest first. Raises `ReadError`."""
    for number in range(DAYS if today else DAYS - 1):
        day = (now - timedelta(days=DAYS - 1 - number)).date()
        end = min(datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC), now)
        async with reader.open([Output(f"{BUCKET}/events/day={day}/", "parquet")]) as session:
            yield (
                end,
                await measure(
                    session,
                    terms.schema,
                    terms.quality,
                    business_rules=terms.rules,
                    product="events",
                    now=clock.to_text(end),
                ),
            )


def report(result: QualityResult, end: datetime) -> dict[str, Any]:
    """In the shape of a submitted report."""
    checks = [
        {
            "id": one.id,
            "dimension": one.dimension,
            "field": one.field,
            "numerator": one.numerator,
            "denominator": one.denominator,
            "score": one.score,
            "passed": one.passed,
            "reason": one.reason,
            "samples": list(one.samples),
        }
        for one in result.checks
    ]
    late = next(one for one in result.dimensions if one.dimension == "timeliness")
    if late.score is not None:
        checks.append({"id": "timeliness", "dimension": "timeliness", "score": late.score, "passed": late.passed})
    at = clock.to_text(end)
    return {"origin": ORIGIN, "finishedAt": at, "rows": result.rows, "newest": result.newest, "checks": checks}
