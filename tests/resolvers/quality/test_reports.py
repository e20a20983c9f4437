"""Result files in the shapes that Great Expectations 0.18 and 1.24 and Soda Core 3.5 write, made by hand."""

from typing import Any

import pytest

from resolvers.quality.reports import BadReport, ReportFormat, format_of, parse_report

ORIGIN = "great-expectations"
TRACE = "Traceback (most recent call last):\n  File …"
ABSENT = 'Error: The column "colour" in BatchData does not exist.'
FINE: dict[str, Any] = {"raised_exception": False, "exception_traceback": None, "exception_message": None}
RAISED = {
    "MetricConfigurationID(metric_name='column_values.nonnull.condition', metric_value_kwargs_id=())": {
        "exception_traceback": TRACE,
        "exception_message": ABSENT,
        "raised_exception": True,
    }
}
# (name, arguments, result, success, exception)
EXPECTATIONS: list[tuple[str, dict[str, Any], dict[str, Any], bool, dict[str, Any]]] = [
    ("expect_column_values_to_not_be_null", {"column": "colour"}, {}, False, RAISED),
    ("expect_column_to_exist", {"column": "sku"}, {}, True, FINE),
    (
        "expect_column_values_to_be_between",
        {"column": "price", "min_value": 0},
        {
            "element_count": 40,
            "missing_count": 4,
            "unexpected_count": 3,
            "unexpected_percent": 8.3,
            "partial_unexpected_list": [-1.0, -2.0, -3.0],
            "partial_unexpected_index_list": [5, 7, 11],
        },
        False,
        FINE,
    ),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "sold", "column_B": "made"},
        {
            "element_count": 40,
            "unexpected_count": 1,
            "missing_count": 0,
            "partial_unexpected_index_list": [{"sold": "2026-01-01", "made": "2026-02-01", "sku": "A1", "shop": 3}],
        },
        False,
        FINE,
    ),
    (
        "expect_column_values_to_be_unique",
        {"column": "sku"},
        {"element_count": 40, "unexpected_count": 2, "partial_unexpected_index_list": [{"sku": "A9"}, {"sku": "A9"}]},
        False,
        FINE,
    ),
    ("expect_table_row_count_to_be_between", {"max_value": 30}, {"observed_value": 40}, False, FINE),
]
# (id, dimension, numerator, denominator, score, passed, reason, samples)
FOUND = [
    ("expect_column_values_to_not_be_null:colour", "completeness", None, None, None, None, ABSENT, ()),
    ("expect_column_to_exist:sku", "businessRules", None, None, 1.0, True, None, ()),
    ("expect_column_values_to_be_between:price", "validity", 33, 36, 33 / 36, False, None, ("5", "7", "11")),
    (
        "expect_column_pair_values_a_to_be_greater_than_b:sold,made",
        "consistency",
        39,
        40,
        0.975,
        False,
        None,
        ("A1, 3",),
    ),
    ("expect_column_values_to_be_unique:sku", "uniqueness", 38, 40, 0.95, False, None, ("A9", "A9")),
    ("expect_table_row_count_to_be_between", "businessRules", None, None, 0.0, False, None, ()),
]
TIME = "2026-11-20T03:00:05.250000+00:00"


def result(key: str, name: str, arguments: Any, found: Any, success: bool, exception: Any) -> dict[str, Any]:
    """One expectation's; its name is under `key`."""
    return {
        "success": success,
        "expectation_config": {key: name, "kwargs": {**arguments, "batch_id": "shop-prices"}, "meta": {}},
        "result": found,
        "meta": {},
        "exception_info": exception,
    }


def validation(key: str) -> dict[str, Any]:
    return {
        "success": False,
        "results": [result(key, *one) for one in EXPECTATIONS],
        "suite_name": "prices",
        "suite_parameters": {},
        "statistics": {"evaluated_expectations": 6, "success_percent": 16.7},
        "meta": {"run_id": {"run_name": None, "run_time": TIME}, "batch_spec": {"batch_data": "PandasDataFrame"}},
        "id": None,
    }


