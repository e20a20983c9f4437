"""Scores of dimensions from the results of checks."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from resolvers.metrics.window import length
from resolvers.model import clock
from resolvers.quality.checks import DIMENSIONS, RULES

REASONS = {
    "completeness": "the contract requires no field",
    "uniqueness": "the contract marks no field as unique",
    "validity": "the contract has no field of the output",
    "consistency": "the contract has no rule across fields",
    "accuracy": "the contract names no reference",
    "timeliness": "the contract gives no maxDelay",
}


class CheckResult(NamedTuple):
    """`score` is `numerator / denominator`; None with a `reason` where it was not computed. `origin` is where the check
    comes from: the contract, the domain, or who submitted the result."""

    id: str
    dimension: str
    field: str | None
    numerator: float | None
    denominator: float | None
    score: float | None
    passed: bool | None
    sql: str | None
    reason: str | None
    samples: tuple[str, ...] = ()
    origin: str = "contract"


class DimensionResult(NamedTuple):
    dimension: str
    score: float | None
    threshold: float | None
    passed: bool | None
    reason: str | None


class QualityResult(NamedTuple):
    """`overall` is the mean of the dimensions that were computed; `passed` tells whether each of them reached its
    threshold and every rule holds, None when nothing was computed."""

    rows: int | None
    overall: float | None
    passed: bool | None
    newest: str | None
    dimensions: tuple[DimensionResult, ...]
    checks: tuple[CheckResult, ...]
    sandbox: str | None = None


def result_of(
    rows: int | None,
    newest: str | None,
    checks: Sequence[CheckResult],
    rules: Sequence[CheckResult],
    thresholds: Mapping[str, float],
    timeliness: DimensionResult | None,
    sandbox: str | None = None,
) -> QualityResult:
    """`timeliness` None: what the checks say of it counts."""
    dimensions = [
        timeliness
        if name == "timeliness" and timeliness is not None
        else dimension(name, (*checks, *rules), thresholds)
        for name in DIMENSIONS
    ]
    business = [one for one in rules if one.dimension == RULES]
    if business:
        dimensions.append(rules_dimension(business, thresholds[RULES]))
    computed = [one for one in dimensions if one.score is not None]
    kept = all(one.passed for one in computed) and all(rule.passed is not False for rule in rules)
    overall = sum(one.score or 0.0 for one in computed) / len(computed) if computed else None
    return QualityResult(
        rows, overall, kept if computed else None, newest, tuple(dimensions), (*checks, *rules), sandbox
    )


def dimension(name: str, checks: Sequence[CheckResult], thresholds: Mapping[str, float]) -> DimensionResult:
    """Good values of all values; without counts the mean of the scores."""
    threshold = thresholds[name]
    mine = [one for one in checks if one.dimension == name]
    counted = [one for one in mine if one.score is not None]
    if not counted:
        reason = next((one.reason for one in mine if one.reason), REASONS[name])
        return DimensionResult(name, None, threshold, None, reason)
    if all(one.denominator for one in counted):
        score = sum(one.numerator or 0 for one in counted) / sum(one.denominator or 0 for one in counted)
    else:
        score = sum(one.score or 0.0 for one in counted) / len(counted)
    return DimensionResult(name, score, threshold, score >= threshold, None)


def rules_dimension(rules: Sequence[CheckResult], threshold: float) -> DimensionResult:
    scores = [rule.score for rule in rules if rule.score is not None]
    if not scores:
        return DimensionResult(RULES, None, threshold, None, rules[0].reason)
    score = sum(scores) / len(scores)
    return DimensionResult(RULES, score, threshold, score >= threshold, None)


def timely(max_delay: str | None, newest: str | None, threshold: float, now: str) -> DimensionResult:
    """1 while the newest record is at most `max_delay` old, then the share that `max_delay` is of its age."""
    if max_delay is None or newest is None:
        reason = REASONS["timeliness"] if max_delay is None else "the output tells no time of its records"
        return DimensionResult("timeliness", None, threshold, None, reason)
    age = (clock.from_text(now) - clock.from_text(newest)).total_seconds()
    allowed = length(max_delay).total_seconds()
    score = 1.0 if age <= allowed else allowed / age
    return DimensionResult("timeliness", score, threshold, score >= threshold, None)
