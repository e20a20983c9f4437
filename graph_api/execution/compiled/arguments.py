"""Converts the arguments of a field for its resolver.

The arguments of a field and the values of literals are known as soon as the operation is, so they are computed once.
Only variables differ between runs: scalars and enums are passed unchanged, and the conversion of other values depends
on their type alone.
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
)
from graphql.execution.values import VariableValues, coerce_argument
from strawberry import Schema
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryMaybe

from graph_api.execution.compiled.inputs import Made, as_it_is, input_maker


class Argument(NamedTuple):
    """An argument of a field with what the operation gives it, None for nothing."""

    name: str
    keyword: str
    definition: GraphQLArgument
    make: Made
    argument_node: ArgumentNode | None

    @property
    def variable(self) -> str | None:
        return (
            self.argument_node.value.name.value
            if self.argument_node and isinstance(self.argument_node.value, VariableNode)
            else None
        )


class Passed(NamedTuple):
    """A variable that is a whole argument, with what is made of its value. `absent`: the keyword arguments without it,
    None if it is required."""

    keyword: str
    variable: str
    nullable: bool
    make: Made
    absent: Mapping[str, Any] | None


def converter(
    schema: Schema, field: GraphQLField, node: FieldNode, arguments: list[StrawberryArgument]
) -> Callable[[VariableValues], dict[str, Any]]:
    """What makes the keyword arguments of the resolver from an execution's variables. It raises where graphql-core and
    Strawberry do, not always with their words."""
    nodes = {argument_node.name.value: argument_node for argument_node in node.arguments or ()}

    def convert(argument: Argument, variables: VariableValues | None) -> dict[str, Any]:
        coerced: dict[str, Any] = {}
        coerce_argument(coerced, node, argument.name, argument.definition, argument.argument_node, variables, None)
        return {argument.keyword: argument.make(coerced[argument.name])} if argument.name in coerced else {}

    fixed: dict[str, Any] = {}
    passed: list[Passed] = []
    others: list[Argument] = []
    for one in arguments:
        name = schema.config.name_converter.from_argument(one)
        make = input_maker(schema, one.type)
        argument = Argument(name, str(one.python_name), field.args[name], make, nodes.get(name))
        plain = is_plain(argument)
        if argument.variable is not None and not isinstance(one.type, StrawberryMaybe):
            nullable = not isinstance(argument.definition.type, GraphQLNonNull)
            absent = attempted(convert, argument._replace(argument_node=None))
            if plain or absent is None or may_be_shared(absent):
                passed.append(Passed(argument.keyword, argument.variable, nullable, make, absent))
                continue
        constant = attempted(convert, argument) if argument.variable is None else None
        if constant is None or not (plain or may_be_shared(constant)):
            others.append(argument)
        else:
            fixed.update(constant)

    def keywords(variables: VariableValues) -> dict[str, Any]:
        made, values = fixed.copy(), variables.coerced
        for keyword, variable, nullable, make, absent in passed:
            value = values.get(variable)
            if value is not None or (nullable and variable in values):
                made[keyword] = make(value)
            elif absent is not None and variable not in values:
                made.update(absent)
            else:
                raise GraphQLError(f"'{keyword}' has no value.")
        for argument in others:
            made.update(convert(argument, variables))
        return made

    return keywords


def may_be_shared(keywords: Mapping[str, Any]) -> bool:
    return all(value is None for value in keywords.values())


def attempted(convert: Callable[..., dict[str, Any]], argument: Argument) -> dict[str, Any] | None:
    """The keyword arguments that need no variables; None where there are none without."""
    try:
        return convert(argument, None)
    except GraphQLError:
        return None


def is_plain(argument: Argument) -> bool:
    """Whether Strawberry passes on what graphql-core makes of it, and executions may share that."""
    if argument.argument_node is not None and isinstance(argument.argument_node.value, ListValueNode | ObjectValueNode):
        return False  # of a scalar that takes anything
    return argument.make is as_it_is
