"""One quality run: a scan of the output, and the scores of its dimensions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from resolvers.model import clock
from resolvers.quality.checks import RULES, Check, Plan, plan
from resolvers.quality.json_schema_sql import name_of
from resolvers.quality.progress import Progress
from resolvers.quality.reader import NotExpressible, ReadError, Session
from resolvers.quality.rules import References, Rule, admitted, contract_rules, domain_rules, holds
from resolvers.quality.scores import CheckResult, QualityResult, result_of, timely

SAMPLES = 20
NOTHING_KNOWN = References()
DOES_NOT_FIT = "not computed: the data does not fit the expression"


async def measure(
    session: Session,
    schema: Mapping[str, Any],
    quality: Sequence[Mapping[str, Any]],
    *,
    references: References = NOTHING_KNOWN,
    business_rules: Sequence[Mapping[str, Any]] = (),
    product: str = "",
    now: str | None = None,
    progress: Progress | None = None,
) -> QualityResult:
    """`business_rules` are the domain's; `product` is the name by which they select products. Timeliness is as of
    `now`, else of the end. Raises `ReadError`."""
    progress = progress or Progress()
    progress.stage("checking", 0.02, 0.08, session)
    made = plan(schema, quality, session.columns[0])
    rules = [
        *contract_rules(session, schema, quality, references),
        *domain_rules(business_rules, product, session.columns[0]),
    ]
    rules = [await admitted(session, rule) for rule in rules]
    checks, rules = await expressible(session, made, made.checks, rules)
    progress.stage("scanning", 0.1, 0.7, session)
    values = await scan(session, made, checks, rules)
    rows = values["rows"]
    newest = values["newest"] if made.newest else session.modified
    progress.stage("looking at what fails", 0.8, 0.19, session)
    results = [await check_result(session, made, check, values) for check in checks]
    scored = [await rule_result(session, made, at, rule, values, rows) for at, rule in enumerate(rules)]
    late = timely(made.max_delay, newest, made.thresholds["timeliness"], now or clock.now())
    return result_of(rows, newest, results, scored, made.thresholds, late, session.sandbox)


async def expressible(
    session: Session, made: Plan, checks: Sequence[Check], rules: Sequence[Rule]
) -> tuple[list[Check], list[Rule]]:
    """The checks and rules, with a reason where the database does not understand one. All are tried at once first."""
    if await misunderstood(session, list(dict(aggregates(made, checks, rules)).values())) is None:
        return list(checks), list(rules)
    return [await expressible_check(session, check) for check in checks], [
        await expressible_rule(session, rule) for rule in rules
    ]


async def expressible_check(session: Session, check: Check) -> Check:
    if check.good is None or check.total is None:
        return check
    reason = await misunderstood(session, [check.good, check.total])
    return check if reason is None else check._replace(good=None, total=None, bad=None, reason=reason)


async def expressible_rule(session: Session, rule: Rule) -> Rule:
    if rule.value is None:
        return rule
    reason = await misunderstood(session, [rule.value, *([rule.total] if rule.total else [])])
    return rule if reason is None else rule.without(reason)


async def misunderstood(session: Session, texts: Sequence[str]) -> str | None:
    """Why the database does not understand these aggregates; None when it does."""
    sql = f"select {', '.join(texts)} from (select * from data limit 0) data"
    try:
        await session.rows(sql, 1)
    except NotExpressible as error:
        return f"not computed: {error}"
    except ReadError as error:
        if error.code != "CORRUPT":
            raise
        return "not computed: PATTERN" if "regexp_" in sql else DOES_NOT_FIT
    return None


async def scan(session: Session, made: Plan, checks: Sequence[Check], rules: Sequence[Rule]) -> dict[str, Any]:
    """All aggregates by one scan. Where the data does not fit one of them, each by itself; that one is missing then."""
    texts = dict(aggregates(made, checks, rules))
    try:
        (values,) = await session.rows(f"select {', '.join(texts.values())} from data", 1)
        return dict(zip(texts, values, strict=True))
    except ReadError as error:
        if error.code != "CORRUPT":
            raise
    by_check: dict[str, Any] = {}
    for name, text in texts.items():
        try:
            ((by_check[name],),) = await session.rows(f"select {text} from data", 1)
        except ReadError as error:
            if error.code != "CORRUPT" or name == "rows":
                raise
    return by_check


def aggregates(made: Plan, checks: Sequence[Check], rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    yield "rows", "count(*)"
    if made.newest:
        yield "newest", made.newest
    for check in checks:
        if check.good and check.total:
            yield f"{check.id} good", check.good
            yield f"{check.id} total", check.total
            if check.bad and made.key and not check.grouped:
                yield f"{check.id} keys", failing_keys(made.key, check.bad)
    for at, rule in enumerate(rules):
        if rule.value:
            yield f"{at} {rule.id} value", rule.value
            if rule.total:
                yield f"{at} {rule.id} total", rule.total
            if rule.bad and made.key and not rule.grouped:
                yield f"{at} {rule.id} keys", failing_keys(made.key, rule.bad)


def failing_keys(key: str, bad: str) -> str:
    """The first keys of rows that fail: as a part of the one scan it costs far less than a search of its own."""
    return f"min(coalesce({name_of(key)}::varchar, 'null'), {SAMPLES}) filter ({bad})"


async def check_result(session: Session, made: Plan, check: Check, values: Mapping[str, Any]) -> CheckResult:
    identity = (check.id, check.dimension, check.field)
    if check.good is None or check.total is None:
        return CheckResult(*identity, None, None, None, None, None, check.reason)
    sql = f"select {check.good}, {check.total} from data"
    good, total = values.get(f"{check.id} good"), values.get(f"{check.id} total")
    if good is None or total is None:
        return CheckResult(*identity, None, None, None, None, sql, DOES_NOT_FIT)
    if not total:
        return CheckResult(*identity, good, total, None, None, sql, "there are no values")
    samples: tuple[str, ...] = ()
    if good < total:
        samples = await offending(session, made, check.bad, None, values.get(f"{check.id} keys"), check.grouped)
    passed = good / total >= made.thresholds.get(check.dimension, 0.9)
    return CheckResult(*identity, good, total, good / total, passed, sql, None, samples)


async def rule_result(
    session: Session, made: Plan, at: int, rule: Rule, values: Mapping[str, Any], rows: int
) -> CheckResult:
    identity = (rule.id, rule.dimension, rule.field)
    if rule.reason is not None:
        return CheckResult(*identity, None, None, None, None, None, rule.reason, origin=rule.origin)
    total_text = f", {rule.total}" if rule.total else ""
    sql = rule.query or f"select {rule.value}{total_text} from data"
    try:
        value, total = await measured(session, at, rule, values, rows)
    except (NotExpressible, IndexError, TypeError, ValueError):
        reason = "not computed: the SQL gives no number" if rule.query else DOES_NOT_FIT
        return CheckResult(*identity, None, None, None, None, sql, reason, origin=rule.origin)
    if rule.query and not total and rule.graded:
        reason = "no value has a counterpart to compare with"
        return CheckResult(*identity, value, total, None, None, sql, reason, origin=rule.origin)
    passed = holds(rule, value, total)
    faulty = not passed or (rule.graded and value > 0)
    samples: tuple[str, ...] = ()
    if faulty:
        keys = values.get(f"{at} {rule.id} keys")
        samples = await offending(session, made, rule.bad, rule.sample, keys, rule.grouped)
    good, of, score = graded(rule, value, total, rows, passed)
    return CheckResult(*identity, good, of, score, passed, sql, None, samples, rule.origin)


async def measured(session: Session, at: int, rule: Rule, values: Mapping[str, Any], rows: int) -> tuple[float, int]:
    """What the rule measured, and of how many. Raises `TypeError` where there is no value."""
    if rule.query is None:
        return float(values.get(f"{at} {rule.id} value")), values.get(f"{at} {rule.id} total", rows)  # type: ignore[arg-type]
    row = (await session.rows(rule.query, 1))[0]
    return float(row[0]), row[1] if rule.graded and len(row) > 1 else rows


def graded(rule: Rule, value: float, total: int, rows: int, passed: bool) -> tuple[float, float, float]:
    """Numerator, denominator and score. A contract's business rule shows what it measured and holds or not; a domain's,
    and a rule that counts for a dimension, shows the share without fault. One that counts no faults is all or nothing.
    """
    if rule.dimension == RULES and rule.origin == "contract":
        return value, rows, float(passed)
    if not rule.graded:
        return (rows if passed else 0), rows, float(passed)
    return total - value, total, (total - value) / total if total else 1.0


async def offending(
    session: Session, made: Plan, bad: str | None, sample: str | None, keys: Sequence[str] | None, grouped: bool
) -> tuple[str, ...]:
    """Keys of rows that fail: `keys` that the scan found, or by a search where it could not."""
    if keys is not None:
        return tuple(keys)
    if made.key is None or not (sample or (bad and grouped)):
        return ()
    column = f"{name_of(made.key)}::varchar"
    sql = sample.replace("{key}", f"d.{column}") if sample else f"select {column} from data where {bad}"
    try:
        rows = await session.rows(f"{sql} limit {SAMPLES}", SAMPLES)
    except ReadError as error:
        if error.code != "CORRUPT":
            raise
        return ()
    return tuple("null" if row[0] is None else row[0] for row in rows)