def checkpoint_of_0_18() -> dict[str, Any]:
    identifier = "ValidationResultIdentifier::default/__none__/20261120T030005.250000Z/shop-prices"
    run = {"validation_result": validation("expectation_type"), "actions_results": {"store": {"class": "Store"}}}
    return {
        "run_id": {"run_name": None, "run_time": TIME},
        "run_results": {identifier: run},
        "checkpoint_config": {"name": "nightly", "class_name": "Checkpoint"},
        "success": False,
    }


def described() -> dict[str, Any]:
    """What `checkpoint_result.describe()` gives, which leaves out exceptions and times."""
    expectations = [
        {"expectation_type": name, "success": success, "kwargs": arguments, "result": found}
        for name, arguments, found, success, _ in EXPECTATIONS[1:]
    ]
    statistics = {"evaluated_validations": 1, "success_percent": 0.0}
    results = [{"success": False, "statistics": {"evaluated_expectations": 5}, "expectations": expectations}]
    return {"success": False, "statistics": statistics, "validation_results": results}


@pytest.mark.parametrize(
    ("document", "finished", "found"),
    [
        (validation("type"), "2026-11-20T03:00:05.250000Z", FOUND),
        (validation("expectation_type"), "2026-11-20T03:00:05.250000Z", FOUND),
        (checkpoint_of_0_18(), "2026-11-20T03:00:05.250000Z", FOUND),
        ({"success": False, "run_results": {"('prices',)": validation("type")}}, "2026-11-20T03:00:05.250000Z", FOUND),
        (described(), None, FOUND[1:]),
        (result("type", *EXPECTATIONS[2]), None, FOUND[2:3]),
    ],
)
def test_results_of_great_expectations(document: Any, finished: str | None, found: list[Any]) -> None:
    assert format_of(document) is ReportFormat.GREAT_EXPECTATIONS
    report = parse_report(document)
    assert (report.origin, report.finished_at, report.rows) == (ORIGIN, finished, 40)
    assert [(c.id, c.dimension, c.numerator, c.denominator, c.score, c.passed, c.reason, c.samples)
            for c in report.checks] == found  # fmt: skip


def soda_check(name: str, metric: str, outcome: str | None, table: str = "prices", **given: Any) -> dict[str, Any]:
    definition = given.pop("definition", f"checks for {table}:\n  {name}")
    return {
        "identity": "a1908fb7",
        "name": name,
        "type": "generic",
        "definition": definition,
        "location": {"filePath": "checks.yml", "line": 3, "col": 5},
        "dataSource": "shop",
        "table": table,
        "filter": None,
        "column": given.pop("column", None),
        "metrics": [f"metric-nightly-shop-{metric}"],
        "outcome": outcome,
        "outcomeReasons": [],
        "diagnostics": {"blocks": [], **given},
    }


def soda(*checks: dict[str, Any], **metrics: Any) -> dict[str, Any]:
    """`metrics` by the end of their identity, with `-` as `__`."""
    rows = []
    for key, value in metrics.items():
        identity = key.replace("__", "-")
        name = identity.split("-")[-2] if identity.endswith("c26") else identity.split("-")[-1]
        rows.append({"identity": f"metric-nightly-shop-{identity}", "metricName": name, "value": value,
                     "dataSourceName": "shop"})  # fmt: skip
    return {
        "definitionName": "nightly",
        "defaultDataSource": "shop",
        "scanStartTimestamp": "2026-11-20T03:00:00+00:00",
        "scanEndTimestamp": "2026-11-20T03:00:09+00:00",
        "hasErrors": False,
        "hasWarnings": False,
        "hasFailures": True,
        "metrics": rows,
        "checks": list(checks),
        "queries": [],
        "logs": [],
    }


