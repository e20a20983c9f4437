"""Instants as the graph keeps them: UTC, ISO 8601, always microseconds and `Z`, e.g. `2026-11-22T09:00:00.000000Z`.

Fixed-width text sorts by time, crosses Bolt undecoded and goes out to JSON as it is; a native temporal costs a
conversion per value, which is most of the time of a large read.
"""

from datetime import UTC, datetime

WIDTH = len("2026-11-22T09:00:00.000000Z")


def now() -> str:
    return to_text(datetime.now(UTC))


def to_text(moment: datetime) -> str:
    """Raises ValueError for a naive datetime: a time without its zone is a guess."""
    if moment.tzinfo is None:
        raise ValueError("needs a time zone, e.g. 2026-11-22T09:00:00Z")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(instant: str) -> datetime:
    return datetime.fromisoformat(instant)
