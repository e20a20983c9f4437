"""Derives the fields of a contract from its JSON Schema, for lineage, search and policies.

A field is a property at any depth. Its path names the properties from the root, `customer.address.city`, with `[]`
after an array (`lines[].sku`) and `{}` after a map (`attributes{}.value`); a name that holds one of `.[]{}` or a quote
is quoted, `['a.b']`. Properties of `allOf`, `anyOf`, `oneOf` and `if/then/else` belong to the object they constrain;
only what holds in every case counts as required. A recursive `$ref` is one field, not expanded again.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from resolvers.contracts.comparison.resolve import Document
from resolvers.contracts.json_schema import CLASSIFICATION_KEYWORDS, classification_of
from resolvers.contracts.json_types import Node, enter, followed, types_of
from resolvers.model.records import Classification

MAX_FIELDS = 5_000
_PLAIN = re.compile(r"[^.\[\]{}'\"]+")


class FieldSpec(NamedTuple):
    """`type` is the JSON Schema type, several joined by `|` without `null`, `any` where the schema leaves it open."""

    path: str
    name: str
    type: str
    required: bool
    nullable: bool
    description: str | None
    classification: Classification | None


class TooManyFields(ValueError):
    """A schema that unfolds to more than `MAX_FIELDS` fields."""


class _Part(NamedTuple):
    """One of the schemas that constrain a value; `certain` when it holds in every case, not in one branch alone."""

    node: Node
    certain: bool


class _Place(NamedTuple):
    """A path, every schema that declares it, and the field to report (None at the root, an item or a map's value)."""

    path: str
    declarations: list[Node]
    field: FieldSpec | None


def derive_fields(schema: dict[str, Any]) -> list[FieldSpec]:
    """In document order, parents before their children. `schema` has passed `check_json_schema`."""
    document = Document(schema)
    root = Node(document.root, document, frozenset({id(schema)}))
    fields: list[FieldSpec] = []
    pending = [_Place("", [root], None)]
    # Counts places, not fields: items of items of items cost work without yielding one.
    for _ in range(2 * MAX_FIELDS):
        if not pending:
            return fields
        place = pending.pop()
        if place.field is not None:
            fields.append(place.field)
        pending.extend(reversed(list(_places_below(place))))
        if len(fields) > MAX_FIELDS:
            break
    raise TooManyFields(f"The JSON Schema unfolds to more than {MAX_FIELDS:,} fields.")


def _places_below(place: _Place) -> Iterator[_Place]:
    parts = _parts(place.declarations)
    required = {name for part in parts if part.certain for name in part.node.schema.get("required", ())}
    for name, declarations in _properties(parts).items():
        path = _join(place.path, name)
        yield _Place(path, declarations, _field(path, name, declarations, name in required))
    for mark, keywords in (("[]", ("prefixItems", "items")), ("{}", ("additionalProperties", "patternProperties"))):
        inner = [node for part in parts for keyword in keywords for node in _inner(part.node, keyword)]
        if inner:
            yield _Place(place.path + mark, inner, None)


def _parts(declarations: list[Node]) -> list[_Part]:
    parts: list[_Part] = []
    seen: set[tuple[int, bool]] = set()
    pending = [_Part(node, True) for node in reversed(declarations)]
    while pending:
        part = pending.pop()
        key = (id(part.node.schema), part.certain)
        if key in seen:
            continue
        seen.add(key)
        parts.append(part)
        pending.extend(reversed(list(_parts_of(part))))
    return parts


def _parts_of(part: _Part) -> Iterator[_Part]:
    node, certain = part
    for target in followed(node):
        yield _Part(target, certain)
    for child in node.schema.get("allOf", ()):
        if isinstance(child, dict):
            yield _Part(enter(node, child), certain)
    for keyword in ("anyOf", "oneOf"):
        branches = [enter(node, child) for child in node.schema.get(keyword, ()) if isinstance(child, dict)]
        # `anyOf: [{…}, {"type": "null"}]` is one case with null allowed, not two.
        branches = [branch for branch in branches if types_of(branch) != {"null"}]
        for branch in branches:
            yield _Part(branch, certain and len(branches) == 1)
    for keyword in ("then", "else"):
        if isinstance(node.schema.get(keyword), dict):
            yield _Part(enter(node, node.schema[keyword]), False)
    for child in node.schema.get("dependentSchemas", {}).values():
        if isinstance(child, dict):
            yield _Part(enter(node, child), False)


def _properties(parts: list[_Part]) -> dict[str, list[Node]]:
    properties: dict[str, list[Node]] = {}
    for part in parts:
        for name, schema in part.node.schema.get("properties", {}).items():
            properties.setdefault(name, []).append(enter(part.node, schema if isinstance(schema, dict) else {}))
    return properties


def _inner(node: Node, keyword: str) -> list[Node]:
    value = node.schema.get(keyword)
    schemas = (
        value.values() if keyword == "patternProperties" and value else value if isinstance(value, list) else [value]
    )
    return [enter(node, schema) for schema in schemas if isinstance(schema, dict)]


def _join(path: str, name: str) -> str:
    if not _PLAIN.fullmatch(name):
        quoted = name.replace("\\", "\\\\").replace("'", "\\'")
        return f"{path}['{quoted}']"
    return f"{path}.{name}" if path else name


def _field(path: str, name: str, declarations: list[Node], required: bool) -> FieldSpec:
    types: frozenset[str] | None = None
    for declaration in declarations:
        types = types_of(declaration) if types is None else types
    parts = [part.node.schema for part in _parts(declarations)]
    return FieldSpec(
        path=path,
        name=name,
        type="|".join(sorted(types - {"null"})) or "null" if types is not None else "any",
        required=required,
        nullable=types is None or "null" in types,
        description=next((part["description"] for part in parts if part.get("description")), None),
        classification=_classification(parts),
    )


def _classification(parts: list[dict[str, Any]]) -> Classification | None:
    """The most protective one that any part states."""
    order = list(Classification)
    stated = [
        classification_of(part[keyword]) for part in parts for keyword in CLASSIFICATION_KEYWORDS if keyword in part
    ]
    return max((one for one in stated if one is not None), key=order.index, default=None)
