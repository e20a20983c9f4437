"""Errors of single fields in a compiled run: their path in the answer, and the null that they cause."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLError, GraphQLNonNull, GraphQLOutputType, Node
from graphql.error import located_error

from resolvers.model.errors import MeshError

Steps = tuple[str | int, ...]


class FieldPath(NamedTuple):
    """A field of the operation: its nodes, and the types of the fields from the root down to it."""

    nodes: Sequence[Node]
    types: tuple[GraphQLOutputType, ...]


class Fault:
    """Stands in the data where a field failed, until `settle` replaces it; `number` counts the faults of a run."""

    __slots__ = ("error", "number", "place")

    def __init__(self, error: MeshError, place: FieldPath, number: int) -> None:
        self.error = error
        self.place = place
        self.number = number


def settle(data: dict[str, Any]) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    """The data with a null for each fault, and the errors in the order in which the fields failed.

    A null is explained by the first fault that left it; others below it are not reported, as in graphql-core.
    """
    faults = sorted(faults_in(data, ()), key=lambda one: one[1].number)
    reported: dict[Steps, GraphQLError] = {}
    below: dict[Steps, list[Steps]] = {}  # by place, the nulls that were reported below it
    for path, fault in faults:
        null = path[: null_length(path, fault.place.types)]
        above = [null[:length] for length in range(len(null) + 1)]
        if reported.keys().isdisjoint(above):
            for path_below in below.pop(null, ()):
                reported.pop(path_below, None)
            reported[null] = located_error(fault.error, fault.place.nodes, list(path))
            for place in above[:-1]:
                below.setdefault(place, []).append(null)
    errors = list(reported.values())
    if () in reported:
        return None, errors
    for null in reported:
        parent: Any = data
        for step in null[:-1]:
            parent = parent[step]
        parent[null[-1]] = None
    return data, errors


def faults_in(value: Any, path: Steps) -> Iterator[tuple[Steps, Fault]]:
    """Each fault with its path. An object that several fields share is visited below each of them."""
    if isinstance(value, Fault):
        yield path, value
    elif isinstance(value, dict):
        for name, below in value.items():
            if isinstance(below, dict | list | Fault):
                yield from faults_in(below, (*path, name))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            if isinstance(below, dict | list | Fault):
                yield from faults_in(below, (*path, place))


def null_length(path: Steps, types: tuple[GraphQLOutputType, ...]) -> int:
    """How many steps of `path` lead to the nearest value that may be null; 0 when the whole data is to be null."""
    lengths, below = [], iter(types)
    current: Any = None
    for step in path:
        current = next(below) if isinstance(step, str) else nullable(current).of_type
        lengths.append(current)
    for length in range(len(path), 0, -1):
        if not isinstance(lengths[length - 1], GraphQLNonNull):
            return length
    return 0


def nullable(type_: Any) -> Any:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_
