"""Custom scalars. Output is the graph's text unchanged; input is validated."""

import re
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, Undefined, ValueNode, value_from_ast_untyped
from strawberry.scalars import JSON

from resolvers.model import clock

DateTime = NewType("DateTime", str)
Date = NewType("Date", str)
BigInt = NewType("BigInt", int)
Duration = NewType("Duration", str)

DURATION = re.compile(r"P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII)


def identity(value: Any) -> Any:
    return value


def parse_date_time(value: Any) -> str:
    """UTC text as the graph keeps it, e.g. `2026-11-22T10:00:00+01:00` becomes `2026-11-22T09:00:00.000000Z`."""
    try:
        return clock.parse(value)
    except ValueError as error:
        raise GraphQLError(str(error)) from error


def parse_date(value: Any) -> str:
    try:
        return clock.parse_day(value)
    except ValueError as error:
        raise GraphQLError(str(error)) from error


def parse_duration(value: Any) -> str:
    if not isinstance(value, str) or not DURATION.fullmatch(value):
        raise GraphQLError(f"{value!r} is not a duration: give ISO 8601, e.g. PT4H, P30D or P1DT12H.")
    return value


def parse_json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    """The JSON of a literal. A variable in it that was left out leaves its key out, and is null in a list, as in any
    input object."""
    return without_absent(value_from_ast_untyped(node, variables))


def without_absent(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_absent(one) for key, one in value.items() if one is not Undefined}
    if isinstance(value, list):
        return [None if one is Undefined else without_absent(one) for one in value]
    return value


SCALARS = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="An instant, ISO 8601, from 1970 to 9999. Answers are UTC: 2026-11-22T09:00:00.000000Z.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=identity,
        parse_value=parse_date_time,
    ),
    Date: strawberry.scalar(
        name="Date",
        description="A calendar day, ISO 8601: 2027-06-30.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=identity,
        parse_value=parse_date,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number that may be beyond 32 bits, as a JSON number.",
        serialize=identity,
        parse_value=identity,
    ),
    Duration: strawberry.scalar(
        name="Duration",
        description="An ISO 8601 duration in days and smaller units: PT4H, P30D, P1DT12H.",
        serialize=identity,
        parse_value=parse_duration,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value: an object, a list, a string, a number, true, false or null.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc8259",
        serialize=identity,
        parse_value=identity,
        parse_literal=parse_json_literal,
    ),
}
