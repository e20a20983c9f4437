"""Counts the subschemas that one value may be checked against, to refuse schemas that would keep a validator busy."""

from collections.abc import Iterator
from typing import Any

from resolvers.contracts.comparison.resolve import Document, Location, Unresolvable

# Applied to the value itself; all others are applied to its parts.
IN_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
IN_PLACE = ("not", "if", "then", "else")
OF_PARTS = ("items", "contains", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "propertyNames")
OF_PART_MAPS = ("properties", "patternProperties")

MAX_APPLIED = 10_000_000


def applied_schemas(schema: dict[str, Any]) -> int:
    """The largest number of subschemas that are applied to a value and, one below the other, to its parts.

    Definitions that each name the next one twice double it with every step. A reference back to a schema that is being
    counted counts once.
    """
    document = Document(schema)
    counted: dict[int, int] = {}
    begun: set[int] = set()
    stack = [document.root]
    while stack:
        location = stack[-1]
        key = id(location.schema)
        below = [*_in_place(document, location), *_of_parts(document, location)]
        if key not in begun:
            begun.add(key)
            stack += [child for child in below if id(child.schema) not in begun]
            continue
        stack.pop()
        if key not in counted:
            here = sum(counted.get(id(child.schema), 0) for child in _in_place(document, location))
            parts = max((counted.get(id(child.schema), 0) for child in _of_parts(document, location)), default=0)
            counted[key] = min(1 + here + parts, MAX_APPLIED + 1)
    return counted[id(document.root.schema)]


def _in_place(document: Document, location: Location) -> Iterator[Location]:
    node = location.schema
    if not isinstance(node, dict):
        return
    for keyword in ("$ref", "$dynamicRef"):
        if isinstance(node.get(keyword), str):
            try:
                yield document.follow(location, node[keyword], dynamic=keyword == "$dynamicRef")
            except Unresolvable:
                continue
    for keyword in IN_PLACE_LISTS:
        for child in node.get(keyword) or ():
            yield document.child(location, child)
    for keyword in IN_PLACE:
        if keyword in node:
            yield document.child(location, node[keyword])
    for child in (node.get("dependentSchemas") or {}).values():
        yield document.child(location, child)


def _of_parts(document: Document, location: Location) -> Iterator[Location]:
    node = location.schema
    if not isinstance(node, dict):
        return
    for keyword in OF_PARTS:
        if keyword in node:
            yield document.child(location, node[keyword])
    for keyword in OF_PART_MAPS:
        for child in (node.get(keyword) or {}).values():
            yield document.child(location, child)
    for child in node.get("prefixItems") or ():
        yield document.child(location, child)
