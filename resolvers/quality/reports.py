"""Parses quality results of other tools: our own format, Great Expectations and Soda."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from resolvers.model import clock
from resolvers.model.json_values import scalar_problem
from resolvers.quality.checks import DIMENSIONS, RULES, SAME
from resolvers.quality.scores import CheckResult

MAX_CHECKS = 5_000
MAX_SAMPLES = 20


class ReportFormat(StrEnum):
    MESHWEAVE = "meshweave"
    GREAT_EXPECTATIONS = "great-expectations"
    SODA = "soda"


class BadReport(ValueError):
    """The document is not a report of its format; the message says where and why."""


class Report(NamedTuple):
    """`origin` says who computed it. Scores and verdicts that it leaves open are None in `checks`."""

    origin: str
    access_point: str | None
    contract_version: str | None
    started_at: str | None
    finished_at: str | None
    rows: int | None
    newest: str | None
    checks: tuple[CheckResult, ...]


def format_of(document: Any) -> ReportFormat:
    """By its keys. Raises `BadReport`."""
    if not isinstance(document, Mapping):
        raise BadReport("A report is a JSON object.")
    is_expectations = "success" in document and document.keys() & {"results", "expectation_config"}
    if is_expectations or document.keys() & {"run_results", "validation_results"}:
        return ReportFormat.GREAT_EXPECTATIONS
    if "checks" in document and ({"scanStartTimestamp", "hasFailures", "defaultDataSource"} & document.keys()):
        return ReportFormat.SODA
    if "checkResults" in document or ("checks" in document and {"contract", "scanId"} & document.keys()):
        return ReportFormat.SODA
    if "checks" in document and "origin" in document:
        return ReportFormat.MESHWEAVE
    raise BadReport("This is not a report of Meshweave, Great Expectations or Soda.")


def parse_report(document: Any, form: ReportFormat | None = None) -> Report:
    """Raises `BadReport`."""
    form = form or format_of(document)
    if not isinstance(document, Mapping):
        raise BadReport("A report is a JSON object.")
    reader = {
        ReportFormat.MESHWEAVE: own_report,
        ReportFormat.GREAT_EXPECTATIONS: expectations_report,
        ReportFormat.SODA: soda_report,
    }[form]
    report = reader(document)
    if not report.checks:
        raise BadReport("The report has no checks.")
    if len(report.checks) > MAX_CHECKS:
        raise BadReport(f"A report has at most {MAX_CHECKS:,} checks; this has {len(report.checks):,}.")
    return report._replace(checks=tuple(named_apart(report.checks)))


def named_apart(checks: Sequence[CheckResult]) -> Iterator[CheckResult]:
    """Checks of one name get a number."""
    seen: dict[str, int] = {}
    for check in checks:
        seen[check.id] = seen.get(check.id, 0) + 1
        yield check if seen[check.id] == 1 else check._replace(id=f"{check.id} ({seen[check.id]})")


# -- our own shape -----------------------------------------------------------------------------------------------------


def own_report(document: Mapping[str, Any]) -> Report:
    """The keys of QualityReportInput."""
    checks = document.get("checks")
    if not isinstance(checks, Sequence) or isinstance(checks, str):
        raise BadReport("`checks` is a list.")
    origin = words(document.get("origin"), "origin", 64)
    if origin is None:
        raise BadReport("`origin` says who computed the report.")
    return Report(
        origin,
        words(document.get("accessPoint"), "accessPoint", 64),
        words(document.get("contractVersion"), "contractVersion", 128),
        instant(document.get("startedAt"), "startedAt"),
        instant(document.get("finishedAt"), "finishedAt"),
        count(document.get("rows"), "rows"),
        instant(document.get("newest"), "newest"),
        tuple(own_check(check, at, origin) for at, check in enumerate(checks)),
    )


def own_check(check: Any, at: int, origin: str) -> CheckResult:
    if not isinstance(check, Mapping) or not isinstance(check.get("id"), str) or not check["id"]:
        raise BadReport(f"checks/{at}: a check is an object with an id.")
    numbers = {key: number(check.get(key), f"checks/{at}/{key}") for key in ("numerator", "denominator", "score")}
    score = numbers["score"]
    if score is None and numbers["denominator"]:
        score = (numbers["numerator"] or 0.0) / numbers["denominator"]
    passed = check.get("passed")
    if passed is not None and not isinstance(passed, bool):
        raise BadReport(f"checks/{at}/passed: true or false.")
    if score is None and passed is not None:
        score = float(passed)
    if score is not None and not 0 <= score <= 1:
        raise BadReport(f"checks/{at}/score: from 0 to 1.")
    reason = words(check.get("reason"), f"checks/{at}/reason", 500)
    if score is None and reason is None:
        raise BadReport(f"checks/{at}: give a score, counts, a verdict, or the reason why there is none.")
    samples = check.get("samples") or ()
    return CheckResult(
        check["id"][:200],
        dimension_name(check.get("dimension")),
        words(check.get("field"), f"checks/{at}/field", 500),
        numbers["numerator"],
        numbers["denominator"],
        score,
        passed,
        None,
        reason,
        tuple(str(one)[:200] for one in samples[:MAX_SAMPLES]) if isinstance(samples, list | tuple) else (),
        origin,
    )


def dimension_name(value: Any) -> str:
    name = value if isinstance(value, str) else RULES
    name = SAME.get(name, name)
    return name if name in DIMENSIONS else RULES


def words(value: Any, name: str, most: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise BadReport(f"`{name}` is a text of 1 to {most} characters.")
    return value


def number(value: Any, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or scalar_problem(value) or value < 0:
        raise BadReport(f"`{name}` is a number from 0.")
    return value


def count(value: Any, name: str) -> int | None:
    amount = number(value, name)
    if amount is not None and (amount != int(amount) or amount > 1e15):
        raise BadReport(f"`{name}` is a whole number.")
    return None if amount is None else int(amount)


def instant(value: Any, name: str) -> str | None:
    """An instant as `resolvers.model.clock` writes it; a time without a zone is UTC, as these tools write it."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return clock.parse((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat())
    except (TypeError, ValueError):
        raise BadReport(f"`{name}` is a time, e.g. 2026-11-22T09:00:00Z.") from None


