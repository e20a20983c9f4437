"""Quality results of others: kept once, marked with their origin, judged by the contract, told when it changes."""

from typing import Any

import pytest

from resolvers.graph.store import Store
from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.quality_report_submit import submit_report
from resolvers.quality.records import latest_runs
from resolvers.quality.reports import BadReport, ReportFormat, format_of, parse_report
from resolvers.webhooks.kinds import kinds_of
from resolvers.webhooks.records import WebhookEventKind
from resolvers.writes.pipeline import WriteOptions
from schema.context import Context
from schema.schema import schema
from tests.checksum import checksum
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, a_domain, a_product, audit_actions, contract, done, faults

EXPECTATIONS = {
    "success": False,
    "results": [
        {
            "success": True,
            "expectation_config": {
                "type": "expect_column_values_to_not_be_null",
                "kwargs": {"column": "order_id", "mostly": 0.9},
            },
            "result": {"element_count": 200, "unexpected_count": 2, "unexpected_percent": 1.0},
        },
        {
            "success": False,
            "expectation_config": {"type": "expect_column_values_to_be_between", "kwargs": {"column": "total"}},
            "result": {
                "element_count": 200,
                "missing_count": 20,
                "unexpected_count": 9,
                "partial_unexpected_index_list": [3, 4],
            },
        },
        {
            "success": True,
            "expectation_config": {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}},
            "result": {"observed_value": 200},
        },
        {
            "success": None,
            "expectation_config": {"type": "expect_column_pair_values_a_to_be_greater_than_b", "kwargs": {}},
            "result": {},
            "exception_info": {"raised_exception": True, "exception_message": "no such column"},
        },
    ],
    "meta": {
        "great_expectations_version": "1.3.1",
        "run_id": {"run_name": "nightly", "run_time": "2026-11-20T03:00:00+00:00"},
    },
    "statistics": {"evaluated_expectations": 4},
}
CHECKPOINT = {"success": False, "run_results": {"a": {"validation_result": EXPECTATIONS}, "b": EXPECTATIONS}}
SODA = {
    "definitionName": "nightly",
    "defaultDataSource": "warehouse",
    "scanStartTimestamp": "2026-11-21T03:00:00",
    "scanEndTimestamp": "2026-11-21T03:00:09+00:00",
    "hasFailures": False,
    "metrics": [
        {"identity": "metric-row_count", "metricName": "row_count", "value": 200},
        {"identity": "metric-missing", "metricName": "missing_count", "value": 3},
    ],
    "checks": [
        {
            "name": "missing_count(order_id) < 5",
            "column": "order_id",
            "outcome": "pass",
            "metrics": ["metric-missing"],
            "diagnostics": {"value": 3},
        },
        {"name": "row_count > 0", "outcome": "pass", "metrics": ["metric-row_count"], "diagnostics": {"value": 200}},
        {"name": "freshness(created_at) < 1d", "column": "created_at", "outcome": None, "diagnostics": {}},
    ],
}
OWN: dict[str, Any] = {
    "origin": "nightly-job",
    "finishedAt": "2026-11-22T03:00:00Z",
    "rows": 100,
    "checks": [
        {"id": "c", "dimension": "completeness", "numerator": 95, "denominator": 100, "samples": ["7"]},
        {"id": "v", "dimension": "conformity", "score": 0.5},
        {"id": "rule", "passed": True},
        {"id": "later", "dimension": "accuracy", "reason": "no reference yet"},
    ],
}


async def product_id(store: Store) -> str:
    await a_domain(store)
    quality = [{"dimension": "completeness", "threshold": 0.96}, {"dimension": "validity", "threshold": 0.4}]
    points = [{"kind": "BATCH", "uri": "file:///data/rows.csv"}]
    return (await a_product(store, contract=contract(quality=quality), access_points=points)).id


def test_great_expectations_results_have_dimensions_and_counts() -> None:
    assert format_of(EXPECTATIONS) is format_of(CHECKPOINT) is ReportFormat.GREAT_EXPECTATIONS
    report = parse_report(EXPECTATIONS)
    assert (report.origin, report.finished_at, report.rows) == (
        "great-expectations",
        "2026-11-20T03:00:00.000000Z",
        200,
    )
    assert [(c.id, c.dimension, c.field, c.numerator, c.denominator, c.score, c.passed) for c in report.checks] == [
        ("expect_column_values_to_not_be_null:order_id", "completeness", "order_id", 198, 200, 0.99, True),
        ("expect_column_values_to_be_between:total", "validity", "total", 171, 180, 0.95, False),
        ("expect_table_row_count_to_be_between", "businessRules", None, None, None, 1.0, True),
        ("expect_column_pair_values_a_to_be_greater_than_b", "consistency", None, None, None, None, None),
    ]
    assert report.checks[1].samples == ("3", "4")
    assert report.checks[3].reason == "no such column"
    whole = parse_report(CHECKPOINT)
    assert len(whole.checks) == 8
    assert whole.checks[4].id == "expect_column_values_to_not_be_null:order_id (2)"


