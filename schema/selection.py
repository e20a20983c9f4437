"""The selection below a field, so that only its properties are read."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    value_from_ast_untyped,
)

from resolvers.catalog.edge_prefetch import Branch, Side
from resolvers.model.errors import UserFault
from resolvers.paging.connection import page_size
from schema.context import Info

Fragments = Mapping[str, FragmentDefinitionNode]


def names_below(info: Info) -> frozenset[str]:
    """The names of all fields anywhere below this one, through fragments and whatever @skip and @include say."""
    nodes = info._raw_info.field_nodes
    key = ("below", *map(id, nodes))  # the same for each item of a list
    notes = info.context.notes
    if key not in notes:
        notes[key] = find_names([node.selection_set for node in nodes if node.selection_set], info._raw_info.fragments)
    return notes[key]


def find_names(start: Iterable[SelectionSetNode], fragments: Fragments) -> frozenset[str]:
    names: set[str] = set()
    waiting = list(start)
    entered: set[str] = set()
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                names.add(selection.name.value)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name not in entered:
                    entered.add(name)
                    waiting.append(fragments[name].selection_set)
                continue
            below = getattr(selection, "selection_set", None)
            if below:
                waiting.append(below)
    return frozenset(names)


def names_at(info: Info, *path: str) -> frozenset[str]:
    """The names of the fields selected right below `path`, a way of field names down from this one."""
    nodes = info._raw_info.field_nodes
    key = (path, *map(id, nodes))
    notes = info.context.notes
    if key not in notes:
        notes[key] = frozenset(node.name.value for node in selected(at(info, *path), info._raw_info.fragments))
    return notes[key]


def at(info: Info, *path: str) -> list[SelectionSetNode]:
    """The selection sets of the fields at the end of `path`."""
    raw = info._raw_info
    sets = [node.selection_set for node in raw.field_nodes if node.selection_set]
    for name in path:
        sets = [
            node.selection_set
            for node in selected(sets, raw.fragments)
            if node.name.value == name and node.selection_set
        ]
    return sets


def selected(sets: Iterable[SelectionSetNode], fragments: Fragments) -> list[FieldNode]:
    """The fields of these selection sets, through fragments and whatever @skip and @include say."""
    waiting, fields, entered = list(sets), [], set()
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                fields.append(selection)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in entered:
                entered.add(selection.name.value)
                waiting.append(fragments[selection.name.value].selection_set)
    return fields


# -- edges that can be read along with the products they hang off ------------------------------------------------------

SIDES = {"dependencies": (Side.DEPENDENCIES, "provider"), "consumers": (Side.CONSUMERS, "consumer")}
PAGED = frozenset({"nodes", "edges", "pageInfo"})


def branches_on_page(info: Info) -> tuple[Branch, ...]:
    """What hangs off the products of the connection that this field is."""
    return noted(info, ("nodes",), ("edges", "node"))


def branches_here(info: Info) -> tuple[Branch, ...]:
    """What hangs off the product that this field is."""
    return noted(info, ())


def requested_ends(info: Info, end: str) -> tuple[bool, tuple[Branch, ...]]:
    """Of a page of edges: whether the products at their other ends are asked for, and what hangs off those."""
    requested = end in names_at(info, "nodes") or end in names_at(info, "edges", "node")
    return requested, noted(info, ("nodes", end), ("edges", "node", end)) if requested else ()


def noted(info: Info, *paths: tuple[str, ...]) -> tuple[Branch, ...]:
    """What hangs off the products at the ends of these paths. Found once for a document, unless the sizes of its pages
    are variables."""
    key = ("branches", paths, *map(id, info._raw_info.field_nodes))
    notes = info.context.notes
    if key in notes:
        return notes[key]
    finding = Finding(info)
    branches = finding.branches([products for path in paths for products in at(info, *path)])
    if finding.lasts:
        notes[key] = branches
    return branches


class Finding:
    """`lasts`: what was found holds for the document, whatever its variables are."""

    def __init__(self, info: Info) -> None:
        self._raw = info._raw_info
        self.lasts = True

    def branches(self, products: Iterable[SelectionSetNode]) -> tuple[Branch, ...]:
        sets = list(products)
        if not sets:
            return ()
        branches = [self._branch(field) for field in selected(sets, self._raw.fragments) if field.name.value in SIDES]
        return tuple(dict.fromkeys(branch for branch in branches if branch))

    def _branch(self, field: FieldNode) -> Branch | None:
        """None for a page that is read by itself: a later one, one that @skip or @include may leave out."""
        if field.directives or field.selection_set is None:
            return None
        below = selected([field.selection_set], self._raw.fragments)
        if PAGED.isdisjoint(node.name.value for node in below):
            return None
        field_arguments = self._arguments(field)
        if field_arguments.get("after") is not None:
            return None
        side, end = SIDES[field.name.value]
        items = self._below(below, "nodes") + self._below(self._fields_below(below, "edges"), "node")
        ends = [node for node in selected(items, self._raw.fragments) if node.name.value == end]
        try:
            size = page_size(field_arguments.get("first"))
        except UserFault:  # which the field itself will tell
            return None
        return Branch(side, size, bool(ends), self.branches(node.selection_set for node in ends if node.selection_set))

    def _below(self, nodes: Iterable[FieldNode], name: str) -> list[SelectionSetNode]:
        return [node.selection_set for node in nodes if node.name.value == name and node.selection_set]

    def _fields_below(self, nodes: Iterable[FieldNode], name: str) -> list[FieldNode]:
        return selected(self._below(nodes, name), self._raw.fragments)

    def _arguments(self, field: FieldNode) -> dict[str, Any]:
        field_arguments = {argument.name.value: argument.value for argument in field.arguments or ()}
        self.lasts = self.lasts and not any(isinstance(value, VariableNode) for value in field_arguments.values())
        variables: Any = self._raw.variable_values
        return {name: value_from_ast_untyped(value, variables) for name, value in field_arguments.items()}
