"""Changes of schemas that a comparison by rules alone gets wrong, and what this one says of them."""

from typing import Any

import pytest

from resolvers.contracts.changes import Severity
from resolvers.contracts.comparison.comparison import TOO_LARGE, compare_schemas

STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
NULL: dict[str, Any] = {"type": "null"}


def record(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


def told(old: Any, new: Any) -> list[tuple[str, str | None]]:
    return [(change.rule, change.field) for change in compare_schemas(old, new)]


def breaks(old: Any, new: Any) -> bool:
    return any(change.severity is Severity.BREAKING for change in compare_schemas(old, new))


ROLE = {"type": "string", "enum": ["reader", "writer"]}
JSON = {
    "type": ["object", "array", "string", "number", "boolean", "null"],
    "items": {"$ref": "#/$defs/json"},
    "additionalProperties": {"$ref": "#/$defs/json"},
}
ORDER = {
    "$id": "https://example.org/schemas/order",
    "type": "object",
    "properties": {"ship_to": {"$ref": "/schemas/place"}},
    "$defs": {
        "place": {
            "$id": "/schemas/place",
            "type": "object",
            "properties": {"town": STRING, "country": {"$ref": "#/$defs/country"}},
            "required": ["town"],
            "$defs": {"country": {"enum": ["NL", "BE"]}},
        }
    },
}


def place(**changes: Any) -> dict[str, Any]:
    return {**ORDER, "$defs": {"place": {**ORDER["$defs"]["place"], **changes}}}


def when(kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "if": {"properties": {"kind": {"const": kind}}},
        "then": {"properties": fields, "required": list(fields)},
    }


SAID: list[tuple[str, Any, Any, list[tuple[str, str | None]]]] = [
    ("recursive values", record(extra={}), {**record(extra={"$ref": "#/$defs/json"}), "$defs": {"json": JSON}},
     [("type_narrowed", "extra")]),
    ("an enum made nullable by oneOf", record(role=ROLE), record(role={"oneOf": [NULL, ROLE]}),
     [("field_became_nullable", "role")]),
    ("an enum made nullable by anyOf", record(role=ROLE), record(role={"anyOf": [ROLE, NULL]}),
     [("field_became_nullable", "role")]),
    ("an enum that gains null", record(role={"enum": ["a"]}), record(role={"enum": ["a", None]}),
     [("field_became_nullable", "role")]),
    ("a const made nullable", record(role={"const": 1}), record(role={"enum": [1, None]}),
     [("field_became_nullable", "role")]),
    ("null widened to a string", record(second_name=NULL), record(second_name=STRING),
     [("type_changed", "second_name")]),
    ("null widened to anything", record(second_name=NULL), record(second_name={}), [("type_widened", "second_name")]),
    ("a root object made nullable", record(a=STRING), {**record(a=STRING), "type": ["object", "null"]},
     [("field_became_nullable", None)]),
    ("one of several conditions changes", {**record(kind=STRING), "allOf": [when("a", x=STRING), when("b", y=STRING)]},
     {**record(kind=STRING), "allOf": [when("a", x=STRING), when("b", y=INTEGER)]}, [("composition_changed", None)]),
    ("one of several conditions goes", {**record(kind=STRING, y={}), "allOf": [when("a"), when("b", y=STRING)]},
     {**record(kind=STRING, y={}), "allOf": [when("a")]}, [("composition_changed", None)]),
    ("a property in two parts of allOf", {"allOf": [record(at=record(zip=STRING)), record(at={"required": ["zip"]})]},
     {"allOf": [record(at=record(zip=STRING)), record(at={})]}, [("field_became_optional", "at.zip")]),
    ("a part moved into allOf", {**record(id={"type": "string", "maxLength": 9}), "required": ["id"]},
     {"allOf": [{**record(id={"type": "string", "maxLength": 9}), "required": ["id"]}]}, []),
    ("a sibling of $ref", {**record(a={"$ref": "#/$defs/s", "maxLength": 5}), "$defs": {"s": STRING}},
     {**record(a={"$ref": "#/$defs/s"}), "$defs": {"s": STRING}}, [("constraint_loosened", "a")]),
    ("allOf of number and integer", record(a={"allOf": [NUMBER, INTEGER]}), record(a=INTEGER), []),
    ("a tuple that grows", record(t={"prefixItems": [STRING]}), record(t={"prefixItems": [STRING, INTEGER]}),
     [("type_narrowed", "t[1]")]),
    ("items that become a tuple", {"type": "array", "items": INTEGER},
     {"type": "array", "prefixItems": [STRING], "items": INTEGER}, [("type_changed", "[0]")]),
    ("other fields allowed", {**record(a=STRING), "additionalProperties": False}, record(a=STRING),
     [("constraint_loosened", None)]),
    ("other fields forbidden", record(a=STRING), {**record(a=STRING), "additionalProperties": False},
     [("constraint_tightened", None)]),
    ("an undeclared required field", {"type": "object", "required": ["a"]}, {"type": "object"},
     [("field_became_optional", "a")]),
    ("a resource of its own", ORDER, place(required=[]), [("field_became_optional", "ship_to.town")]),
    ("a pointer within a resource", ORDER, place(**{"$defs": {"country": {"enum": ["NL", "BE", "LU"]}}}),
     [("enum_value_added", "ship_to.country")]),
    ("minimum to exclusiveMinimum", record(n={"type": "number", "minimum": 0}),
     record(n={"type": "number", "exclusiveMinimum": 0}), [("constraint_tightened", "n")]),
    ("the weaker of two bounds", record(n={"type": "number", "minimum": 0, "exclusiveMinimum": 5}),
     record(n={"type": "number", "exclusiveMinimum": 5}), []),
    ("an integer's fractional bound", record(n={"type": "integer", "minimum": 0.5}),
     record(n={"type": "integer", "exclusiveMinimum": 0}), []),
    ("1 and 1.0", record(n={"enum": [1]}), record(n={"enum": [1.0]}), []),
    ("1 and true", record(n={"const": 1}), record(n={"const": True}),
     [("enum_value_removed", "n"), ("enum_value_added", "n")]),
    ("multiples", record(n={"type": "number", "multipleOf": 0.01}), record(n={"type": "number", "multipleOf": 0.07}),
     [("constraint_tightened", "n")]),
    ("multiples that are none", record(n={"type": "number", "multipleOf": 0.01}),
     record(n={"type": "number", "multipleOf": 0.015}), [("constraint_changed", "n")]),
    ("a type that the enum says already", record(n={"type": "string", "enum": ["a"]}), record(n={"enum": ["a"]}), []),
    ("the type that was implied", {"properties": {"a": STRING}}, record(a=STRING), [("type_narrowed", None)]),
    ("the order of branches", record(a={"oneOf": [STRING, INTEGER]}), record(a={"oneOf": [INTEGER, STRING]}), []),
    ("a described branch", record(a={"oneOf": [STRING, INTEGER]}),
     record(a={"oneOf": [{**STRING, "description": "A word."}, INTEGER]}), [("field_description_changed", "a")]),
    ("words of other vocabularies", record(a=STRING), record(a={**STRING, "x-unit": "kg", "readOnly": True}),
     [("annotation_changed", "a"), ("annotation_changed", "a")]),
    ("content is an annotation", record(a=STRING), record(a={**STRING, "contentEncoding": "base64"}),
     [("annotation_changed", "a")]),
    ("dependentRequired", {**record(a=STRING, b=STRING), "dependentRequired": {"a": ["b"]}}, record(a=STRING, b=STRING),
     [("composition_changed", None)]),
    ("dependentSchemas", {**record(a={}), "dependentSchemas": {"a": {"minProperties": 2}}}, record(a={}),
     [("composition_changed", None)]),
    ("dependencies of older drafts", {**record(a={}, b={}), "dependencies": {"a": ["b"]}}, record(a={}, b={}),
     [("composition_changed", None)]),
    ("fields that were values of a map", {"type": "object", "additionalProperties": INTEGER},
     {**record(a=INTEGER), "additionalProperties": False}, [("field_added", "a"), ("constraint_tightened", None)]),
    ("a bound beyond 64 bits", record(n={**NUMBER, "maximum": 1e300}), record(n={**NUMBER, "maximum": 1e301}),
     [("constraint_loosened", "n")]),
    ("keywords that say nothing", {"minLength": 0, "required": [], "allOf": [True], "items": True}, {}, []),
    ("nothing at all", {"not": {}}, {}, [("type_widened", None)]),
    ("propertyNames", {"type": "object", "propertyNames": {"maxLength": 3}}, {"type": "object"},
     [("constraint_loosened", None)]),
    ("contains", {"type": "array", "contains": STRING}, {"type": "array"}, [("composition_changed", None)]),
    ("minContains", {"type": "array", "contains": STRING}, {"type": "array", "contains": STRING, "minContains": 2},
     [("constraint_tightened", None)]),
    ("maxContains", {"type": "array", "contains": STRING, "maxContains": 1}, {"type": "array", "contains": STRING},
     [("composition_changed", None)]),
    ("unevaluatedItems", {"type": "array", "prefixItems": [STRING], "unevaluatedItems": False},
     {"type": "array", "prefixItems": [STRING]}, [("constraint_loosened", None)]),
    ("unevaluatedProperties", {**record(a=STRING), "unevaluatedProperties": False}, record(a=STRING),
     [("constraint_loosened", None)]),
    ("uniqueItems", {"type": "array", "uniqueItems": True}, {"type": "array"}, [("constraint_loosened", None)]),
    ("format", record(a={**STRING, "format": "date"}), record(a={**STRING, "format": "email"}),
     [("constraint_changed", "a")]),
    ("a format of another vocabulary", record(a={**INTEGER, "format": "int32"}),
     record(a={**INTEGER, "format": "int64"}), [("constraint_changed", "a")]),
    ("not", record(a={"not": {"const": "x"}}), record(a={}), [("composition_changed", "a")]),
    ("a definition that nobody uses", {**record(a=STRING), "$defs": {"x": STRING}}, record(a=STRING), []),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), [case[1:] for case in SAID], ids=[case[0] for case in SAID])
