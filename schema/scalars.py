"""The scalars beyond GraphQL's own. The graph's text goes out as it is; what comes in is checked."""

import re
from datetime import datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON

from resolvers.model import clock

DateTime = NewType("DateTime", str)
Duration = NewType("Duration", str)

DURATION = re.compile(r"P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII)


def identity(value: Any) -> Any:
    return value


def parse_date_time(value: Any) -> str:
    """UTC text as the graph keeps it, e.g. `2026-11-22T10:00:00+01:00` becomes `2026-11-22T09:00:00.000000Z`."""
    try:
        return clock.to_text(datetime.fromisoformat(value))
    except (ValueError, TypeError, OverflowError) as error:
        raise GraphQLError(
            f"{value!r} is no instant: give ISO 8601 with a time zone, e.g. 2026-11-22T09:00:00Z."
        ) from error


def parse_duration(value: Any) -> str:
    if not isinstance(value, str) or not DURATION.fullmatch(value):
        raise GraphQLError(f"{value!r} is no duration: give ISO 8601, e.g. PT4H, P30D or P1DT12H.")
    return value


SCALARS = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="An instant, ISO 8601. Answers are UTC with microseconds: 2026-11-22T09:00:00.000000Z.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=identity,
        parse_value=parse_date_time,
    ),
    Duration: strawberry.scalar(
        name="Duration",
        description="A length of time, ISO 8601 in days and less: PT4H, P30D, P1DT12H.",
        serialize=identity,
        parse_value=parse_duration,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value: an object, a list, a string, a number, true, false or null.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc8259",
        serialize=identity,
        parse_value=identity,
    ),
}
