"""Limits of an operation's text, checked before it runs, in time linear in the text."""

from collections import Counter
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)

from graph_api.settings import Settings

# Counts on the expanded document double with each level of a fragment bomb; beyond this they are all too many.
PLENTY = 10**9
INTROSPECTION = frozenset({"__schema", "__type"})


class Limits(NamedTuple):
    """See `Settings` for what each bounds."""

    query_length: int
    tokens: int
    comments: int
    depth: int
    aliases: int
    directives: int
    repeats: int
    fragments: int
    cost: int


def limits_of(settings: Settings) -> Limits:
    return Limits(
        settings.max_query_length,
        settings.max_tokens,
        settings.max_comments,
        settings.max_depth,
        settings.max_aliases,
        settings.max_directives,
        settings.max_repeats,
        settings.max_fragments,
        settings.max_cost,
    )


class Shape(NamedTuple):
    """Of a selection set with its fragments expanded."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    repeats: int = 0

    def beside(self, other: "Shape") -> "Shape":
        return Shape(
            max(self.depth, other.depth),
            min(PLENTY, self.aliases + other.aliases),
            min(PLENTY, self.directives + other.directives),
            min(PLENTY, self.repeats + other.repeats),
        )


class LimitError(GraphQLError):
    """Says which limit, how far beyond it the query is, and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


def check_shape(document: DocumentNode, limits: Limits) -> LimitError | None:
    """The first limit that an operation of `document` exceeds."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    if len(fragments) > limits.fragments:
        return too_many("FRAGMENTS", "fragments", len(fragments), limits.fragments)
    walk = ShapeWalk(fragments)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            shape = walk.operation(operation)
            for name, what in (
                ("depth", "levels"),
                ("aliases",) * 2,
                ("directives",) * 2,
                ("repeats", "repeated fields"),
            ):
                count, limit = getattr(shape, name), getattr(limits, name)
                if count > limit:
                    return too_many(name.upper(), what, count, limit)
    return None


def too_many(name: str, what: str, count: int, limit: int) -> LimitError:
    amount = "far more" if count >= PLENTY else str(count)
    return LimitError(
        f"MAX_{name}_EXCEEDED",
        f"The operation has {amount} {what}, at most {limit} are allowed: split it into several requests, "
        f"or have the operator raise MESHWEAVE_MAX_{name}.",
    )


class ShapeWalk:
    """Measures selection sets, each fragment once however often it is spread."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Shape] = {}
        self.visited = 0  # selections looked at: what the work is bounded by

    def operation(self, operation: OperationDefinitionNode) -> Shape:
        own = Shape(directives=len(operation.directives or ()))
        return own.beside(self.selections(operation.selection_set))

    def selections(self, selection_set: SelectionSetNode | None) -> Shape:
        if selection_set is None:
            return Shape()
        shape = Shape(repeats=repeats(selection_set))
        for selection in selection_set.selections:
            self.visited += 1
            own_shape = Shape(directives=len(selection.directives or ()))
            if isinstance(selection, FragmentSpreadNode):
                inner = self.fragment(selection.name.value)
            else:
                inner = self.selections(selection.selection_set)  # type: ignore[attr-defined]
                if isinstance(selection, FieldNode):
                    inner = self.field(selection, inner)
            shape = shape.beside(own_shape).beside(inner)
        return shape

    def field(self, field: FieldNode, inner: Shape) -> Shape:
        # Introspection nests deeply by nature; a validation rule of its own bounds it.
        depth = 1 if field.name.value in INTROSPECTION else inner.depth + 1
        return inner._replace(depth=depth, aliases=inner.aliases + (field.alias is not None))

    def fragment(self, name: str) -> Shape:
        if name not in self._known:
            self._known[name] = Shape()  # a cycle adds nothing here; validation refuses it
            if definition := self._fragments.get(name):
                self._known[name] = self.selections(definition.selection_set)
        return self._known[name]


def repeats(selection_set: SelectionSetNode) -> int:
    """Fields selected again under the same name side by side: validation compares each pair of them."""
    fields = [field for field in selection_set.selections if isinstance(field, FieldNode)]
    names = Counter((field.alias or field.name).value for field in fields)
    return len(fields) - len(names)
