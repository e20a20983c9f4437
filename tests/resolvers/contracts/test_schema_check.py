"""The fast look at a JSON Schema lets nothing through that the slow one, which tells the faults, would name."""

import random

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from resolvers.contracts.json_schema import check_json_schema

VALUES = (
    *(None, True, 0, 1, -1, 1.0, 1.5, 10**30, "string", "x", "#/x", "^[a", "https://a b", "a#b", [], {}),
    *(["a"], ["a", "a"], ["string", "nope"], {"type": "object"}, {"a": {"type": 5}}, {"a": 5}, {"a": ["x", "x"]}),
    *([{"type": "foo"}], [5], {"a": True}),
)
KEYWORDS = sorted(
    {
        *("type", "properties", "required", "items", "prefixItems", "enum", "const", "$ref", "$id", "$anchor", "$defs"),
        *("allOf", "anyOf", "oneOf", "not", "if", "minLength", "maximum", "multipleOf", "pattern", "patternProperties"),
        *("format", "additionalProperties", "propertyNames", "dependentRequired", "dependentSchemas", "uniqueItems"),
        *("minItems", "contains", "unevaluatedProperties", "default", "examples", "deprecated", "title", "definitions"),
    }
)


@pytest.mark.parametrize("seed", range(5))
def test_both_agree(seed):
    dice = random.Random(seed)
    meta = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    usable = 0
    for _ in range(200):
        schema = {keyword: dice.choice(VALUES) for keyword in dice.sample(KEYWORDS, dice.randint(1, 2))}
        schema = {"properties": {"p": schema}} if dice.random() < 0.3 else schema
        usable += meta.is_valid(schema)
        assert jsonschema_rs.meta.is_valid(schema) == meta.is_valid(schema), schema
    assert 10 < usable < 190


def test_a_fault_is_told_with_its_path():
    (fault,) = check_json_schema({"properties": {"a": {"type": "objekt"}}})
    assert fault.path == ("properties", "a", "type")
    assert "'objekt' is not a JSON Schema type" in fault.message
