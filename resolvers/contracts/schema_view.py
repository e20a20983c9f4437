"""One JSON Schema object as the diff reads it: references followed, allOf merged, `null` told apart from the types."""

from typing import Any, NamedTuple

import orjson
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean"})
# Assertions the diff does not reason about: when one changes, nothing can be proven, and the change counts as breaking.
OPAQUE = (
    "oneOf", "anyOf", "not", "if", "then", "else", "patternProperties", "propertyNames", "dependentRequired",
    "dependentSchemas", "contains", "minContains", "maxContains", "unevaluatedProperties", "unevaluatedItems",
    "$dynamicRef", "contentEncoding", "contentMediaType", "contentSchema",
)  # fmt: skip
LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
TEXTS = ("description", "title", "examples", "default", "deprecated", "$comment")
CLASSIFICATIONS = ("classification", "x-classification")


class View(NamedTuple):
    """`types` is empty when any type is allowed; `enum` holds canonical JSON texts, None when free."""

    types: frozenset[str]
    nullable: bool
    properties: dict[str, Any]
    required: frozenset[str]
    items: Any | None
    prefix: tuple[Any, ...]
    values: Any | None
    enum: frozenset[str] | None
    bounds: dict[str, float]
    multiple_of: float | None
    unique: bool
    pattern: str | None
    format: str | None
    opaque: dict[str, Any]
    texts: dict[str, Any]
    classification: str | None
    reference: str | None


class Document:
    """A contract's schema and the registry its references are looked up in."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self._resolver = Registry().with_resource("", DRAFT202012.create_resource(schema)).resolver()

    def view(self, schema: Any) -> View:
        return view(self._flat(schema, ()))

    def _flat(self, schema: Any, seen: tuple[str, ...]) -> dict[str, Any]:
        """`schema` with its `$ref` and `allOf` folded in; a reference to itself ends the folding."""
        if schema is False:
            return {"not": {}}
        if not isinstance(schema, dict):
            return {}
        reference = schema.get("$ref")
        parts = [{k: v for k, v in schema.items() if k not in ("$ref", "allOf", "$defs", "definitions")}]
        if isinstance(reference, str) and reference not in seen:
            try:
                parts.append(self._flat(self._resolver.lookup(reference).contents, (*seen, reference)))
            except Unresolvable:
                parts.append({"not": {"$ref": reference}})
            parts.append({"$followed": reference})
        parts += [self._flat(part, seen) for part in schema.get("allOf", ())]
        merged: dict[str, Any] = {}
        for part in parts:
            merge(merged, part)
        return without_null_branch(merged, self, seen)


def merge(into: dict[str, Any], part: dict[str, Any]) -> None:
    for keyword, value in part.items():
        if keyword not in into:
            into[keyword] = value
        elif keyword == "properties":
            into[keyword] = {**value, **into[keyword]}
        elif keyword == "required":
            into[keyword] = [*into[keyword], *value]
        elif keyword in LOWER_BOUNDS:
            into[keyword] = max(into[keyword], value)
        elif keyword in UPPER_BOUNDS:
            into[keyword] = min(into[keyword], value)
        elif keyword == "type":
            into[keyword] = sorted(as_set(into[keyword]) & as_set(value))


def as_set(types: Any) -> set[str]:
    return set(types) if isinstance(types, list) else {types}


def without_null_branch(schema: dict[str, Any], document: Document, seen: tuple[str, ...]) -> dict[str, Any]:
    """`anyOf: [X, {type: null}]`, the usual way to write a nullable X, becomes X with `null` among its types."""
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword)
        if not isinstance(branches, list) or len(branches) != 2 or {"type": "null"} not in branches:
            continue
        other = document._flat(next((b for b in branches if b != {"type": "null"}), {}), seen)
        folded = {k: v for k, v in schema.items() if k != keyword}
        merge(folded, other)
        if "type" in other:
            folded["type"] = sorted(as_set(other["type"]) | {"null"})
        elif "enum" in other:
            folded["enum"] = [*other["enum"], None]
        return folded
    return schema


def view(schema: dict[str, Any]) -> View:
    given = as_set(schema["type"]) if "type" in schema else implied_types(schema)
    values = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None
    nullable = "null" in given or not given
    if values is not None:
        nullable = None in values and nullable
    items, additional = schema.get("items"), schema.get("additionalProperties")
    return View(
        types=frozenset(given & TYPES),
        nullable=nullable,
        properties=schema.get("properties", {}),
        required=frozenset(schema.get("required", ())),
        items=items if isinstance(items, dict) else None,
        prefix=tuple(schema.get("prefixItems", ())),
        values=additional if isinstance(additional, dict) and additional else None,
        enum=None if values is None else frozenset(canonical(v) for v in values if v is not None),
        bounds={k: schema[k] for k in (*LOWER_BOUNDS, *UPPER_BOUNDS) if k in schema},
        multiple_of=schema.get("multipleOf"),
        unique=bool(schema.get("uniqueItems", False)),
        pattern=schema.get("pattern"),
        format=schema.get("format"),
        opaque={k: schema[k] for k in OPAQUE if k in schema},
        texts={k: schema[k] for k in TEXTS if k in schema},
        classification=next((str(schema[k]).upper() for k in CLASSIFICATIONS if k in schema), None),
        reference=schema.get("$followed"),
    )


def implied_types(schema: dict[str, Any]) -> set[str]:
    """A schema with properties but no type speaks of objects; what it lets through beside them is an oversight."""
    if "properties" in schema or "additionalProperties" in schema:
        return {"object"}
    if "items" in schema or "prefixItems" in schema:
        return {"array"}
    return set()


def canonical(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
