"""Where references lead: URIs joined for any scheme, resources, anchors, pointers, dynamic scope."""

import pytest

from resolvers.contracts.comparison.resolve import Document, Unresolvable, join, subschemas


@pytest.mark.parametrize(
    ("base", "reference", "joined"),
    [
        ("http://a/b/c/d;p?q", "g", "http://a/b/c/g"),
        ("http://a/b/c/d;p?q", "./g", "http://a/b/c/g"),
        ("http://a/b/c/d;p?q", "/g", "http://a/g"),
        ("http://a/b/c/d;p?q", "//g", "http://g"),
        ("http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y"),
        ("http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q#s"),
        ("http://a/b/c/d;p?q", "../g", "http://a/b/g"),
        ("http://a/b/c/d;p?q", "../../../g", "http://a/g"),
        ("http://a/b/c/d;p?q", "..", "http://a/b/"),
        ("http://a/b/c/d;p?q", "urn:x", "urn:x"),
        ("schema:/main", "./child", "schema:/child"),
        ("urn:uuid:1", "#/$defs/a", "urn:uuid:1#/$defs/a"),
        ("", "node", "node"),
        ("", "#a", "#a"),
    ],
)
def test_joining(base: str, reference: str, joined: str) -> None:
    assert join(base, reference) == joined


SCHEMA = {
    "$id": "https://example.org/root",
    "$defs": {
        "a~/%": {"type": "string"},
        "item": {"$id": "parts/item", "$anchor": "it", "$defs": {"x": {"const": 1}}, "items": {"$ref": "#/$defs/x"}},
    },
    "unknown": {"inside": {"type": "null"}},
    "enum": [{"$id": "https://example.org/none"}],
}


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("#/$defs/a~0~1%25", {"type": "string"}),
        ("parts/item#it", SCHEMA["$defs"]["item"]),
        ("https://example.org/parts/item#/$defs/x", {"const": 1}),
        ("#/$defs/item/$defs/x", {"const": 1}),
        ("#/unknown/inside", {"type": "null"}),
        ("#", SCHEMA),
        ("root", SCHEMA),
    ],
)
def test_following(reference: str, found: object) -> None:
    document = Document(SCHEMA)

    assert document.follow(document.root, reference).schema == found


def test_a_reference_within_a_resource_is_its_own() -> None:
    document = Document(SCHEMA)
    item = document.follow(document.root, "parts/item")

    assert document.follow(item, "#/$defs/x").schema == {"const": 1}


@pytest.mark.parametrize(
    ("reference", "outside"),
    [("#/$defs/none", False), ("#none", False), ("other", True), ("https://example.org/none", True), ("#/enum", False)],
)
def test_what_leads_nowhere(reference: str, outside: bool) -> None:
    document = Document(SCHEMA)

    with pytest.raises(Unresolvable) as raised:
        document.follow(document.root, reference)
    assert raised.value.outside is outside


def test_a_dynamic_reference_is_the_outermost_resources() -> None:
    listing = {
        "$id": "https://example.org/list",
        "items": {"$dynamicRef": "#item"},
        "$defs": {"item": {"$dynamicAnchor": "item", "type": "string"}},
    }
    numbers = {
        "$id": "https://example.org/numbers",
        "$ref": "list",
        "$defs": {"item": {"$dynamicAnchor": "item", "type": "number"}, "list": listing},
    }
    document = Document(numbers)
    within = document.follow(document.root, "list")
    items = document.child(within, within.schema["items"])

    assert document.follow(items, "#item", dynamic=True).schema["type"] == "number"
    assert document.follow(items, "#item").schema["type"] == "string"


def test_subschemas_come_with_their_steps() -> None:
    schema = {"allOf": [{}], "properties": {"a": {}}, "not": {}, "enum": [{}], "dependencies": {"a": ["b"], "c": {}}}

    assert [steps for steps, _ in subschemas(schema)] == [
        ("not",),
        ("allOf", "0"),
        ("properties", "a"),
        ("dependencies", "c"),
    ]