def test_soda_results_have_dimensions_and_counts() -> None:
    assert format_of(SODA) is ReportFormat.SODA
    report = parse_report(SODA)
    assert (report.origin, report.rows) == ("soda", 200)
    assert (report.started_at, report.finished_at) == ("2026-11-21T03:00:00.000000Z", "2026-11-21T03:00:09.000000Z")
    assert [(c.id, c.dimension, c.field, c.numerator, c.denominator, c.score, c.passed) for c in report.checks] == [
        ("missing_count(order_id) < 5", "completeness", "order_id", 197, 200, 0.985, True),
        ("row_count > 0", "businessRules", None, None, None, 1.0, True),
        ("freshness(created_at) < 1d", "timeliness", "created_at", None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "A report is a JSON object."),
        ({"rows": 3}, "This is not a report of Meshweave, Great Expectations or Soda."),
        ({"origin": "x", "checks": []}, "The report has no checks."),
        ({"origin": "x", "checks": [{}]}, "checks/0: a check is an object with an id."),
        ({"origin": "x", "checks": [{"id": "a"}]}, "checks/0: give a score, counts, a verdict, or the reason why"),
        ({"origin": "x", "checks": [{"id": "a", "score": 1.5}]}, "checks/0/score: from 0 to 1."),
        ({"origin": "x", "checks": [{"id": "a", "score": "1"}]}, "`checks/0/score` is a number from 0."),
        ({"origin": "x", "finishedAt": "soon", "checks": [{"id": "a", "score": 1}]}, "`finishedAt` is a time"),
        ({"success": True, "results": [3]}, "results/0: an expectation's result has `success`."),
    ],
)
def test_a_document_that_is_no_report_says_why(document: Any, message: str) -> None:
    with pytest.raises(BadReport) as raised:
        parse_report(document)
    assert str(raised.value).startswith(message)


async def test_a_report_becomes_a_run_that_counts(store: Store) -> None:
    product = await product_id(store)
    run = done(await submit_report(store, SALES_OWNER, product, OWN, access_point="batch"))
    assert (run.origin, run.state, run.contract_version, run.requested_by) == (
        "nightly-job",
        "FINISHED",
        "1.0.0",
        "sam",
    )
    assert (run.finished_at, run.rows, run.passed, run.progress) == ("2026-11-22T03:00:00.000000Z", 100, False, 1.0)
    scores = {one["dimension"]: (one["score"], one["passed"]) for one in run.dimensions if one["score"] is not None}
    assert scores == {"completeness": (0.95, False), "validity": (0.5, True), "businessRules": (1.0, True)}
    assert run.overall == pytest.approx((0.95 + 0.5 + 1.0) / 3)
    assert {one["id"]: one["passed"] for one in run.checks} == {"c": False, "v": True, "rule": True, "later": None}
    assert {one["origin"] for one in run.checks} == {"nightly-job"}
    before = await checksum(store)
    again = await submit_report(store, SALES_OWNER, product, OWN, access_point="batch")
    assert done(again).id == run.id
    assert await checksum(store) == before
    assert (await latest_runs(store, [product]))[0] == run


async def test_the_verdict_is_told_when_it_changes(store: Store, cypher: Any) -> None:
    product = await product_id(store)
    good = {**OWN, "checks": [{"id": "c", "dimension": "completeness", "score": 1.0}]}
    for number, checks in enumerate([good, OWN, OWN, good]):
        document = {**checks, "finishedAt": f"2026-11-2{number}T03:00:00Z"}
        done(await submit_report(store, SALES_OWNER, product, document))
    old = {**OWN, "finishedAt": "2026-11-01T03:00:00Z"}
    done(await submit_report(store, SALES_OWNER, product, old))
    assert list(await audit_actions(store)).count("qualityReportSubmit") == 5
    rows = await store.read(
        "MATCH (e:AuditEvent {action: 'qualityReportSubmit'}) WITH e ORDER BY e.seq RETURN collect([e.beforeJson, "
        "e.afterJson, e.judgedJson])"
    )
    from resolvers.model.records import AuditEvent

    told = [
        WebhookEventKind.QUALITY_FAILED
        in kinds_of(AuditEvent("", 1, "", "", "qualityReportSubmit", "DATA_PRODUCT", "", "sales", *row, "", ""))
        for row in rows
    ]
    assert told == [False, True, False, True, False]


