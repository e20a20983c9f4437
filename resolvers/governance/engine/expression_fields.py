"""Finds fields in an expression that the document does not have, at any depth, in its checked syntax tree.

The tree is read from the `cel.expr.CheckedExpr` that the compiler serialises. A value has a shape: a mapping of the
names it has, a list of one shape, `ANY`, of which nothing is known (metadata, a semantic model), or `NULL`. A value
that may be one or another has the names of both.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
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
NULL: Final = "null"  # also of the elements of an empty list: it adds nothing to another shape
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
        return [joined([shape_of(element, variables) for element in every(parts[LIST], 1)])]
    if STRUCT in parts:
        return shape_of_map(parts[STRUCT], variables)
    if COMPREHENSION in parts:
        return comprehension(parts[COMPREHENSION], variables)
    return NULL if 1 in dict(fields(parts.get(CONST, b""))) else LEAF


def shape_of_map(struct: bytes, variables: Mapping[str, Any]) -> Any:
    """A literal whose keys are all texts has their names."""
    names_in_map: dict[str, Any] = {}
    for entry in every(struct, 2):
        shape_of(one(entry, 3), variables)
        names_in_map[constant_text(one(entry, 3)) or ""] = shape_of(one(entry, 4), variables)
    return ANY if "" in names_in_map or one(struct, 1) else names_in_map


def joined(shapes: Iterable[Any]) -> Any:
    """What a value may have that is of one of these shapes."""
    return reduce(join, shapes, NULL)


def join(one_shape: Any, other: Any) -> Any:
    if NULL in (one_shape, other):
        return other if one_shape == NULL else one_shape
    if isinstance(one_shape, list) and isinstance(other, list):
        return [join(one_shape[0], other[0])]
    if isinstance(one_shape, Mapping) and isinstance(other, Mapping):
        return {
            key: join(one_shape.get(key, NULL), other.get(key, NULL)) for key in dict.fromkeys((*one_shape, *other))
        }
    return ANY


def call(call_value: bytes, variables: Mapping[str, Any]) -> Any:
    function = text(call_value, 2)
    for target in every(call_value, 1):
        shape_of(target, variables)
    arguments = every(call_value, 3)
    shapes = [shape_of(argument, variables) for argument in arguments]
    if function == "_[_]":
        return at_index(shapes[0], arguments[1])
    if function == "_?_:_":
        return join(shapes[1], shapes[2])
    if function == "_+_" and isinstance(shapes[0], list):  # how a filter and a map gather what they find
        return join(shapes[0], shapes[1])
    return shapes[0] if function == "dyn" else ANY


def at_index(shape: Any, index: bytes) -> Any:
    if isinstance(shape, list):
        return shape[0]
    name = constant_text(index)
    return ANY if name is None else member(shape, name)


def constant_text(expression: bytes) -> str | None:
    constant = dict(fields(dict(fields(expression)).get(CONST, b"")))
    return constant[6].decode() if 6 in constant else None


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
    if shape is ANY or shape == NULL:
        return ANY
    if isinstance(shape, list):
        raise UnknownField(f"A list has no field '{name}': use all, exists, filter, map or an index.")
    if name not in shape:
        advice = f"; there are {', '.join(sorted(shape))}" if shape else ": it is a plain value"
        raise UnknownField(f"The document has no field '{name}' here{advice}.")
    return shape[name]