def test_what_is_said(old: Any, new: Any, expected: list[tuple[str, str | None]]) -> None:
    assert told(old, new) == expected


WRAPPINGS = {
    "oneOf": lambda part: {"oneOf": [part, INTEGER]},
    "anyOf": lambda part: {"anyOf": [part, INTEGER]},
    "not": lambda part: {"not": part},
    "if": lambda part: {"if": part, "then": {"maxLength": 3}, "else": INTEGER},
    "then": lambda part: {"if": {"type": ["string", "boolean"]}, "then": part, "else": INTEGER},
    "allOf": lambda part: {"allOf": [{}, part]},
    "patternProperties": lambda part: {"type": "object", "patternProperties": {"^x": part}},
    "additionalProperties": lambda part: {"type": "object", "additionalProperties": part},
    "unevaluatedProperties": lambda part: {"type": "object", "unevaluatedProperties": part},
    "dependentSchemas": lambda part: {"type": "object", "dependentSchemas": {"a": {"properties": {"b": part}}}},
    "propertyNames": lambda part: {"type": "object", "propertyNames": {"allOf": [part]}},
    "items": lambda part: {"type": "array", "items": part},
    "prefixItems": lambda part: {"type": "array", "prefixItems": [STRING, part]},
    "contains": lambda part: {"type": "array", "contains": part},
    "unevaluatedItems": lambda part: {"type": "array", "prefixItems": [STRING], "unevaluatedItems": part},
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("reference", ["#/$defs/part", "#part", "https://example.org/part", "$dynamicRef"])
def test_a_definition_that_changes_behind_a_reference_is_seen_wherever_it_stands(wrapping: str, reference: str) -> None:
    def schema(definition: Any) -> dict[str, Any]:
        refers = {"$dynamicRef": "#part"} if reference == "$dynamicRef" else {"$ref": reference}
        anchored = {"#part": {"$anchor": "part"}, "https://example.org/part": {"$id": reference}}
        anchored["$dynamicRef"] = {"$dynamicAnchor": "part"}
        defined = {**definition, **anchored.get(reference, {})}
        return {"type": "object", "properties": {"v": WRAPPINGS[wrapping](refers)}, "$defs": {"part": defined}}

    narrow, wide = schema({"enum": ["a", "b"]}), schema({"enum": ["a", "b", "c"]})

    assert told(narrow, schema({"enum": ["b", "a"]})) == []
    assert told(narrow, wide) != []
    assert told(wide, narrow) != []
    # The one that widens what documents may be is breaking: under `not` and `if` that may be either.
    assert breaks(narrow, wide) or breaks(wide, narrow)
    if wrapping not in ("not", "if"):
        assert breaks(narrow, wide)


def doubled(leaf: Any, levels: int = 18) -> dict[str, Any]:
    steps = {
        f"d{level}": record(**{name: {"$ref": f"#/$defs/d{level + 1}"} for name in ("left", "right")})
        for level in range(levels)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**steps, f"d{levels}": leaf}}


