"""Instants as the graph keeps them: UTC, ISO 8601, always microseconds and `Z`, e.g. `2026-11-22T09:00:00.000000Z`.

Fixed-width text sorts by time, crosses Bolt undecoded and goes out to JSON as it is; a native temporal costs a
conversion per value, which is most of the time of a large read.
"""

import re
from datetime import UTC, date, datetime
from typing import Any, Final

WIDTH = len("2026-11-22T09:00:00.000000Z")


# What is before computers kept the time, or needs five digits of year, is a mistake, and text would sort it wrongly.
FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def now() -> str:
    return to_text(datetime.now(UTC))


def to_text(moment: datetime) -> str:
    """Raises ValueError for a naive datetime: a time without its zone is a guess."""
    if moment.tzinfo is None:
        raise ValueError("needs a time zone, e.g. 2026-11-22T09:00:00Z")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse(value: Any) -> str:
    """The normalised text of an ISO 8601 instant. Raises ValueError with advice."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None and FIRST <= moment <= LAST:
            return to_text(moment)
    except (ValueError, TypeError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(
            f"{value!r:.60} is not a valid time: give ISO 8601 with a time zone, e.g. 2026-11-22T09:00:00Z."
        )
    raise ValueError(f"{value!r:.60} is out of range: times must be between the years 1970 and 9999 (UTC).")


DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def parse_day(value: Any) -> str:
    """The calendar day `2027-06-30`; of an instant with its zone the day of its own clock. Raises ValueError."""
    day = None
    try:
        if isinstance(value, str) and DAY.fullmatch(value):
            day = date.fromisoformat(value)
        elif DAY.match(value) and (moment := datetime.fromisoformat(value)).tzinfo is not None:
            day = moment.date()
    except (ValueError, TypeError):
        pass
    if day is None:
        raise ValueError(f"{value!r:.60} is not a day: give ISO 8601, e.g. 2027-06-30.")
    if day < FIRST.date():
        raise ValueError(f"{value!r:.60} is out of range: days must be between the years 1970 and 9999.")
    return day.isoformat()


def from_text(instant: str) -> datetime:
    return datetime.fromisoformat(instant)
