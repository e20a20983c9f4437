"""Trend of a product's quality by hour, day, week or month."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.errors import UserErrorCode, UserFault

MAX_RUNS = 10_000


class Period(StrEnum):
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class TrendScore(NamedTuple):
    dimension: str
    score: float


class TrendPoint(NamedTuple):
    """The finished runs of one period from `start`: means of their scores, and how many passed."""

    start: str
    runs: int
    passed: int
    overall: float | None
    dimensions: tuple[TrendScore, ...]


FINISHED: LiteralString = """
MATCH (:DataProduct {id: $id})-[:HAS_QUALITY_RUN]->(r:QualityRun {state: 'FINISHED'})
WHERE r.finishedAt >= $since AND r.finishedAt < $until
  AND ($origin IS NULL OR coalesce(r.origin, 'meshweave') = $origin)
WITH r ORDER BY r.finishedAt LIMIT $most
RETURN collect([r.finishedAt, r.overall, r.passed, r.scoresJson])
"""


async def trend(
    store: Store, product_id: str, since: str, until: str, period: Period, origin: str | None = None
) -> list[TrendPoint]:
    """One point for each period in which runs finished, the oldest first. Raises `UserFault` for too many runs."""
    span = {"since": since, "until": until, "origin": origin}
    rows = await store.read(FINISHED, id=product_id, most=MAX_RUNS + 1, **span) or []
    if len(rows) > MAX_RUNS:
        message = f"More than {MAX_RUNS:,} runs finished in that time: ask for a shorter one."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("from",))
    periods: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        periods.setdefault(start_of(row[0], period), []).append(row)
    return [point_of(start, group) for start, group in periods.items()]


def start_of(instant: str, period: Period) -> str:
    """The beginning of the period, UTC; a week begins on Monday."""
    moment: datetime = clock.from_text(instant).replace(minute=0, second=0, microsecond=0)
    if period is not Period.HOUR:
        moment = moment.replace(hour=0)
    if period is Period.WEEK:
        moment -= timedelta(days=moment.weekday())
    if period is Period.MONTH:
        moment = moment.replace(day=1)
    return clock.to_text(moment)


def point_of(start: str, rows: Sequence[Sequence[Any]]) -> TrendPoint:
    scores: dict[str, list[float]] = {}
    for row in rows:
        for name, score in orjson.loads(row[3] or "{}").items():
            if score is not None:
                scores.setdefault(name, []).append(score)
    overall = [row[1] for row in rows if row[1] is not None]
    means = tuple(TrendScore(name, sum(values) / len(values)) for name, values in sorted(scores.items()))
    passed = sum(row[2] is True for row in rows)
    return TrendPoint(start, len(rows), passed, sum(overall) / len(overall) if overall else None, means)