def test_results_of_a_soda_scan() -> None:
    schema = "checks for prices:\n  - schema:\n      fail:\n        when required column missing: [sku]\n"
    rows = "checks for prices:\n  - failed rows:\n      name: Sold before made\n      fail condition: sold < made\n"
    checks = [
        soda_check("row_count > 0", "prices-row_count", "pass", value=40),
        soda_check("Schema Check", "prices-schema", "warn", definition=schema),
        soda_check("values in (shop) must exist in shops (id)", "prices-shop-reference-c26", "fail", column="shop"),
        soda_check("Sold before made", "prices-row_count-c26", "fail", definition=rows),
        soda_check("missing_count(price) = 0", "prices-price-missing_count", "fail", column="price", value=4),
        soda_check("missing_percent(price) < 50", "prices-price-missing_percent", "pass", column="price", value=10.0),
        soda_check("duplicate_count(sku) = 0", "prices-sku-duplicate_count", "fail", column="sku", value=1),
        soda_check("Known currencies", "prices-currency-invalid_count-c26", "fail", column="currency",
                   definition="checks for prices:\n  - invalid_count(currency) = 0:\n      name: Known currencies"),
        soda_check("max_length(sku) < 9", "prices-sku-max_length", "pass", column="sku", value=2),
        soda_check("freshness(sold) < 1d", "prices-sold-max", "fail", column="sold", value=99, measure="time"),
        soda_check("avg(price) > 3", "prices-price-avg", None, column="price", value=None),
    ]  # fmt: skip
    metrics = {
        "prices__row_count__c26": 2,
        "prices__row_count": 40,
        "prices__shop__reference__c26": 3,
        "prices__price__missing_count": 4,
        "prices__price__missing_percent": 10.0,
        "prices__sku__duplicate_count": 1,
        "prices__currency__invalid_count__c26": 5,
        "prices__sku__max_length": 2,
        "prices__sold__max": "2026-11-01T15:00:00+00:00",
        "prices__price__avg": None,
        "prices__schema": [{"columnName": "sku", "sourceDataType": "varchar"}],
    }
    document = soda(*checks, **metrics)
    assert format_of(document) is ReportFormat.SODA
    report = parse_report(document)
    assert (report.rows, report.finished_at) == (40, "2026-11-20T03:00:09.000000Z")
    assert [(c.dimension, c.field, c.numerator, c.denominator, c.score, c.passed) for c in report.checks] == [
        ("businessRules", None, None, None, 1.0, True),
        ("validity", None, None, None, 1.0, True),
        ("consistency", "shop", 37, 40, 0.925, False),
        ("consistency", None, 38, 40, 0.95, False),
        ("completeness", "price", 36, 40, 0.9, False),
        ("completeness", "price", None, None, 0.9, True),
        ("uniqueness", "sku", 39, 40, 0.975, False),
        ("validity", "currency", 35, 40, 0.875, False),
        ("validity", "sku", None, None, 1.0, True),
        ("timeliness", "sold", None, None, 0.0, False),
        ("businessRules", "price", None, None, None, None),
    ]
    assert report.checks[-1].reason == "Soda could not evaluate the check"


def test_a_soda_scan_of_several_tables_names_each_and_has_no_number_of_rows() -> None:
    one = soda_check("missing_count(price) = 0", "prices-price-missing_count", "fail", column="price", value=4)
    other = soda_check("missing_count(id) = 0", "missing_shops-id-missing_count", "pass", "missing_shops", value=0)
    report = parse_report(
        soda(one, other, prices__row_count=40, missing_shops__row_count=2, prices__price__missing_count=4,
             missing_shops__id__missing_count=0)
    )  # fmt: skip
    assert report.rows is None
    assert [(c.id, c.numerator, c.denominator) for c in report.checks] == [
        ("prices: missing_count(price) = 0", 36, 40),
        ("missing_shops: missing_count(id) = 0", 2, 2),
    ]


def test_a_soda_scan_that_ended_with_errors_says_why_it_has_no_results() -> None:
    logs = [
        {"level": "INFO", "message": "Soda Core 3.5.6"},
        {"level": "ERROR", "message": 'Query execution error: Referenced column "colour" not found.\nLINE 11: …'},
    ]
    with pytest.raises(BadReport) as raised:
        parse_report({**soda(prices__row_count=None), "hasErrors": True, "logs": logs})
    assert str(raised.value) == (
        "Soda's scan ended with errors and has no results: "
        'Query execution error: Referenced column "colour" not found.'
    )
    with pytest.raises(BadReport, match=r"The report has no checks\."):
        parse_report(soda(prices__row_count=3))
