"""What a client asks for below a field, so that nothing else is read."""

from graphql import FieldNode, FragmentSpreadNode

from schema.context import Info

WIDE = frozenset({"description", "metadata", "accessPoints"})


def wants_wide(info: Info) -> bool:
    """Whether any of a product's long fields may be asked for."""
    return not WIDE.isdisjoint(names_below(info))


def names_below(info: Info) -> frozenset[str]:
    """The names of all fields anywhere below this one, through fragments and whatever @skip and @include say."""
    raw = info._raw_info
    found: set[str] = set()
    waiting = [node.selection_set for node in raw.field_nodes if node.selection_set]
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
