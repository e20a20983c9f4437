"""The fields of a contract, derived from its JSON Schema."""

import pytest

from resolvers.contracts.fields import TooManyFields, derive_fields


def fields(schema):
    """path -> type, with `!` when required and `?` when nullable."""
    return {field.path: field.type + "!" * field.required + "?" * field.nullable for field in derive_fields(schema)}


STRING = {"type": "string"}


def test_properties_are_fields_in_their_order():
    schema = {"type": "object", "required": ["id"], "properties": {"id": STRING, "at": {"type": ["string", "null"]}}}
    assert list(fields(schema).items()) == [("id", "string!"), ("at", "string?")]


def test_nested_objects_arrays_and_maps():
    schema = {
        "properties": {
            "customer": {
                "type": "object",
                "required": ["address"],
                "properties": {"address": {"properties": {"city": STRING}}},
            },
            "lines": {
                "type": "array",
                "items": {
                    "properties": {"sku": STRING, "taxes": {"items": {"properties": {"rate": {"type": "number"}}}}}
                },
            },
            "tags": {"type": "array", "items": STRING},
            "attributes": {"type": "object", "additionalProperties": {"properties": {"value": STRING}}},
            "matrix": {"items": {"items": {"properties": {"x": {"type": "integer"}}}}},
            "pair": {"prefixItems": [{"properties": {"left": STRING}}, {"properties": {"right": STRING}}]},
        }
    }
    assert fields(schema) == {
        "customer": "object",
        "customer.address": "object!",
        "customer.address.city": "string",
        "lines": "array",
        "lines[].sku": "string",
        "lines[].taxes": "array",
        "lines[].taxes[].rate": "number",
        "tags": "array",
        "attributes": "object",
        "attributes{}.value": "string",
        "matrix": "array",
        "matrix[][].x": "integer",
        "pair": "array",
        "pair[].left": "string",
        "pair[].right": "string",
    }


def test_an_array_of_documents_at_the_root():
    assert fields({"type": "array", "items": {"properties": {"sku": STRING}}}) == {"[].sku": "string"}


def test_references_and_definitions():
    schema = {
        "properties": {"billing": {"$ref": "#/$defs/address"}, "shipping": {"$ref": "#ship"}},
        "$defs": {
            "address": {"type": "object", "required": ["city"], "properties": {"city": STRING}},
            "shipping": {"$anchor": "ship", "$ref": "#/$defs/address", "properties": {"door": STRING}},
        },
    }
    assert fields(schema) == {
        "billing": "object",
        "billing.city": "string!",
        "shipping": "object",
        "shipping.door": "string",
        "shipping.city": "string!",
    }


def test_a_recursive_reference_is_one_field():
    tree = {"properties": {"name": STRING, "children": {"type": "array", "items": {"$ref": "#"}}}}
    assert fields(tree) == {"name": "string", "children": "array"}
    schema = {
        "properties": {"root": {"$ref": "#/$defs/node"}},
        "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}},
    }
    assert fields(schema) == {"root": "object", "root.next": "any?"}


def test_all_of_belongs_to_the_object_and_its_required_count():
    schema = {
        "allOf": [
            {"required": ["a"], "properties": {"a": STRING}},
            {"properties": {"a": {"description": "A."}, "b": {"type": "integer"}}},
        ]
    }
    assert fields(schema) == {"a": "string!", "b": "integer"}
    assert [field.description for field in derive_fields(schema)] == ["A.", None]


def test_branches_are_fields_that_are_not_required():
    schema = {
        "required": ["kind"],
        "properties": {"kind": STRING},
        "oneOf": [{"required": ["x"], "properties": {"x": STRING}}, {"required": ["y"], "properties": {"y": STRING}}],
        "if": {"properties": {"kind": {"const": "z"}}},
        "then": {"required": ["z"], "properties": {"z": STRING}},
    }
    assert fields(schema) == {"kind": "string!", "x": "string", "y": "string", "z": "string"}


def test_a_nullable_branch_is_one_case():
    schema = {
        "required": ["to"],
        "properties": {
            "to": {"anyOf": [{"type": "object", "required": ["id"], "properties": {"id": STRING}}, {"type": "null"}]}
        },
    }
    assert fields(schema) == {"to": "object!?", "to.id": "string!"}


@pytest.mark.parametrize(
    ("schema", "type"),
    [
        ({"enum": ["a", 1, None]}, "integer|string?"),
        ({"const": 1.5}, "number"),
        ({"const": True}, "boolean"),
        ({}, "any?"),
        ({"description": "Anything."}, "any?"),
        (True, "any?"),
        ({"type": "null"}, "null?"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "integer|string"),
        ({"type": "number", "allOf": [{"type": "integer"}]}, "integer"),
        ({"items": {}}, "array"),
    ],
)
def test_types(schema, type):
    assert fields({"properties": {"f": schema}}) == {"f": type}


def test_names_that_would_read_as_paths_are_quoted():
    schema = {"properties": {"a.b": {"properties": {"c": STRING}}, "it's": STRING, "x[]": STRING}}
    assert list(fields(schema)) == ["['a.b']", "['a.b'].c", "['it\\'s']", "['x[]']"]


def test_the_most_protective_classification_counts():
    schema = {
        "properties": {
            "email": {"classification": "internal", "allOf": [{"x-classification": "CONFIDENTIAL"}]},
            "name": STRING,
        }
    }
    assert [field.classification for field in derive_fields(schema)] == ["CONFIDENTIAL", None]


def test_a_schema_that_unfolds_without_end_is_refused():
    steps = {
        f"d{n}": {"properties": {"a": {"$ref": f"#/$defs/d{n + 1}"}, "b": {"$ref": f"#/$defs/d{n + 1}"}}}
        for n in range(30)
    }
    with pytest.raises(TooManyFields, match="more than 5,000 fields"):
        derive_fields({"$ref": "#/$defs/d0", "$defs": {**steps, "d30": {}}})
    items = {
        f"d{n}": {key: {"$ref": f"#/$defs/d{n + 1}"} for key in ("items", "additionalProperties")} for n in range(40)
    }
    with pytest.raises(TooManyFields):
        derive_fields({"$ref": "#/$defs/d0", "$defs": {**items, "d40": {}}})


def test_a_long_chain_of_references_costs_no_stack():
    chain = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(3_000)}
    assert fields({"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {**chain, "d3000": STRING}}).keys() == {"a"}
