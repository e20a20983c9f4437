"""JSON types that a schema allows."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from resolvers.contracts.comparison.resolve import Document, Location, Unresolvable

Types = frozenset[str]
# References that lead to references: more than anyone writes by hand, far less than Python's stack.
MAX_TRAIL = 50


class Node(NamedTuple):
    """A schema's place in its document, and the references (by identity) already followed to reach it."""

    location: Location
    document: Document
    trail: frozenset[int]

    @property
    def schema(self) -> dict[str, Any]:
        return self.location.schema


def enter(node: Node, schema: dict[str, Any]) -> Node:
    return Node(node.document.child(node.location, schema), node.document, node.trail)


def followed(node: Node) -> Iterator[Node]:
    """What the node's references point to; nothing for one that is being followed already."""
    if len(node.trail) > MAX_TRAIL:
        return
    for keyword in ("$ref", "$dynamicRef"):
        if not isinstance(node.schema.get(keyword), str):
            continue
        try:
            target = node.document.follow(node.location, node.schema[keyword], keyword == "$dynamicRef")
        except Unresolvable:
            continue
        if isinstance(target.schema, dict) and id(target.schema) not in node.trail:
            yield Node(target, node.document, node.trail | {id(target.schema)})


def types_of(node: Node, cache: dict[int, Types | None] | None = None) -> Types | None:
    """None when any type may come. `known` keeps each schema's answer, so that shared definitions are read once."""
    cache = {} if cache is None else cache
    if id(node.schema) in cache:
        return cache[id(node.schema)]
    cache[id(node.schema)] = None
    stated = [types for types in _stated(node, cache) if types is not None]
    if stated:
        types: Types | None = _narrowed(stated)
    else:
        types = _implied(node.schema)
    cache[id(node.schema)] = types
    return types


def _stated(node: Node, cache: dict[int, Types | None]) -> Iterator[Types | None]:
    schema = node.schema
    if "type" in schema:
        yield frozenset([schema["type"]] if isinstance(schema["type"], str) else schema["type"])
    elif "const" in schema:
        yield frozenset({json_type(schema["const"])})
    elif "enum" in schema:
        yield frozenset(json_type(value) for value in schema["enum"])
    for target in followed(node):
        yield types_of(target, cache)
    for child in schema.get("allOf", ()):
        if isinstance(child, dict):
            yield types_of(enter(node, child), cache)
    for keyword in ("anyOf", "oneOf"):
        branches = [types_of(enter(node, child), cache) for child in schema.get(keyword, ()) if isinstance(child, dict)]
        if branches:
            yield None if None in branches else frozenset().union(*(branch for branch in branches if branch))


def _narrowed(stated: list[Types]) -> Types:
    """What all of them let through; an integer is a number."""
    narrowed = stated[0]
    for types in stated[1:]:
        both = narrowed & types
        if "number" in narrowed | types and "integer" in narrowed | types:
            both |= {"integer"}
        narrowed = both or narrowed
    return narrowed


def _implied(schema: dict[str, Any]) -> Types | None:
    if schema.get("properties"):
        return frozenset({"object"})
    if isinstance(schema.get("items"), dict) or schema.get("prefixItems"):
        return frozenset({"array"})
    return None


def json_type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if float(value).is_integer() else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
