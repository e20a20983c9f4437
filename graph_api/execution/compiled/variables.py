"""Coerces the variables of an operation with functions made for the operation, or with graphql-core if a type is
unusual.

graphql-core inspects the type of each value in each list again, and a gateway may send thousands of representations in
one variable. The types are known as soon as the operation is, so the functions are made once.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

Coerce = Callable[[Any], Any]
# Scalars that take a `str`, or anything, as it is.
TEXT = frozenset({"ID", "String"})
ANYTHING = frozenset({"_Any"})


class Unusual(Exception):
    """A value, or a type, that is left to graphql-core."""


class Variable(NamedTuple):
    signature: GraphQLVariableSignature
    has_default: bool
    required: bool
    coerce: Coerce


def variables_of(schema: GraphQLSchema, operation: OperationDefinitionNode) -> tuple[Variable, ...] | None:
    """None for an operation whose variables graphql-core coerces."""
    variables = []
    for node in operation.variable_definitions or ():
        signature = get_variable_signature(schema, node)
        if isinstance(signature, GraphQLError):
            return None
        try:
            coerce = coercer(signature.type)
        except Unusual:
            return None
        required = isinstance(signature.type, GraphQLNonNull)
        variables.append(Variable(signature, node.default_value is not None, required, coerce))
    return tuple(variables)


def coerced(variables: tuple[Variable, ...], raw_values: Mapping[str, Any]) -> VariableValues | None:
    """What graphql-core makes of `raw_values`; None where it has to be asked."""
    sources: dict[str, VariableValueSource] = {}
    values: dict[str, Any] = {}
    try:
        for signature, has_default, required, coerce in variables:
            name = signature.name
            if name in raw_values:
                values[name] = coerce(raw_values[name])
                sources[name] = VariableValueSource(signature, raw_values[name])
            elif has_default or required:
                return None
            else:
                sources[name] = VariableValueSource(signature)
    except Unusual:
        return None
    return VariableValues(sources, values)


def coercer(type_: GraphQLInputType) -> Coerce:
    """Raises `Unusual` for types whose values graphql-core coerces."""
    if isinstance(type_, GraphQLNonNull):
        return present(coercer(type_.of_type))
    if isinstance(type_, GraphQLList):
        return listed(type_.of_type)
    if is_leaf_type(type_):
        return leaf(type_)
    raise Unusual


def present(coerce: Coerce) -> Coerce:
    def checked(value: Any) -> Any:
        if value is None:
            raise Unusual
        return coerce(value)

    return checked


def listed(item: GraphQLInputType) -> Coerce:
    one = coercer(item)
    as_it_is = isinstance(item, GraphQLNonNull) and getattr(item.of_type, "name", "") in ANYTHING

    def each(values: Any) -> Any:
        if values is None:
            return None
        if type(values) is not list or (as_it_is and None in values):
            raise Unusual
        return values.copy() if as_it_is else list(map(one, values))

    return each


def leaf(type_: GraphQLLeafType) -> Coerce:
    plain = type_.name in TEXT

    def coerce(value: Any) -> Any:
        if value is None or (plain and type(value) is str):
            return value
        try:
            made = type_.coerce_input_value(value)
        except Exception as error:
            raise Unusual from error
        if made is Undefined:
            raise Unusual
        return made

    return coerce
