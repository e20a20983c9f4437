"""One quality run: a scan of the output, and the scores of its dimensions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from resolvers.metrics.window import length
from resolvers.model import clock
from resolvers.quality.checks import DIMENSIONS, Check, Plan, Rule, admit, holds, plan
from resolvers.quality.json_schema_sql import name_of
from resolvers.quality.reader import NotExpressible, ReadError, Session

SAMPLES = 20
REASONS = {
    "completeness": "the contract requires no field",
    "uniqueness": "the contract marks no field as unique",
    "validity": "the contract has no field of the output",
    "consistency": "the contract has no rule across fields",
    "accuracy": "the contract names no reference",
    "timeliness": "the contract gives no maxDelay",
}
FORBIDDEN = ("postgres_", "read_", "scan", "glob", "getenv", "pragma", "duckdb_", "query")


class CheckResult(NamedTuple):
    """`score` is `numerator / denominator`; None with a `reason` where it was not computed."""

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


class DimensionResult(NamedTuple):
    dimension: str
    score: float | None
    threshold: float | None
    passed: bool | None
    reason: str | None


class QualityResult(NamedTuple):
    """`overall` is the mean of the dimensions that were computed; `passed` None when none was."""

    rows: int
    overall: float | None
    passed: bool | None
    newest: str | None
    dimensions: tuple[DimensionResult, ...]
    checks: tuple[CheckResult, ...]
    sandbox: str


async def measure(session: Session, schema: Mapping[str, Any], quality: Sequence[Mapping[str, Any]]) -> QualityResult:
    """Raises `ReadError`."""
    made = plan(schema, quality, session.columns[0])
    checks = [await expressible(session, check) for check in made.checks]
    rules = [await admitted(session, rule) for rule in made.rules]
    texts = ["count(*)", *([made.newest] if made.newest else [])]
    texts += [text for check in checks if check.good and check.total for text in (check.good, check.total)]
    texts += [rule.value for rule in rules if rule.value and not rule.query and not rule.reason]
    (values,) = await session.rows(f"select {', '.join(texts)} from data", 1)
    found = iter(values)
    rows = next(found)
    newest = next(found) if made.newest else session.modified
    results = [await check_result(session, made, check, found) for check in checks]
    scored = [await rule_result(session, made, rule, found, rows) for rule in rules]
    dimensions = summed(made, results, scored, newest)
    computed = [one for one in dimensions if one.score is not None]
    return QualityResult(
        rows,
        sum(one.score or 0.0 for one in computed) / len(computed) if computed else None,
        all(one.passed for one in computed) if computed else None,
        newest,
        tuple(dimensions),
        (*results, *scored),
        session.sandbox,
    )


async def expressible(session: Session, check: Check) -> Check:
    """The check, or with a reason where the database does not understand it."""
    if check.good is None:
        return check
    try:
        await session.rows(f"select {check.good}, {check.total} from (select * from data limit 0)", 1)
    except NotExpressible as error:
        return check._replace(good=None, total=None, bad=None, reason=f"not computed: {error}")
    except ReadError as error:
        if error.code != "CORRUPT" or "regexp_" not in check.good:
            raise
        return check._replace(good=None, total=None, bad=None, reason="not computed: PATTERN")
    return check


async def admitted(session: Session, rule: Rule) -> Rule:
    """A rule's own SQL must be one SELECT that calls no function which reads elsewhere."""
    if not rule.query or rule.value is None:
        return rule
    ((text,),) = await session.rows(admit(rule.value), 1)
    tree = json.loads(text)
    if tree.get("error") or len(tree.get("statements", ())) != 1:
        return rule._replace(reason="not computed: the SQL is not a single SELECT")
    names = {str(name).lower() for name in functions(tree)}
    if bad := sorted(name for name in names if any(part in name for part in FORBIDDEN)):
        return rule._replace(reason=f"not computed: the SQL calls {bad[0]}")
    return rule


