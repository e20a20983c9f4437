"""Whether a JSON Schema is one: every fault with its path, and nothing that leaves the document."""

import time

import pytest

from resolvers.contracts.json_schema import MAX_DEPTH, check_json_schema, compiles


def faults(schema):
    return [(".".join(fault.path), fault.message) for fault in check_json_schema(schema)]


def test_usable_schemas_have_no_fault():
    assert faults({}) == []
    assert faults({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}) == []
    assert (
        faults({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"$ref": "#b"}, "b": {"$anchor": "b"}}})
        == []
    )
    assert faults({"properties": {"n": {"$ref": "#"}, "m": {"$dynamicRef": "#x"}}, "$dynamicAnchor": "x"}) == []
    assert (
        faults({"$id": "urn:x", "$defs": {"y": {"$id": "urn:y", "type": "string"}}, "items": {"$ref": "urn:y"}}) == []
    )
    assert faults({"properties": {"$ref": {"type": "string"}, "pattern": {}, "classification": {}}}) == []
    assert faults({"enum": [{"$ref": "http://x"}], "default": {"pattern": "["}, "x-classification": "restricted"}) == []


TYPES = "is not a JSON Schema type; use one or a list of array, boolean, integer, null, number, object, string."


def test_all_faults_come_at_once_with_their_paths():
    assert faults({"type": "objct", "properties": {"a": {"type": 5, "minimum": "x"}}, "required": "a"}) == [
        ("properties.a.minimum", "'x' is not of type 'number'."),
        ("properties.a.type", f"5 {TYPES}"),
        ("required", "'a' is not of type 'array'."),
        ("type", f"'objct' {TYPES}"),
    ]


@pytest.mark.parametrize(
    "reference",
    [
        "https://example.com/other.json",
        "file:///etc/passwd",
        "other.json",
        "http://127.0.0.1:9/x",
        "urn:somewhere:else",
    ],
)
def test_a_reference_that_leaves_the_schema_is_refused(reference):
    [(path, message)] = faults({"properties": {"a": {"items": {"$ref": reference}}}})
    assert path == "properties.a.items.$ref"
    assert (
        message == f"'{reference}' leads outside this schema; a contract is whole in itself: put the part under $defs."
    )


@pytest.mark.parametrize("reference", ["#/$defs/gone", "#nowhere", "#/properties/0/x"])
def test_a_reference_to_nothing_is_refused(reference):
    assert faults({"$ref": reference}) == [("$ref", f"'{reference}' points to nothing in this schema.")]


@pytest.mark.parametrize(
    ("schema", "path", "says"),
    [
        (5, "", "is an object"),
        ([], "", "is an object"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema", "2020-12"),
        ({"properties": {"a": {"pattern": "["}}}, "properties.a.pattern", "regular expression"),
        ({"properties": {"a": {"classification": "pii"}}}, "properties.a.classification", "PUBLIC, INTERNAL"),
        ({"description": "x" * 600_000}, "", "at most 524,288"),
        ({"a": float("inf")}, "a", "not finite"),
        ({"maximum": 2**64}, "maximum", "beyond 64 bits"),
        ({"b": {1, 2}}, "b", "JSON cannot hold"),
    ],
)
def test_other_faults_say_what_to_do(schema, path, says):
    [(at, message)] = faults(schema)
    assert (at, says in message) == (path, True)


@pytest.mark.parametrize("pattern", [r"^\p{L}+$", r"(?<year>\d{4})", r"\u{1F600}", r"^[a-z]+$", r"(?<=a)b"])
def test_patterns_of_ecma_script_are_taken(pattern):
    assert compiles(pattern)


def nested(levels, keyword="not"):
    root = inner = {}
    for _ in range(levels):
        inner[keyword] = {}
        inner = inner[keyword]
    return root


def test_depth_is_bounded_whatever_the_stack():
    assert faults(nested(MAX_DEPTH - 1)) == []
    assert faults(nested(MAX_DEPTH + 1)) == [
        ("", f"The JSON Schema is nested deeper than {MAX_DEPTH} levels; move parts of it to $defs.")
    ]
    assert faults(nested(50_000))[0][1].startswith("The JSON Schema is nested deeper")


def test_many_faults_are_cut():
    began = time.process_time()
    assert len(faults({"properties": {f"f{number}": {"type": "strin"} for number in range(500)}})) == 50
    assert time.process_time() - began < 10
