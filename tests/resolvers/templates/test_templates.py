"""Configs, substitution and custom schemas of templates, without a database."""

import orjson
import pytest

from resolvers.templates.body import body_problems, product_of
from resolvers.templates.builtin import builtin_templates
from resolvers.templates.config import config_problems, filled, schema_problem
from resolvers.templates.substitution import substitute

BUILTIN = {one.name: one for one in builtin_templates()}
CONFIGS = {
    "customer_events": {"event_types": ["SIGNED_IN"]},
    "customer_segments": {"segments": ["LOYAL"]},
    "order_analytics": {"currency": "EUR"},
}


def made(name, config, called=None):
    one = BUILTIN[name]
    return product_of(orjson.loads(one.config_schema_json), orjson.loads(one.body_json), config, "customer", called)


def test_customer_events_has_the_terms_of_the_customer_domain():
    product, problems = made("customer_events", CONFIGS["customer_events"])
    assert problems == []
    contract = product["contract"]
    assert (product["name"], product["type"]) == ("customer_events", "SOURCE")
    assert (contract["classification"], contract["retention"], contract["format"]) == (
        "CONFIDENTIAL",
        {"days": 2555},
        "parquet",
    )
    assert [(one["metric"], one["target"]) for one in contract["sla"]] == [
        ("availability", 0.999),
        ("latency_p95", 500),
        ("freshness", 2),
    ]
    assert contract["quality"] == [
        {"dimension": "completeness", "threshold": 0.95},
        {"dimension": "accuracy", "threshold": 0.98},
        {"dimension": "timeliness", "threshold": 0.99, "maxDelay": "PT4H"},
    ]
    assert contract["jsonSchema"]["properties"]["event_type"]["enum"] == ["SIGNED_IN"]
    assert product["accessPoints"][1] == {
        "kind": "STREAMING",
        "uri": "kafka://stream.example.com/customer.customer_events",
    }


def test_order_analytics_follows_its_config():
    product, problems = made("order_analytics", {"currency": "EUR", "window": "HOUR", "freshness_hours": 1}, "sales")
    assert problems == []
    assert (product["name"], product["type"]) == ("sales", "AGGREGATE")
    assert product["description"] == "Orders summed up by HOUR in EUR."
    assert product["contract"]["sla"][2] == {"metric": "freshness", "target": 1, "unit": "h", "better": "LOWER"}
    assert product["contract"]["quality"][2]["maxDelay"] == "PT2H"
    assert product["contract"]["jsonSchema"]["properties"]["currency"]["const"] == "EUR"
    assert product["accessPoints"][1]["uri"] == "s3://data-mesh-customer/sales/"


@pytest.mark.parametrize("name", CONFIGS)
def test_a_built_in_template_is_one_that_could_be_registered(name):
    one = BUILTIN[name]
    assert schema_problem(orjson.loads(one.config_schema_json)) is None
    assert body_problems(orjson.loads(one.body_json)) == []
    assert made(name, CONFIGS[name])[1] == []


def test_every_missing_unknown_and_wrong_key_is_told_with_its_path():
    _, problems = made("order_analytics", {"grain": ["region", 7], "windw": "DAY", "freshness_hours": 0})
    assert [path for path, _ in problems] == [
        ("config", "currency"),
        ("config", "freshness_hours"),
        ("config", "grain", "1"),
        ("config", "windw"),
    ]
    assert problems[0][1] == "'currency' is required."
    assert problems[3][1].startswith("'windw' is not known; the keys are api_base, currency,")


TREE = {
    "type": "object",
    "required": ["kind", "owner"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "dependentRequired": {"from": ["until"]},
    "properties": {
        "kind": {"enum": ["card", "cash"]},
        "owner": {"$ref": "#/$defs/owner"},
        "from": {"type": "string"},
        "until": {"type": "string", "format": "date"},
        "sinks": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/sink"}},
        "source": {
            "oneOf": [
                {"type": "object", "required": ["table"], "properties": {"table": {"type": "string"}},
                 "additionalProperties": False},
                {"type": "object", "required": ["topic", "offset"], "additionalProperties": False,
                 "properties": {"topic": {"type": "string"}, "offset": {"type": "integer"}}},
                {"type": "string"},
            ]
        },
        "labels": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}},
        "extra": {
            "allOf": [{"properties": {"a": {"type": "integer"}}}],
            "properties": {"b": {"type": "integer"}},
            "unevaluatedProperties": False,
        },
    },
    "$defs": {
        "owner": {"type": "object", "required": ["team", "mail"], "properties": {"team": {"type": "string"}}},
        "sink": {"type": "object", "required": ["uri"], "properties": {"uri": {}, "every": {"default": "PT1H"}},
                 "additionalProperties": False},
    },
}  # fmt: skip


