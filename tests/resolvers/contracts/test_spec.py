"""A contract as given becomes a contract to write, or every fault of it with its path."""

import pytest

from resolvers.contracts.domain_defaults import parse_defaults
from resolvers.contracts.service_levels import Better, Level, direction_of, meets, split_metric
from resolvers.contracts.spec import contract_spec
from resolvers.model.errors import UserFaults

GIVEN = {"version": "1.0.0", "format": "Parquet", "jsonSchema": {"type": "object"}}


def test_a_contract_is_taken_in_either_case():
    camel = {**GIVEN, "semanticModel": {"a": 1}, "quality": [{"dimension": "timeliness", "maxDelay": "PT4H"}]}
    snake = {**GIVEN, "semantic_model": {"a": 1}, "quality": [{"dimension": "timeliness", "max_delay": "PT4H"}]}
    snake["json_schema"] = snake.pop("jsonSchema")
    assert contract_spec(camel) == contract_spec(snake)
    assert contract_spec(camel).format == "parquet"


def test_a_service_level_gets_its_direction():
    given = [{"metric": "availability", "target": 0.99}, {"metric": "latency_p95", "target": 500, "unit": "ms"}]
    assert [level.better for level in contract_spec({**GIVEN, "sla": given}).sla] == ["HIGHER", "LOWER"]


def test_all_faults_come_at_once_with_their_paths():
    given = {
        "version": "1",
        "format": "not a format",
        "jsonSchema": {"type": "objct"},
        "classification": "SECRET",
        "retention": {"days": 0},
        "sla": [{"metric": "seats", "target": 1}, {"metric": "availability", "target": 1, "better": "LOWER"}],
        "quality": [{"dimension": "completeness", "threshold": 95}, {"dimension": "timeliness", "maxDelay": "4 hours"}],
        "colour": "red",
    }
    with pytest.raises(UserFaults) as raised:
        contract_spec(given, ("input", "contract"))
    assert {fault.code for fault in raised.value.faults} == {"INVALID_CONTRACT"}
    found = {".".join(fault.field): fault.message for fault in raised.value.faults}
    assert found.keys() == {
        "input.contract.jsonSchema.type",
        "input.contract.version",
        "input.contract.format",
        "input.contract.classification",
        "input.contract.retention.days",
        "input.contract.sla.0",
        "input.contract.sla.1",
        "input.contract.quality.0.threshold",
        "input.contract.quality.1.maxDelay",
        "input.contract.colour",
    }
    assert found["input.contract.version"] == (
        "is a semantic version, MAJOR.MINOR.PATCH, e.g. 1.0.0 or 1.0.0-rc.1; numbers have no leading zeros"
    )
    assert found["input.contract.sla.0"] == "'seats' is not a known metric: set `better` to HIGHER or LOWER"
    assert found["input.contract.sla.1"] == "'availability' is better HIGHER; leave `better` out or correct it"


@pytest.mark.parametrize("names", [("availability", "availability"), ("latency", "latency_ms"), ("Uptime", "uptime")])
def test_a_metric_is_named_once(names):
    levels = [{"metric": name, "target": 0.9} for name in names]
    message = f"sla names the same more than once: {', '.join(dict.fromkeys(names))}"
    with pytest.raises(UserFaults, match=message):
        contract_spec({**GIVEN, "sla": levels})
    with pytest.raises(UserFaults, match=message):
        parse_defaults({"sla": levels}, ("input", "defaults"))


def test_levels_with_names_in_any_script_keep_apart():
    levels = [
        {"metric": name, "target": 1, "better": "HIGHER"} for name in ("可用性", "延迟", "उपलब्धता", "उपलब्धि", "★", "Ä")
    ]
    assert len(contract_spec({**GIVEN, "sla": levels}).sla) == 6
    assert [split_metric(name) for name in ("可用性_ms", "ΛΆΘΟΣ", "λάθος", "Größe")] == [
        ("可用性", "ms"),
        ("λάθοσ", None),
        ("λάθοσ", None),
        ("grösse", None),
    ]
    assert split_metric("Qualite\u0301") == split_metric("qualit\u00e9") == ("qualit\u00e9", None)


def test_numbers_that_would_change_are_refused_with_their_path():
    with pytest.raises(UserFaults) as raised:
        contract_spec({**GIVEN, "semanticModel": {"rows": [1, 2**64]}, "jsonSchema": {"minimum": -(2**63) - 1}})
    assert [(fault.field, fault.message) for fault in raised.value.faults] == [
        (("contract", "jsonSchema", "minimum"), "This integer is beyond 64 bits: give it as text to keep it."),
        (("contract", "semanticModel", "rows", "1"), "This integer is beyond 64 bits: give it as text to keep it."),
    ]


@pytest.mark.parametrize(
    ("metric", "better"),
    [
        ("availability", Better.HIGHER),
        ("latency", Better.LOWER),
        ("p95LatencyMs", Better.LOWER),
        ("dataFreshness", Better.LOWER),
        ("error_rate", Better.LOWER),
        ("success_rate", Better.HIGHER),
        ("response-time", Better.LOWER),
        ("seats", None),
        ("error_free_availability", None),
    ],
)
def test_the_direction_of_a_metric(metric, better):
    assert direction_of(metric) is better


def test_units():
    assert split_metric("latency_p95_ms") == ("latency p 95", "ms")
    assert split_metric("p95LatencySeconds") == ("p 95 latency", "seconds")
    assert meets(Level(2, "h"), Level(120, "min"), Better.LOWER) is True
    assert meets(Level(2, "h"), Level(7199, "s"), Better.LOWER) is False
    assert meets(Level(99.95, "%"), Level(0.9995, None), Better.HIGHER) is True
    assert meets(Level(1, "furlong"), Level(1, "furlong"), Better.HIGHER) is True
    assert meets(Level(1, "furlong"), Level(1, "ms"), Better.HIGHER) is None
