"""What a client asks for below a field, so that nothing else is read."""

from collections.abc import Iterable, Mapping

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from schema.context import Info

# What `resolvers.projections.PRODUCT_SLIM` leaves out.
WIDE = frozenset({"description", "tags", "metadata", "accessPoints", "revision", "createdAt", "updatedAt"})


def wants_wide(info: Info) -> bool:
    """Whether more of a product may be asked for than a slim record holds."""
    return not WIDE.isdisjoint(names_below(info))


def names_below(info: Info) -> frozenset[str]:
    """The names of all fields anywhere below this one, through fragments and whatever @skip and @include say."""
    known = info.context.names
    key = tuple(map(id, info._raw_info.field_nodes))  # the same for each item of a list
    if key not in known:
        known[key] = find_names(info, [n.selection_set for n in info._raw_info.field_nodes if n.selection_set])
    return known[key]


def names_anywhere(info: Info) -> frozenset[str]:
    """The names of all fields of the operation."""
    known = info.context.names
    if () not in known:
        known[()] = find_names(info, [info._raw_info.operation.selection_set])
    return known[()]


def find_names(info: Info, start: list[SelectionSetNode]) -> frozenset[str]:
    raw = info._raw_info
    found: set[str] = set()
    waiting = list(start)
    entered: set[str] = set()
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                found.add(selection.name.value)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name not in entered:
                    entered.add(name)
                    waiting.append(raw.fragments[name].selection_set)
                continue
            if selection.selection_set:
                waiting.append(selection.selection_set)
    return frozenset(found)


def names_at(info: Info, *path: str) -> frozenset[str]:
    """The names of the fields selected right below `path`, a way of field names down from this one."""
    raw = info._raw_info
    here = [node.selection_set for node in raw.field_nodes if node.selection_set]
    for name in path:
        found = selected(here, raw.fragments)
        here = [node.selection_set for node in found if node.name.value == name and node.selection_set]
    return frozenset(node.name.value for node in selected(here, raw.fragments))


def selected(sets: Iterable[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]) -> list[FieldNode]:
    """The fields of these selection sets, through fragments and whatever @skip and @include say."""
    waiting, found, entered = list(sets), [], set()
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                found.append(selection)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in entered:
                entered.add(selection.name.value)
                waiting.append(fragments[selection.name.value].selection_set)
    return found