def test_wrong_keys_of_nested_and_combined_schemas_are_told_each_with_its_path():
    config = {
        "kind": "coin",
        "x-note": 1,
        "owner": {"team": 3},
        "from": "2026-01-01",
        "sinks": [{"uri": "a"}, {"url": "b"}, {"uri": "c"}],
        "source": {"topic": 7, "ofset": 1},
        "labels": {"Bad Key": 1},
        "extra": {"a": 1, "b": "x", "c": 2},
        "colour": 1,
    }
    assert [path for path, _ in config_problems(TREE, config)] == [
        ("colour",),
        ("extra", "b"),
        ("extra", "c"),
        ("kind",),
        ("labels", "Bad Key"),
        ("owner", "mail"),
        ("owner", "team"),
        ("sinks",),
        ("sinks", "1", "uri"),
        ("sinks", "1", "url"),
        ("source", "offset"),
        ("source", "ofset"),
        ("source", "topic"),
        ("until",),
    ]


def test_defaults_are_filled_in_behind_references_and_in_lists():
    config = {
        "kind": "card",
        "owner": {"team": "t", "mail": "m"},
        "sinks": [{"uri": "a"}, {"uri": "b", "every": "P1D"}],
    }
    assert config_problems(TREE, filled(TREE, config)) == []
    assert filled(TREE, config)["sinks"] == [{"uri": "a", "every": "PT1H"}, {"uri": "b", "every": "P1D"}]


def test_a_config_is_an_object():
    assert config_problems({"type": "object"}, [1]) == [((), "A config is a JSON object.")]


def test_a_custom_schema_adds_properties():
    custom = {"type": "object", "required": ["device"], "properties": {"device": {"type": "string"}}}
    product, problems = made("customer_events", {**CONFIGS["customer_events"], "custom_schema": custom})
    assert problems == []
    schema = product["contract"]["jsonSchema"]
    assert schema["properties"]["device"] == {"type": "string"}
    assert schema["required"] == ["event_id", "customer_id", "event_type", "timestamp", "device"]


@pytest.mark.parametrize(
    ("custom", "path", "named"),
    [
        ({"properties": {"customer_id": {"type": "integer"}}}, ("properties", "customer_id"), "'customer_id'"),
        ({"additionalProperties": False}, ("additionalProperties",), "'additionalProperties'"),
        ({"required": ["properties"]}, ("required",), "'properties'"),
    ],
)
def test_a_custom_schema_cannot_change_the_template(custom, path, named):
    _, problems = made("customer_events", {**CONFIGS["customer_events"], "custom_schema": custom})
    assert [at for at, _ in problems] == [("config", "custom_schema", *path)]
    assert named in problems[0][1]


def test_expressions_become_values_or_texts_and_null_leaves_out():
    body = {"a": "${config.n * 2}", "b": "x${config.n}y", "c": "${null}", "d": ["${null}", "${config.l}"], "e": "$n {}"}
    assert substitute(body, {"config": {"n": 2, "l": [1]}, "domain": "", "name": ""}) == (
        {"a": 4, "b": "x2y", "d": [[1]], "e": "$n {}"},
        [],
    )


def test_what_cannot_be_evaluated_is_told_with_its_place():
    _, faults = substitute({"a": ["${config.absent}"]}, {"config": {}, "domain": "", "name": ""})
    assert [path for path, _ in faults] == [("a", "0")]


def test_a_body_is_checked_before_any_config():
    wrong = {"nme": "x", "contract": {"json_schema": {}}, "tags": ["${config.}"]}
    assert [path for path, _ in body_problems(wrong)] == [
        ("contract", "json_schema"),
        ("nme",),
        ("tags", "0"),
        ("type",),
    ]


@pytest.mark.parametrize(
    "schema", [{}, {"type": "object", "properties": {"a": {"type": "txt"}}}, {"type": "object", "$ref": "http://x/y"}]
)
def test_a_config_schema_is_json_schema_of_an_object(schema):
    assert schema_problem(schema) is not None
