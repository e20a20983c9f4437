"""The four rules of the foundation, each by itself."""

import pytest
from pydantic import ValidationError

from tests.resolvers.governance.engine.facts_of import a_contract, a_product, messages, parameters_of

BARE = a_product(contract=None)


def test_a_classification_is_required():
    rule = "data_classification_required"
    assert messages(rule, a_product()) == []
    assert messages(rule, BARE) == ["There is no contract to state a classification."]
    silent = a_product(contract=a_contract("2.1.0", classification=None))
    assert messages(rule, silent) == ["Contract 2.1.0 states no classification."]


def test_a_retention_is_required():
    rule = "retention_policy_required"
    assert messages(rule, a_product()) == []
    assert messages(rule, BARE) == ["There is no contract to state a retention."]
    silent = a_product(contract=a_contract(retention_days=None))
    assert messages(rule, silent) == ["Contract 1.0.0 states no retention."]


def test_schema_and_description_are_required():
    rule = "schema_documentation_required"
    fields = [("id", "The key.", None), ("lines[].sku", None, None)]
    assert messages(rule, a_product(contract=a_contract(fields=fields))) == []
    assert messages(rule, a_product(description=" \n", contract=None)) == [
        "The product has no description.",
        "There is no contract, so no schema.",
    ]
    assert messages(rule, a_product()) == ["The schema of contract 1.0.0 names no fields."]


def test_field_descriptions_are_required_on_request():
    fields = [("id", "The key.", None), ("lines[].sku", " ", None), ("total", None, None)]
    documented = a_product(contract=a_contract(fields=fields))
    assert messages("schema_documentation_required", documented, describe_fields=True) == [
        "Contract 1.0.0 does not describe lines[].sku, total."
    ]


SLA = "minimum_sla_requirements"


def offering(metric: str, target: float, unit: str | None = None, better: str | None = None):
    return a_product(contract=a_contract(sla=[{"metric": metric, "target": target, "unit": unit, "better": better}]))


@pytest.mark.parametrize(
    ("offered", "required", "met"),
    [
        (("availability", 0.99), {"availability": 0.99}, True),
        (("availability", 0.999), {"availability": 0.99}, True),
        (("availability", 0.98), {"availability": 0.99}, False),
        (("availability", 99.9, "%"), {"availability": 0.99}, True),
        (("availability", 98.0, "%"), {"availability": 0.99}, False),
        (("availability", 0.999), {"availability": "99 %"}, True),
        (("latency_p95", 200, "ms"), {"latency_p95": 500}, True),
        (("latency_p95", 500, "ms"), {"latency_p95": 500}, True),
        (("latency_p95", 501, "ms"), {"latency_p95": 500}, False),
        (("latency_p95", 0.2, "s"), {"latency_p95": "500 ms"}, True),
        (("latency_p95", 2, "s"), {"latency_p95": "500 ms"}, False),
        (("freshness", 2, "h"), {"freshness": "120 min"}, True),
        (("freshness", 2, "h"), {"freshness": "119min"}, False),
        (("freshness", 7200, "s"), {"freshness": {"target": 2, "unit": "h"}}, True),
        (("latency_p95_ms", 400), {"latency_p95": "0.5 s"}, True),
        (("p95Latency", 400, "ms"), {"p95_latency": 500}, True),
        (("error_rate", 0.01), {"error_rate": 0.001}, False),
        (("error_rate", 0.0001), {"error_rate": 0.001}, True),
        (("seats", 10, None, "HIGHER"), {"seats": 5}, True),
        (("seats", 10, None, "LOWER"), {"seats": 5}, False),
    ],
)
def test_a_service_level_is_met_in_its_own_direction_and_unit(offered, required, met):
    assert (messages(SLA, offering(*offered), required_slas=required) == []) is met


def test_what_is_missing_or_short_is_told():
    required = {"availability": 0.99, "latency_p95": "500 ms"}
    assert messages(SLA, offering("availability", 0.98), required_slas=required) == [
        "availability is promised as 0.98; at least 0.99 is required.",
        "Contract 1.0.0 promises no latency_p95; 500 ms is required.",
    ]
    assert messages(SLA, BARE, required_slas={"availability": 0.99}) == [
        "There is no contract to promise availability; 0.99 is required."
    ]


def test_what_cannot_be_compared_is_not_let_through():
    assert messages(SLA, offering("freshness", 2, "h"), required_slas={"freshness": "99 %"}) == [
        "freshness is promised as 2 h, required as 99 %: their units do not compare."
    ]
    assert messages(SLA, offering("seats", 10), required_slas={"seats": 5}) == [
        'Whether a higher or a lower seats is better is not known; say so in the policy: {"better": …}.'
    ]


@pytest.mark.parametrize(
    "given", [{}, {"required_slas": {}}, {"required_slas": {"availability": "much"}}, {"minimum": {"availability": 1}}]
)
def test_parameters_that_say_nothing_are_refused(given):
    with pytest.raises(ValidationError):
        parameters_of(SLA, **given)
