"""The federated form of the schema: prefixed type names, and root fields left out."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from graphql import GraphQLSchema
from strawberry.schema.name_converter import NameConverter
from strawberry.tools import create_type
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition

# Names that federation or GraphQL itself gives a meaning.
RESERVED = frozenset({"Query", "Mutation", "Subscription"})


class Form(NamedTuple):
    """`prefix` stands before the names of all types but `kept` and the scalars; `left_out` are root fields, such as
    `viewer` or `Mutation.webhookRegister`."""

    prefix: str = ""
    kept: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


PLAIN = Form()


class Prefixing(NameConverter):
    """Strawberry's names, with the prefix where the form has one."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self.plain_names: dict[str, str] = {}

    def from_object(self, object_type: StrawberryObjectDefinition) -> str:
        return self._named(super().from_object(object_type))

    def from_enum(self, enum: StrawberryEnumDefinition) -> str:
        return self._named(super().from_enum(enum))

    def _named(self, name: str) -> str:
        if not self._form.prefix or name.startswith("_") or name in RESERVED or name in self._form.kept:
            return name
        prefixed = self._form.prefix + name
        self.plain_names[prefixed] = name
        return prefixed


def mark_plain_names(schema: GraphQLSchema, names: dict[str, str]) -> None:
    """Keeps with each type the name it has without the prefix, for code that knows types by name."""
    for name, kind in schema.type_map.items():
        if name in names:
            kind.extensions["plain_name"] = names[name]


def plain_name(kind: Any) -> str:
    """The name of a GraphQL type without the prefix of its schema's form."""
    return kind.extensions.get("plain_name", kind.name)


def without(root: type, left_out: Iterable[str]) -> type:
    """The root type without the fields that `left_out` names: `Mutation.name`, or `name` of the query type."""
    definition: Any = root.__strawberry_definition__
    names = {name for kind, name in map(parted, left_out) if kind == definition.name}
    if not names:
        return root
    fields = [field for field in definition.fields if NameConverter().from_field(field) not in names]
    return create_type(definition.name, fields, description=definition.description)


def parted(name: str) -> tuple[str, str]:
    kind, dot, field = name.rpartition(".")
    return (kind, field) if dot else ("Query", field)


class UnknownField(ValueError):
    """A root field to leave out that there is not."""


def check_left_out(roots: Iterable[type], left_out: Iterable[str]) -> None:
    """Raises `UnknownField`."""
    definitions: list[Any] = [root.__strawberry_definition__ for root in roots]
    existing = {(one.name, NameConverter().from_field(field)) for one in definitions for field in one.fields}
    for name in left_out:
        if parted(name) not in existing:
            raise UnknownField(f"there is no root field '{name}'")
