"""Random JSON Schemas, mutations, refactorings and documents, the same ones for the same seed."""

import copy
import json
import random
from typing import Any

NAMES = ("a", "b", "c", "id", "a.b", "kind")
TEXTS = ("", "a", "ab", "abc", "x1", "2024-05-17", "A", "aaa")
PATTERNS = ("^a", "b$", "^[a-z]+$", "^x\\d", "^a+$", ".")
FORMATS = ("date", "email", "uuid")


def a_value(rng: random.Random, depth: int = 2) -> Any:
    kind = rng.randrange(8 if depth else 6)
    if kind == 0:
        return None
    if kind == 1:
        return rng.random() < 0.5
    if kind == 2:
        return rng.choice((0, 1, 2, 3, 5, 10, -1, 1.0, 100))
    if kind == 3:
        return rng.choice((0.5, 1.5, -0.1, 0.07, 2.5, 1e3))
    if kind in (4, 5):
        return rng.choice(TEXTS)
    if kind == 6:
        return [a_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {rng.choice(NAMES): a_value(rng, depth - 1) for _ in range(rng.randrange(4))}


def a_schema(rng: random.Random, depth: int = 3, refs: tuple[str, ...] = ()) -> Any:
    """A schema of a few keywords; `refs` are references it may use."""
    roll = rng.random()
    if roll < 0.06:
        return rng.random() < 0.8
    if refs and roll < 0.2:
        schema: dict[str, Any] = {"$ref": rng.choice(refs)}
        return schema | (a_keyword(rng, depth - 1, refs) if rng.random() < 0.3 and depth else {})
    schema = {}
    if rng.random() < 0.7:
        kinds = ("object", "array", "string", "number", "integer", "boolean", "null")
        weights = (6, 3, 3, 2, 2, 1, 1)
        schema["type"] = (
            rng.choices(kinds, weights)[0] if rng.random() < 0.8 else sorted(set(rng.choices(kinds, weights, k=2)))
        )
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        schema |= a_keyword(rng, depth, refs)
    return schema


def a_keyword(rng: random.Random, depth: int, refs: tuple[str, ...] = ()) -> dict[str, Any]:
    def inner() -> Any:
        return a_schema(rng, depth - 1, refs)

    simple: list[Any] = [
        lambda: {"enum": [a_value(rng, 1) for _ in range(rng.randint(1, 4))]},
        lambda: {"const": a_value(rng, 1)},
        lambda: {
            rng.choice(("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")): rng.choice((0, 1, 2.5, 5))
        },
        lambda: {"multipleOf": rng.choice((1, 2, 3, 0.5, 0.01, 0.07))},
        lambda: {rng.choice(("minLength", "maxLength")): rng.randrange(4)},
        lambda: {"pattern": rng.choice(PATTERNS)},
        lambda: {"format": rng.choice(FORMATS)},
        lambda: {rng.choice(("minItems", "maxItems")): rng.randrange(4)},
        lambda: {"uniqueItems": rng.random() < 0.8},
        lambda: {rng.choice(("minProperties", "maxProperties")): rng.randrange(4)},
        lambda: {"required": sorted({rng.choice(NAMES) for _ in range(rng.randrange(3))})},
        lambda: {"dependentRequired": {rng.choice(NAMES): [rng.choice(NAMES)]}},
        lambda: {"readOnly": rng.random() < 0.5},
        lambda: {"description": rng.choice(TEXTS)},
    ]
    nested: list[Any] = [
        lambda: {"properties": {rng.choice(NAMES): inner() for _ in range(rng.randint(1, 3))}},
        lambda: {"properties": {rng.choice(NAMES): inner() for _ in range(rng.randint(1, 3))}, "required": ["a"]},
        lambda: {"additionalProperties": rng.choice((False, inner()))},
        lambda: {"patternProperties": {rng.choice(PATTERNS): inner()}},
        lambda: {"propertyNames": rng.choice(({"pattern": rng.choice(PATTERNS)}, {"maxLength": 2}, inner()))},
        lambda: {"items": inner()},
        lambda: {"prefixItems": [inner() for _ in range(rng.randint(1, 2))]},
        lambda: {"contains": inner()} | rng.choice(({}, {"minContains": 2}, {"maxContains": 1}, {"minContains": 0})),
        lambda: {"unevaluatedProperties": rng.choice((False, inner()))},
        lambda: {"unevaluatedItems": rng.choice((False, inner()))},
        lambda: {"allOf": [inner() for _ in range(rng.randint(1, 2))]},
        lambda: {"anyOf": [inner() for _ in range(rng.randint(1, 3))]},
        lambda: {"oneOf": [inner() for _ in range(rng.randint(1, 3))]},
        lambda: {"not": inner()},
        lambda: {"if": inner(), "then": inner()} | rng.choice(({}, {"else": inner()})),
        lambda: {"dependentSchemas": {rng.choice(NAMES): inner()}},
    ]
    return rng.choice(nested if depth > 0 and rng.random() < 0.6 else simple)()


def a_document_schema(rng: random.Random) -> dict[str, Any]:
    """A schema with `$defs` that it and they refer to, recursively at times."""
    count = rng.choice((0, 0, 1, 2))
    refs = tuple(f"#/$defs/d{index}" for index in range(count))
    schema = a_schema(rng, 3, refs)
    schema = {"not": {}} if schema is False else {} if schema is True else schema
    if count:
        # References below a property or an item end; those that lead straight back to themselves do not.
        schema["$defs"] = {
            f"d{index}": rng.choice(
                (
                    {"type": "object", "properties": {rng.choice(NAMES): a_schema(rng, 1, refs)}},
                    {"type": ["array", "string"], "items": a_schema(rng, 1, refs)},
                    a_schema(rng, 2),
                )
            )
            for index in range(count)
        }
    return schema


def subschemas(schema: Any) -> list[dict[str, Any]]:
    """Every dict that is a schema, the whole first."""
    found, pending = [], [schema]
    while pending:
        node = pending.pop()
        if not isinstance(node, dict):
            continue
        found.append(node)
        for keyword, value in node.items():
            if keyword in ("properties", "patternProperties", "$defs", "dependentSchemas"):
                pending += value.values()
            elif keyword in ("allOf", "anyOf", "oneOf", "prefixItems"):
                pending += value
            elif keyword not in ("enum", "const", "default", "examples", "dependentRequired"):
                pending.append(value)
    return found


def mutated(rng: random.Random, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with one to three small changes."""
    changed = copy.deepcopy(schema)
    for _ in range(rng.choice((1, 1, 2, 3))):
        node = rng.choice(subschemas(changed))
        keywords = [keyword for keyword in node if keyword not in ("$defs", "$ref")]
        roll = rng.random()
        if keywords and roll < 0.3:
            del node[rng.choice(keywords)]
        elif keywords and roll < 0.6:
            keyword = rng.choice(keywords)
            value = node[keyword]
            if isinstance(value, bool):
                node[keyword] = not value
            elif isinstance(value, int | float) and keyword != "const":
                node[keyword] = max(value + rng.choice((1, -1)), 1 if keyword == "multipleOf" else 0)
            elif isinstance(value, list) and len(value) > 1 and keyword != "type":
                value.pop(rng.randrange(len(value)))
            elif keyword == "type":
                node[keyword] = rng.choice(("object", "array", "string", "number", "integer", ["string", "null"]))
        else:
            node |= a_keyword(rng, 1)
    return changed


def refactored(rng: random.Random, schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema in other words: shuffled, split into `allOf`, parts moved to `$defs` and back, keys reordered."""
    changed = copy.deepcopy(schema)
    names = iter(f"part{index}" for index in range(1_000))
    parts: dict[str, Any] = {}
    for node in subschemas(changed):
        for keyword in ("anyOf", "oneOf", "allOf", "required", "enum"):
            if isinstance(node.get(keyword), list):
                rng.shuffle(node[keyword])
        if isinstance(node.get("properties"), dict):
            for name, inner in list(node["properties"].items()):
                if isinstance(inner, dict) and "$id" not in inner and rng.random() < 0.3 and _portable(inner):
                    part = next(names)
                    parts[part] = inner
                    node["properties"][name] = {"$ref": f"#/$defs/{part}"}
        _split(rng, node)
    if parts:
        changed["$defs"] = {**changed.get("$defs", {}), **parts}
    return _reordered(rng, changed)


_TOGETHER = frozenset(
    (
        *("$id", "$schema", "$ref", "$dynamicRef", "$anchor", "$dynamicAnchor", "$defs", "definitions", "$vocabulary"),
        *("$comment", "properties", "patternProperties", "additionalProperties", "unevaluatedProperties"),
        *("unevaluatedItems", "prefixItems", "items", "contains", "minContains", "maxContains", "if", "then", "else"),
        *("allOf", "anyOf", "oneOf", "not", "dependentSchemas"),
    )
)


def _split(rng: random.Random, node: dict[str, Any]) -> None:
    """Keywords that mean the same wherever they stand move to a part of `allOf`."""
    if "unevaluatedProperties" in node or "unevaluatedItems" in node or rng.random() < 0.6:
        return
    movable = [keyword for keyword in node if keyword not in _TOGETHER]
    if movable:
        moved = {keyword: node.pop(keyword) for keyword in rng.sample(movable, rng.randint(1, len(movable)))}
        node["allOf"] = [*node.get("allOf", []), moved]


def _portable(schema: dict[str, Any]) -> bool:
    """Whether moving the schema changes no reference: pointers into it or out of it by place."""
    text = json.dumps(schema)
    return "$dynamic" not in text and '"$id"' not in text and '"$anchor"' not in text


def _reordered(rng: random.Random, value: Any) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: _reordered(rng, value[key]) for key in keys}
    return [_reordered(rng, item) for item in value] if isinstance(value, list) else value


def documents(rng: random.Random, count: int) -> list[Any]:
    return [a_value(rng, 3) for _ in range(count)]