# -- Great Expectations ------------------------------------------------------------------------------------------------

EXPECTED = {
    "completeness": ("not_be_null", "be_null"),
    "uniqueness": ("be_unique", "compound_columns", "within_record", "unique_value", "proportion_of_unique"),
    "consistency": ("pair_values", "multicolumn", "_a_to_be_greater", "equal_other_table", "columns_to_match"),
    "validity": (
        *("match_regex", "match_like", "be_in_set", "be_between", "be_of_type", "be_in_type_list", "match_strftime"),
        *("be_dateutil_parseable", "be_json_parseable", "match_json_schema", "value_lengths", "distinct_values"),
        *("be_in_", "be_valid", "be_increasing", "be_decreasing", "be_a_"),
    ),
}


def expectations_report(document: Mapping[str, Any]) -> Report:
    """Of versions 0.x and 1.x: a validation result, a checkpoint's with several of them, what its `describe()` gives,
    or the result of one expectation."""
    results = list(validations(document))
    if not results:
        raise BadReport("The file has no validation results.")
    expectations = [(one, position) for result in results for position, one in enumerate(expectations_of(result))]
    times = [time for result in results if (time := run_time(result)) is not None]
    counts = [n for one, _ in expectations if (n := elements(one)) is not None]
    moment = max(times, default=None)
    origin = ReportFormat.GREAT_EXPECTATIONS.value
    checks = tuple(expectation(one, position) for one, position in expectations)
    return Report(origin, None, None, moment, moment, max(counts, default=None), None, checks)