def test_what_is_too_large_to_compare_is_breaking_and_says_so() -> None:
    (change,) = compare_schemas(doubled(STRING), doubled(INTEGER))

    assert (change.rule, change.severity, change.field) == ("composition_changed", Severity.BREAKING, None)
    assert change.message.startswith(TOO_LARGE)


def test_a_large_schema_that_stays_as_it_is_is_compared() -> None:
    assert compare_schemas(doubled(STRING), {**doubled(STRING), "$defs": doubled(STRING)["$defs"]}) == []
    assert told(doubled(STRING, 10), doubled(STRING, 10) | {"title": "Halves"}) == [("field_description_changed", None)]


def test_recursive_schemas_that_define_the_same_are_the_same() -> None:
    tree = record(value=INTEGER, kids={"type": "array", "items": {"$ref": "#/$defs/tree"}})
    unrolled = record(value=INTEGER, kids={"type": "array", "items": {"$ref": "#"}})

    assert told({"$ref": "#/$defs/tree", "$defs": {"tree": tree}}, unrolled) == []


def test_a_recursive_schema_that_changes_is_told_once() -> None:
    def tree(leaf: Any) -> dict[str, Any]:
        return record(value=leaf, kids={"type": "array", "items": {"$ref": "#"}})

    assert told(tree(INTEGER), tree(STRING)) == [("type_changed", "value")]
    assert told(tree(NUMBER), tree(INTEGER)) == [("type_narrowed", "value")]


def test_references_that_lead_back_to_themselves_end() -> None:
    endless = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}}

    assert breaks(record(a=STRING), endless)
    assert told(endless, {**endless, "title": "Endless"}) != []


def test_a_break_comes_with_a_document_that_shows_it() -> None:
    old = record(name=STRING, lines={"type": "array", "items": record(sku=STRING, count={**INTEGER, "minimum": 1})})
    new = record(name=STRING, lines={"type": "array", "items": record(sku=STRING, count={**INTEGER, "minimum": 0})})

    (change,) = compare_schemas(old, new)

    assert (change.field, change.witness) == ("lines[].count", {"lines": [{"count": 0}]})


def test_what_is_not_proven_says_which_part() -> None:
    old = record(code={**STRING, "allOf": [{"pattern": "^a"}, {"not": {"pattern": "z$"}}]})
    new = record(code={**STRING, "pattern": "^ab*$"})

    (*_, change) = compare_schemas(old, new)

    assert (change.severity, change.field) == (Severity.BREAKING, "code")
    assert "pattern" in change.message
