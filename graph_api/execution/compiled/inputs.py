"""Converts input values for resolvers, with a function that is made once for each input type.

Strawberry inspects the types of an input again for each value. These functions give the same result for scalars, enums,
lists and input objects of these; other types are left to Strawberry.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, NamedTuple

from strawberry import UNSET, Schema
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.arguments import convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryOptional,
    StrawberryType,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType

Made = Callable[[Any], Any]


class InputField(NamedTuple):
    """A field of an input object: its name in GraphQL and in Python, and what makes its value."""

    name: str
    python_name: str
    make: Made


def input_maker(schema: Schema, type_: StrawberryType | type) -> Made:
    """Makes of a value that graphql-core coerced what Strawberry's `convert_argument` makes of it."""
    if isinstance(type_, StrawberryMaybe):
        return by_strawberry(schema, type_)
    if isinstance(type_, StrawberryOptional):
        return input_maker(schema, type_.of_type)
    if isinstance(type_, StrawberryList):
        item = input_maker(schema, type_.of_type)
        return copied if item is as_it_is else listed(item)
    if isinstance(type_, LazyType):
        return input_maker(schema, type_.resolve_type())
    if is_leaf(schema, type_):
        return as_it_is
    if has_object_definition(type_) and type_.__strawberry_definition__.from_input is None:
        return object_maker(schema, type_)
    return by_strawberry(schema, type_)


def is_leaf(schema: Schema, type_: StrawberryType | type) -> bool:
    if type_ is GlobalID:
        return False
    if isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_):
        return True
    return is_scalar(type_, schema.schema_converter.scalar_registry)


def as_it_is(value: Any) -> Any:
    return value


def copied(value: Any) -> Any:
    """A default is the same list in every execution, so each gets its own."""
    return value if value is None or value is UNSET else list(value)


def listed(item: Made) -> Made:
    return lambda value: value if value is None or value is UNSET else list(map(item, value))


def by_strawberry(schema: Schema, type_: StrawberryType | type) -> Made:
    registry, config = schema.schema_converter.scalar_registry, schema.config
    return lambda value: convert_argument(value, type_, registry, config)


def object_maker(schema: Schema, class_: Any) -> Made:
    absent = {
        field.python_name: None
        for field in class_.__strawberry_definition__.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }
    fields: list[InputField] = []  # found with the first value: an input may hold its own kind

    def make(value: Mapping[str, Any] | None) -> Any:
        if value is None or value is UNSET:
            return value
        if not fields:
            fields.extend(fields_of(schema, class_))
        field_values = {field.python_name: field.make(value[field.name]) for field in fields if field.name in value}
        return class_(**(absent | field_values))

    return make


def fields_of(schema: Schema, class_: Any) -> list[InputField]:
    definition = class_.__strawberry_definition__
    named = schema.config.name_converter.from_field
    return [
        InputField(named(one), one.python_name, input_maker(schema, one.resolve_type(type_definition=definition)))
        for one in definition.fields
    ]