def validations(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    runs = document.get("run_results")
    if isinstance(runs, Mapping):
        for run in runs.values():
            inner = mapped(run).get("validation_result")
            yield inner if isinstance(inner, Mapping) else mapped(run)
    elif isinstance(document.get("validation_results"), list):
        yield from map(mapped, document["validation_results"])
    elif isinstance(document.get("results"), list):
        yield document
    elif "expectation_config" in document:
        yield {"results": [document], "meta": document.get("meta")}


def expectations_of(result: Mapping[str, Any]) -> Sequence[Any]:
    return listed(result.get("results")) or listed(result.get("expectations"))


def expectation(value: Any, at: int) -> CheckResult:
    if not isinstance(value, Mapping) or not isinstance(value.get("success"), bool | None):
        raise BadReport(f"results/{at}: an expectation's result has `success`.")
    config = mapped(value.get("expectation_config")) or value  # `describe()` has its keys beside the result
    kind = str(config.get("expectation_type") or config.get("type") or f"expectation-{at + 1}")
    arguments = mapped(config.get("kwargs"))
    column = arguments.get("column") or ",".join(
        map(
            str,
            listed(arguments.get("column_list")) or [arguments[k] for k in ("column_A", "column_B") if k in arguments],
        )
    )
    result = mapped(value.get("result"))
    total, bad, missing = result.get("element_count"), result.get("unexpected_count"), result.get("missing_count")
    success, numerator, denominator, score = value.get("success"), None, None, None
    raised = exception_text(value)
    if raised is not None and not result:
        success = None  # it says false of an expectation that it could not evaluate as well
    if isinstance(total, int) and isinstance(bad, int):
        denominator = (
            total
            if kind.endswith(("to_not_be_null", "to_be_null"))
            else total - (missing if isinstance(missing, int) else 0)
        )
        numerator = denominator - bad
        score = numerator / denominator if denominator else None
    if score is None and success is not None:
        score = float(success)
    return CheckResult(
        f"{kind}:{column}" if column else kind,
        expected_dimension(kind),
        column or None,
        numerator if score is not None else None,
        denominator if score is not None else None,
        score if success is not None else None,
        success,
        None,
        None if success is not None else raised or "the expectation has no result",
        sample_keys(result, arguments),
        ReportFormat.GREAT_EXPECTATIONS.value,
    )


def expected_dimension(kind: str) -> str:
    if kind.startswith("expect_table_"):
        return "consistency" if any(part in kind for part in EXPECTED["consistency"]) else RULES
    return next((name for name, parts in EXPECTED.items() if any(part in kind for part in parts)), RULES)


def mapped(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one where something else stands."""
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def sample_keys(result: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Positions of rows that fail, or the values of the columns that were asked for as an index."""
    checked = {arguments.get(name) for name in ("column", "column_A", "column_B")}
    checked |= {one for one in listed(arguments.get("column_list")) if isinstance(one, str)}
    keys = []
    for one in listed(result.get("partial_unexpected_index_list"))[:MAX_SAMPLES]:
        index = {name: one[name] for name in one if name not in checked} or one if isinstance(one, Mapping) else None
        keys.append(", ".join(map(str, index.values())) if index else str(one))
    return tuple(key[:200] for key in keys)


def exception_text(value: Mapping[str, Any]) -> str | None:
    """What kept the expectation from being evaluated: of the whole of it, or of one of its metrics, by their ids."""
    info = mapped(value.get("exception_info"))
    for one in (info, *map(mapped, info.values())):
        if one.get("raised_exception") and one.get("exception_message"):
            return str(one["exception_message"])[:500]
    return None


def elements(value: Any) -> int | None:
    elements_count = mapped(mapped(value).get("result")).get("element_count")
    return elements_count if isinstance(elements_count, int) else None


def run_time(result: Mapping[str, Any]) -> str | None:
    meta = mapped(result.get("meta"))
    run = mapped(meta.get("run_id"))
    value = run.get("run_time") or meta.get("validation_time")
    return instant(value, "meta/run_id/run_time")


# -- Soda --------------------------------------------------------------------------------------------------------------

SODA = {
    "completeness": ("missing_",),
    "uniqueness": ("duplicate_",),
    "validity": ("invalid_", "valid_", "schema", "min_length", "max_length", "avg_length"),
    "consistency": ("reference", "must exist in", "reconciliation", "failed rows", "failed_rows"),
    "timeliness": ("freshness",),
}
# Names of metrics that count faults, or give their share in per cent.
FAULTS = ("missing", "invalid", "duplicate")
OUTCOMES = {"pass": True, "passed": True, "warn": True, "warning": True, "fail": False, "failed": False}
# A metric of all rows of a table has no hash of a filter at the end of its identity.
ALL_ROWS = "row_count"


class SodaMetrics(NamedTuple):
    """`names` and `values` by the metric's identity; `tables` are those that the checks are about."""

    names: Mapping[str, str]
    values: Mapping[str, Any]
    tables: frozenset[str]

    def rows(self, table: Any) -> int | None:
        ends = f"-{table}-{ALL_ROWS}" if table else f"-{ALL_ROWS}"
        counts = [value for name, value in self.values.items() if name.endswith(ends) and isinstance(value, int)]
        return counts[0] if len(counts) == 1 else None


def soda_report(document: Mapping[str, Any]) -> Report:
    """Results of a scan (`soda scan -srf`) or of a contract's verification."""
    checks = document["checks"] if "checks" in document else document.get("checkResults")
    if not isinstance(checks, list):
        raise BadReport("`checks` is a list.")
    if not checks and document.get("hasErrors"):
        raise BadReport(f"Soda's scan ended with errors and has no results{soda_error(document)}")
    rows = [one for one in listed(document.get("metrics")) if isinstance(mapped(one).get("identity"), str)]
    tables = frozenset(str(one["table"]) for one in map(mapped, checks) if one.get("table"))
    metrics = SodaMetrics(
        {one["identity"]: str(one.get("metricName")) for one in rows},
        {one["identity"]: one.get("value") for one in rows},
        tables,
    )
    parsed = tuple(soda_check(check, at, metrics) for at, check in enumerate(checks))
    started = document.get("scanStartTimestamp") or document.get("startTimestamp") or document.get("started")
    ended = document.get("scanEndTimestamp") or document.get("endTimestamp") or document.get("ended")
    return Report(
        ReportFormat.SODA.value,
        None,
        None,
        instant(started, "scanStartTimestamp"),
        instant(ended, "scanEndTimestamp"),
        metrics.rows(next(iter(tables), None)) if len(tables) <= 1 else None,
        None,
        parsed,
    )


def soda_error(document: Mapping[str, Any]) -> str:
    messages = [
        str(one.get("message"))
        for one in map(mapped, listed(document.get("logs")))
        if str(one.get("level", "")).upper() == "ERROR"
    ]
    return f": {messages[0].strip().splitlines()[0][:300]}" if messages and messages[0].strip() else "."


def soda_check(value: Any, at: int, metrics: SodaMetrics) -> CheckResult:
    if not isinstance(value, Mapping):
        raise BadReport(f"checks/{at}: a check is an object.")
    inner = mapped(value.get("check"))
    name = str(value.get("name") or inner.get("name") or value.get("definition") or f"check-{at + 1}")
    table = value.get("table")
    column = value.get("column") or inner.get("column") or inner.get("column_name")
    outcome = OUTCOMES.get(str(value.get("outcome") or "").lower())
    bad, share = soda_faults(value, metrics)
    total = mapped(value.get("diagnostics")).get(
        "check_rows_tested", mapped(value.get("diagnostics")).get("checkRowsTested", metrics.rows(table))
    )
    counted = bad is not None and is_count(total) and total > 0 and bad <= total
    numerator, denominator, score = None, None, None
    if outcome is not None and counted:
        numerator, denominator = total - bad, total
        score = numerator / total
    elif outcome is not None:
        score = float(outcome) if share is None else 1 - share
    return CheckResult(
        (f"{table}: {name}" if len(metrics.tables) > 1 and table else name)[:200],
        soda_dimension(value, inner, metrics),
        str(column) if column else None,
        numerator,
        denominator,
        score,
        outcome,
        None,
        None if outcome is not None else "Soda could not evaluate the check",
        (),
        ReportFormat.SODA.value,
    )


def soda_faults(value: Mapping[str, Any], metrics: SodaMetrics) -> tuple[int | None, float | None]:
    """How many values or rows fail, or else which share of them, as far as the check says it."""
    diagnostics = mapped(value.get("diagnostics"))
    bad = diagnostics.get("failed_rows_count", diagnostics.get("failedRowsCount"))
    if is_count(bad):
        return bad, None
    named = [str(one) for one in listed(value.get("metrics")) if str(one) in metrics.names]
    text = soda_text(value, {})
    for identity in named:
        name, found = metrics.names[identity], diagnostics.get("value", metrics.values.get(identity))
        rows_that_fail = name == "reference" or (name == ALL_ROWS and not identity.endswith(f"-{ALL_ROWS}"))
        if not name.startswith(FAULTS) and not (rows_that_fail and soda_kind(text) == "consistency"):
            continue
        if is_count(found) and not name.endswith("_percent"):
            return found, None
        if name.endswith("_percent") and isinstance(found, int | float) and 0 <= found <= 100:
            return None, found / 100
    return None, None


def soda_dimension(value: Mapping[str, Any], inner: Mapping[str, Any], metrics: SodaMetrics) -> str:
    """By what is measured, and by the words of the check where that says nothing."""
    for one in listed(value.get("metrics")):
        kind = soda_kind(metrics.names.get(str(one), ""))
        if kind != RULES:
            return kind
    return soda_kind(soda_text(value, inner))


def soda_text(value: Mapping[str, Any], inner: Mapping[str, Any]) -> str:
    """Name, type and definition without the line that names the table."""
    definition = str(value.get("definition") or "")
    lines = [line for line in definition.splitlines() if not line.startswith("checks for ")]
    kind = value.get("type") or inner.get("type") or ""
    return " ".join([*lines, str(kind), str(value.get("name") or inner.get("name") or "")]).lower()


def soda_kind(text: str) -> str:
    return next((dimension for dimension, parts in SODA.items() if any(part in text for part in parts)), RULES)


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
