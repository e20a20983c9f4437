"""Schemas that take a validator for ever are refused, all others are counted as what they are."""

import pytest

from resolvers.contracts.evaluation_cost import MAX_APPLIED, applied_schemas
from resolvers.contracts.json_schema import TOO_MANY, check_json_schema


def doubling(levels: int) -> dict:
    definitions = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"type": "object", "$ref": "#/$defs/d0", "$defs": {**definitions, f"d{levels}": {"type": "object"}}}


@pytest.mark.parametrize(
    ("schema", "count"),
    [
        ({}, 1),
        ({"allOf": [{}, {}]}, 3),
        ({"properties": {"a": {}, "b": {"items": {}}}}, 3),
        ({"properties": {"next": {"$ref": "#"}}}, 2),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"not": {}}}}, 3),
    ],
)
def test_what_is_applied_to_a_value_and_its_parts_is_counted(schema, count):
    assert applied_schemas(schema) == count


def test_each_level_doubles_it():
    counts = [applied_schemas(doubling(levels)) for levels in (1, 2, 3)]
    assert counts == [6, 14, 30]


def test_a_schema_that_doubles_sixty_times_is_refused_at_once():
    assert applied_schemas(doubling(60)) == MAX_APPLIED + 1
    assert [fault.message for fault in check_json_schema(doubling(60))] == [TOO_MANY]
    assert check_json_schema(doubling(5)) == []
