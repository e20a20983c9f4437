"""Finds fields in an expression that the document does not have, at any depth, in its checked syntax tree.

The tree is read from the `cel.expr.CheckedExpr` that the compiler serialises. A value has a shape: a mapping of the
names it has, a list of one shape, or `ANY`, of which nothing is known (metadata, a semantic model).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from resolvers.model.cel_tree import (
    CALL,
    COMPREHENSION,
    CONST,
    IDENT,
    LIST,
    SELECT,
    STRUCT,
    every,
    fields,
    one,
    root,
    text,
)

ANY: Final = None
LEAF: Final[Mapping[str, Any]] = {}


def names(*keys: str) -> dict[str, Any]:
    return dict.fromkeys(keys, LEAF)


CONTRACT: Final = {
    **names("version", "format", "classification"),
    "retention": names("days"),
    "sla": [names("metric", "target", "unit", "better")],
    "quality": [{**names("dimension", "threshold", "maxDelay"), "rule": ANY}],
    "semanticModel": ANY,
    "fields": [names("path", "name", "type", "required", "nullable", "description", "classification")],
}
PRODUCT: Final = {
    **names("id", "urn", "name", "description", "domain", "ownerTeam", "type", "status", "version"),
    **names("successor", "sunset"),
    "tags": [LEAF],
    "metadata": ANY,
    "accessPoints": [{**names("kind", "uri", "name", "format"), "options": ANY}],
}
EDGE: Final = {**names("kind", "contractVersion"), "fields": [LEAF]}
NEIGHBOUR: Final = {**PRODUCT, "contract": CONTRACT, "edge": EDGE}
DOCUMENT: Final = {"product": PRODUCT, "contract": CONTRACT, "providers": [NEIGHBOUR], "consumers": [NEIGHBOUR]}


class UnknownField(ValueError):
    """The message names the field and what there is."""


def check_fields(serialised: bytes) -> None:
    """Raises `UnknownField` for a field that no document has. `serialised` is an Any of a CheckedExpr."""
    shape_of(root(serialised), DOCUMENT)


def shape_of(expression: bytes, variables: Mapping[str, Any]) -> Any:
    parts = dict(fields(expression))
    if IDENT in parts:
        return variables.get(text(parts[IDENT], 1), ANY)
    if SELECT in parts:
        select = parts[SELECT]
        return member(shape_of(one(select, 1), variables), text(select, 2))
    if CALL in parts:
        return call(parts[CALL], variables)
    if LIST in parts:
        elements = [shape_of(element, variables) for element in every(parts[LIST], 1)]
        return [elements[0]] if elements else [ANY]
    if STRUCT in parts:
        for entry in every(parts[STRUCT], 2):
            for key in (3, 4):
                for value in every(entry, key):
                    shape_of(value, variables)
        return ANY
    if COMPREHENSION in parts:
        return comprehension(parts[COMPREHENSION], variables)
    return LEAF


def call(call_value: bytes, variables: Mapping[str, Any]) -> Any:
    function = text(call_value, 2)
    for target in every(call_value, 1):
        shape_of(target, variables)
    arguments = every(call_value, 3)
    shapes = [shape_of(argument, variables) for argument in arguments]
    if function == "_[_]":
        return at_index(shapes[0], arguments[1])
    if function == "_?_:_":
        return shapes[1] if shapes[1] == shapes[2] else ANY
    if function == "_+_" and isinstance(shapes[0], list):  # how a filter and a map gather what they find
        return shapes[1] if shapes[0] == [ANY] else shapes[0]
    return ANY


def at_index(shape: Any, index: bytes) -> Any:
    if isinstance(shape, list):
        return shape[0]
    constant = dict(fields(dict(fields(index)).get(CONST, b"")))
    return member(shape, constant[6].decode()) if 6 in constant else ANY


def comprehension(call_value: bytes, variables: Mapping[str, Any]) -> Any:
    """A macro such as `all`, `exists`, `filter` or `map`: each binds a variable to the elements of a list."""
    over = shape_of(one(call_value, 2), variables)
    element = over[0] if isinstance(over, list) else ANY
    bound = {**variables, text(call_value, 1): element, text(call_value, 3): shape_of(one(call_value, 4), variables)}
    for condition in every(call_value, 5):
        shape_of(condition, bound)
    step = one(call_value, 6)
    gathered = next((shape_of_list for shape_of_list in gathering(step, bound) if isinstance(shape_of_list, list)), ANY)
    shape_of(step, bound)
    return shape_of(one(call_value, 7), {**bound, text(call_value, 3): gathered})


def gathering(step: bytes, variables: Mapping[str, Any]) -> Iterator[Any]:
    """The shapes of what a step may add to its result."""
    call_node = dict(fields(step)).get(CALL)
    if call_node is None:
        return
    if text(call_node, 2) == "_?_:_":
        yield from gathering(every(call_node, 3)[1], variables)
    else:
        yield call(call_node, variables)


def member(shape: Any, name: str) -> Any:
    if shape is ANY:
        return ANY
    if isinstance(shape, list):
        raise UnknownField(f"A list has no field '{name}': use all, exists, filter, map or an index.")
    if name not in shape:
        advice = f"; there are {', '.join(sorted(shape))}" if shape else ": it is a plain value"
        raise UnknownField(f"The document has no field '{name}' here{advice}.")
    return shape[name]