async def test_a_refused_report_leaves_no_trace(store: Store) -> None:
    product = await product_id(store)
    before = await checksum(store)
    own = {"origin": "Meshweave", "checks": [{"id": "a", "score": 1}]}
    future = {**OWN, "finishedAt": "2100-01-01T00:00:00Z"}
    version = {**OWN, "contractVersion": "9.0.0"}
    assert faults(await submit_report(store, OTHER_OWNER, product, OWN)) == [("FORBIDDEN", ())]
    assert faults(await submit_report(store, SALES_OWNER, "prd_0", OWN)) == [("NOT_FOUND", ("productId",))]
    assert faults(await submit_report(store, SALES_OWNER, product, {})) == [("INVALID_INPUT", ("report",))]
    assert faults(await submit_report(store, SALES_OWNER, product, own)) == [("INVALID_INPUT", ("report", "origin"))]
    assert faults(await submit_report(store, SALES_OWNER, product, future)) == [
        ("INVALID_INPUT", ("report", "finishedAt"))
    ]
    assert faults(await submit_report(store, SALES_OWNER, product, version)) == [
        ("NOT_FOUND", ("report", "contractVersion"))
    ]
    assert faults(await submit_report(store, SALES_OWNER, product, OWN, access_point="api")) == [
        ("NOT_FOUND", ("accessPoint",))
    ]
    done(await submit_report(store, SALES_OWNER, product, OWN, options=WriteOptions(dry_run=True)))
    assert await checksum(store) == before


async def ask(store: Store, query: str, caller: Any = READER, **variables: Any) -> Any:
    result = await schema.execute(query, variables, context_value=Context(store, caller))
    assert result.errors is None
    return result.data


async def test_the_trend_gathers_runs_by_period(store: Store) -> None:
    product = await product_id(store)
    submit = """mutation($id: ID!, $report: QualityReportInput!) {
      qualityReportSubmit(productId: $id, report: $report) {
      qualityRun { origin passed } userErrors { code message } } }"""
    for day, score in (("02", 1.0), ("02", 0.5), ("04", 0.98), ("10", 0.97)):
        check = {"id": f"c{score}", "dimension": "completeness", "score": score}
        report = {"origin": "job", "finishedAt": f"2026-11-{day}T10:00:00Z", "checks": [check]}
        answer = await ask(store, submit, ADMINISTRATOR, id=product, report=report)
        assert answer["qualityReportSubmit"]["userErrors"] == []
        assert answer["qualityReportSubmit"]["qualityRun"] == {"origin": "job", "passed": score >= 0.96}
    query = """query($id: ID!, $by: QualityPeriod!, $from: DateTime) { dataProduct(id: $id) { quality {
      trend(by: $by, from: $from) { start runs passed overall dimensions { dimension score } }
      none: trend(origin: "meshweave") { start } } } }"""
    days = (await ask(store, query, id=product, by="DAY"))["dataProduct"]["quality"]
    assert days["none"] == []
    assert [(p["start"][:10], p["runs"], p["passed"], p["overall"]) for p in days["trend"]] == [
        ("2026-11-02", 2, 1, 0.75),
        ("2026-11-04", 1, 1, 0.98),
        ("2026-11-10", 1, 1, 0.97),
    ]
    assert days["trend"][0]["dimensions"] == [{"dimension": "completeness", "score": 0.75}]
    weeks = (await ask(store, query, id=product, by="WEEK", **{"from": "2026-11-03T00:00:00Z"}))["dataProduct"]
    assert [(p["start"][:10], p["runs"]) for p in weeks["quality"]["trend"]] == [("2026-11-02", 1), ("2026-11-09", 1)]
    months = (await ask(store, query, id=product, by="MONTH"))["dataProduct"]["quality"]["trend"]
    assert [(p["start"], p["runs"], p["passed"]) for p in months] == [("2026-11-01T00:00:00.000000Z", 4, 3)]
    runs = "query($id: ID!, $after: ID) { dataProduct(id: $id) { quality { runs(first: 3, after: $after) { id } } } }"
    first = [run["id"] for run in (await ask(store, runs, id=product))["dataProduct"]["quality"]["runs"]]
    rest = (await ask(store, runs, id=product, after=first[-1]))["dataProduct"]["quality"]["runs"]
    assert (len(first), len(rest)) == (3, 1)
    assert rest[0]["id"] not in first
