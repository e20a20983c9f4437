"""Evaluates promised service levels against measurements. A level without measurements is null with a reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from resolvers.contracts.service_levels import UNITS, Better, Level, meets, words_of
from resolvers.metrics.window import Window
from resolvers.model import clock
from resolvers.model.json_fields import ServiceLevel

AVAILABILITY = frozenset({"availability", "uptime", "reliability", "success"})
ERRORS = frozenset({"error", "errors", "failure", "failures"})
LATENCY = frozenset({"latency", "response", "duration"})
FRESHNESS = frozenset({"freshness", "staleness", "age", "delay", "lag"})
DIMENSIONS = frozenset(
    {"completeness", "uniqueness", "validity", "consistency", "accuracy", "timeliness", "conformity"}
)
QUANTILES = {"p50": 0.5, "median": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


class QualityMeasure(NamedTuple):
    """The latest finished quality run. `scores` are by dimension; `newest` is the time of the newest record."""

    finished_at: str
    overall: float | None
    scores: Mapping[str, float]
    newest: str | None


class Measures(NamedTuple):
    """Measurements of one product: requests over the window and over the last hour, and its latest quality run."""

    now: str
    window: Window
    hour: Window
    quality: QualityMeasure | None = None


class Value(NamedTuple):
    """`value` in `unit`. `bad` is the share of requests, in the window and in the last hour, that used error budget;
    `allowed` is the share that may."""

    value: float
    unit: str | None
    at: str
    bad: tuple[float, float | None] | None = None
    allowed: float | None = None


class LevelStatus(NamedTuple):
    """A promise and how it is kept. `measured` is in the promise's unit; `error_budget_left` is 1 when nothing of the
    budget is used and below 0 when more is; `burn_rate` 1 uses it up exactly at the window's end. `since` is when
    `kept` became what it is, None before it was first recorded."""

    metric: str
    target: float
    unit: str | None
    better: str
    measured: float | None
    kept: bool | None
    reason: str | None
    measured_at: str | None
    error_budget_left: float | None = None
    burn_rate: float | None = None
    since: str | None = None


def evaluate(promise: ServiceLevel, measures: Measures) -> LevelStatus:
    value = measure(promise, measures)
    if isinstance(value, str):
        return LevelStatus(*promise, None, None, value, None)
    better = Better(promise.better)
    kept = meets(Level(value.value, value.unit), Level(promise.target, promise.unit), better)
    measured = in_unit(value, promise)
    if kept is None:
        reason = f"what is measured is in {value.unit or 'plain numbers'}, which '{promise.unit}' does not compare with"
        return LevelStatus(*promise, None, None, reason, value.at)
    left = burn = None
    if value.bad is not None and value.allowed is not None and value.allowed > 0:
        left = 1 - value.bad[0] / value.allowed
        burn = None if value.bad[1] is None else value.bad[1] / value.allowed
    return LevelStatus(*promise, measured, kept, None, value.at, left, burn)


def measure(promise: ServiceLevel, measures: Measures) -> Value | str:
    """The measured value, or the reason why there is none."""
    words = set(words_of(promise.metric))
    joined = "".join(words_of(promise.metric))
    if words & FRESHNESS:
        return freshness(measures)
    if words & (AVAILABILITY | ERRORS | LATENCY) or "throughput" in words:
        if not measures.window.total:
            return "no requests were recorded in the window"
        return of_requests(promise, words, joined, measures)
    if words & DIMENSIONS:
        return of_quality(next(iter(sorted(words & DIMENSIONS))), measures)
    if "quality" in words:
        return overall_quality(measures)
    return f"nothing measures '{promise.metric}'"


def of_requests(promise: ServiceLevel, words: set[str], joined: str, measures: Measures) -> Value | str:
    window, hour = measures.window, measures.hour
    target = target_share(promise)
    if words & LATENCY:
        share = next((share for name, share in reversed(QUANTILES.items()) if name in joined), None)
        if "mean" in words or "average" in words or "avg" in words:
            return Value(window.mean or 0.0, "s", measures.now)
        share = 0.95 if share is None else share
        limit = seconds_of(promise)
        bad = None
        if limit is not None:
            bad = (window.sketch.share_above(limit * 1e6) or 0.0, hour.sketch.share_above(limit * 1e6))
        return Value(window.seconds(share) or 0.0, "s", measures.now, bad, 1 - share)
    if words & AVAILABILITY:
        allowed = None if target is None else 1 - target
        return Value(window.success_rate or 0.0, "ratio", measures.now, rates(window, hour), allowed)
    if words & ERRORS:
        return Value(window.error_rate or 0.0, "ratio", measures.now, rates(window, hour), target)
    if window.since is None:
        return "throughput needs a window of time"
    span = (_moment(window.until) - _moment(window.since)).total_seconds()
    return Value(window.total / span, None, measures.now)


def rates(window: Window, hour: Window) -> tuple[float, float | None]:
    return window.error_rate or 0.0, hour.error_rate


def freshness(measures: Measures) -> Value | str:
    quality = measures.quality
    if quality is None:
        return "no quality run has finished"
    if quality.newest is None:
        return "the latest quality run found no time of the newest record"
    age = (_moment(measures.now) - _moment(quality.newest)).total_seconds()
    return Value(max(age, 0.0), "s", measures.now)


def of_quality(dimension: str, measures: Measures) -> Value | str:
    quality = measures.quality
    if quality is None:
        return "no quality run has finished"
    score = quality.scores.get("validity" if dimension == "conformity" else dimension)
    if score is None:
        return f"the latest quality run could not compute {dimension}"
    return Value(score, "ratio", quality.finished_at)


def overall_quality(measures: Measures) -> Value | str:
    quality = measures.quality
    if quality is None or quality.overall is None:
        return "no quality run has computed a score"
    return Value(quality.overall, "ratio", quality.finished_at)


def in_unit(value: Value, promise: ServiceLevel) -> float:
    """`value` as a number of the promise's unit."""
    unit = (promise.unit or "").strip().lower()
    ours = (value.unit or "").lower()
    if unit in UNITS and ours in UNITS and UNITS[unit][0] == UNITS[ours][0]:
        return value.value * UNITS[ours][1] / UNITS[unit][1]
    if not unit and ours == "ratio" and promise.target > 1:
        return value.value * 100
    return value.value


def target_share(promise: ServiceLevel) -> float | None:
    unit = (promise.unit or "ratio").strip().lower()
    if unit not in UNITS or UNITS[unit][0] != "share":
        return None
    if promise.unit is None and promise.target > 1:
        return promise.target / 100
    return promise.target * UNITS[unit][1]


def seconds_of(promise: ServiceLevel) -> float | None:
    unit = (promise.unit or "s").strip().lower()
    return promise.target * UNITS[unit][1] if unit in UNITS and UNITS[unit][0] == "time" else None


def _moment(instant: str) -> datetime:
    return clock.from_text(instant)