def functions(tree: Any) -> list[Any]:
    if isinstance(tree, Mapping):
        own = [tree["function_name"]] if "function_name" in tree else []
        return own + [name for part in tree.values() for name in functions(part)]
    return [name for part in tree for name in functions(part)] if isinstance(tree, list) else []


async def check_result(session: Session, made: Plan, check: Check, found: Any) -> CheckResult:
    identity = (check.id, check.dimension, check.field)
    if check.good is None or check.total is None:
        return CheckResult(*identity, None, None, None, None, None, check.reason)
    good, total = next(found), next(found)
    sql = f"select {check.good}, {check.total} from data"
    if not total:
        return CheckResult(*identity, good, total, None, None, sql, "there are no values")
    samples = await offending(session, made, check.bad) if good < total else []
    passed = good / total >= made.thresholds.get(check.dimension, 0.9)
    return CheckResult(*identity, good, total, good / total, passed, sql, None, tuple(samples))


async def rule_result(session: Session, made: Plan, rule: Rule, found: Any, rows: int) -> CheckResult:
    identity = (rule.id, "businessRules", rule.field)
    if rule.reason is not None or rule.value is None:
        return CheckResult(*identity, None, None, None, None, None, rule.reason)
    sql = rule.value if rule.query else f"select {rule.value} from data"
    try:
        value = (await session.rows(sql, 1))[0][0] if rule.query else next(found)
        number = float(value)
    except (NotExpressible, IndexError, TypeError, ValueError):
        return CheckResult(*identity, None, None, None, None, sql, "not computed: the SQL gives no number")
    passed = holds(rule, number, rows)
    samples = [] if passed else await offending(session, made, rule.bad)
    return CheckResult(*identity, number, rows, float(passed), passed, sql, None, tuple(samples))


async def offending(session: Session, made: Plan, bad: str | None) -> list[str]:
    if bad is None or made.key is None:
        return []
    found = await session.rows(f"select {name_of(made.key)}::varchar from data where {bad} limit {SAMPLES}", SAMPLES)
    return ["null" if row[0] is None else row[0] for row in found]


def summed(
    made: Plan, results: Sequence[CheckResult], rules: Sequence[CheckResult], newest: str | None
) -> list[DimensionResult]:
    found = [timely(made, newest) if name == "timeliness" else dimension(made, name, results) for name in DIMENSIONS]
    computed = [rule.score for rule in rules if rule.score is not None]
    if rules:
        score = sum(computed) / len(computed) if computed else None
        reason = None if computed else rules[0].reason
        found.append(DimensionResult("businessRules", score, 1.0, None if score is None else score == 1.0, reason))
    return found


def dimension(made: Plan, name: str, results: Sequence[CheckResult]) -> DimensionResult:
    threshold = made.thresholds[name]
    mine = [result for result in results if result.dimension == name]
    total = sum(result.denominator or 0 for result in mine if result.score is not None)
    if not total:
        reason = next((result.reason for result in mine if result.reason), REASONS[name])
        return DimensionResult(name, None, threshold, None, reason)
    score = sum(result.numerator or 0 for result in mine if result.score is not None) / total
    return DimensionResult(name, score, threshold, score >= threshold, None)


def timely(made: Plan, newest: str | None) -> DimensionResult:
    """1 while the newest record is at most `maxDelay` old, then the share that `maxDelay` is of its age."""
    threshold = made.thresholds["timeliness"]
    if made.max_delay is None or newest is None:
        reason = REASONS["timeliness"] if made.max_delay is None else "the output tells no time of its records"
        return DimensionResult("timeliness", None, threshold, None, reason)
    age = (clock.from_text(clock.now()) - clock.from_text(newest)).total_seconds()
    allowed = length(made.max_delay).total_seconds()
    score = 1.0 if age <= allowed else allowed / age
    return DimensionResult("timeliness", score, threshold, score >= threshold, None)
