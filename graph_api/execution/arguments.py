"""The arguments of a field, as its resolver takes them.

Which arguments a field has, which of them are literals and what these come to is known once the operation is. All that
changes from run to run are the values of variables, and those of scalars and enums are taken as they are.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    VariableNode,
    is_leaf_type,
)
from graphql.execution.values import VariableValues, coerce_argument
from strawberry import Schema
from strawberry.relay import GlobalID
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryMaybe, StrawberryOptional


class Argument(NamedTuple):
    """An argument of a field with what the operation gives it, None for nothing."""

    name: str
    definition: GraphQLArgument
    strawberry: StrawberryArgument
    given: ArgumentNode | None

    @property
    def variable(self) -> str | None:
        return self.given.value.name.value if self.given and isinstance(self.given.value, VariableNode) else None


class Passed(NamedTuple):
    """A variable that is an argument as it is. `absent`: the keyword arguments without it, None if it is required."""

    keyword: str
    variable: str
    nullable: bool
    absent: Mapping[str, Any] | None


def converter(
    schema: Schema, field: GraphQLField, node: FieldNode, arguments: list[StrawberryArgument]
) -> Callable[[VariableValues], dict[str, Any]]:
    """What makes the keyword arguments of the resolver from an execution's variables. It raises where graphql-core and
    Strawberry do, not always with their words."""
    registry, config = schema.schema_converter.scalar_registry, schema.config
    nodes = {given.name.value: given for given in node.arguments or ()}

    def convert(argument: Argument, variables: VariableValues | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        coerce_argument(found, node, argument.name, argument.definition, argument.given, variables, None)
        return convert_arguments(found, [argument.strawberry], scalar_registry=registry, config=config)

    fixed: dict[str, Any] = {}
    passed: list[Passed] = []
    others: list[Argument] = []
    for one in arguments:
        name = config.name_converter.from_argument(one)
        argument = Argument(name, field.args[name], one, nodes.get(name))
        plain = is_plain(argument)
        if argument.variable is not None and plain:
            nullable = not isinstance(argument.definition.type, GraphQLNonNull)
            absent = attempted(convert, argument._replace(given=None))
            passed.append(Passed(str(one.python_name), argument.variable, nullable, absent))
            continue
        known = attempted(convert, argument) if argument.variable is None else None
        if known is None or not (plain or all(value is None for value in known.values())):
            others.append(argument)
        else:
            fixed.update(known)

    def keywords(variables: VariableValues) -> dict[str, Any]:
        made, values = fixed.copy(), variables.coerced
        for keyword, variable, nullable, absent in passed:
            value = values.get(variable)
            if value is not None or (nullable and variable in values):
                made[keyword] = value
            elif absent is not None and variable not in values:
                made.update(absent)
            else:
                raise GraphQLError(f"'{keyword}' has no value.")
        for argument in others:
            made.update(convert(argument, variables))
        return made

    return keywords


def attempted(convert: Callable[..., dict[str, Any]], argument: Argument) -> dict[str, Any] | None:
    """The keyword arguments that need no variables; None where there are none without."""
    try:
        return convert(argument, None)
    except GraphQLError:
        return None


def is_plain(argument: Argument) -> bool:
    """Whether Strawberry passes on what graphql-core makes of it, and executions may share that."""
    if argument.given is not None and isinstance(argument.given.value, ListValueNode | ObjectValueNode):
        return False  # of a scalar that takes anything
    type_, made = argument.definition.type, argument.strawberry.type
    while isinstance(made, StrawberryOptional) and not isinstance(made, StrawberryMaybe):
        made = made.of_type
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return is_leaf_type(inner) and not isinstance(made, StrawberryMaybe) and made is not GlobalID
