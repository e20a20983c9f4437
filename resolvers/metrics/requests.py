"""Reported requests to a data product, and their sums per minute."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from resolvers.metrics.sketch import Sketch
from resolvers.model import clock
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.model.json_values import scalar_problem

MAX_RECORDS = 10_000
MAX_FAULTS = 20
MAX_DURATION = timedelta(days=1)
FUTURE = timedelta(minutes=5)
OLDEST = timedelta(days=400)
RECENT = 1_000
KEYS = frozenset({"time", "duration", "status", "size", "error"})
FAILED = frozenset({"error", "failed", "failure"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PACKED = struct.Struct("<qq?")


class RequestRecord(NamedTuple):
    """One request. `time` and `duration` are whole microseconds, of the epoch and of length; `size` is bytes."""

    time: int
    duration: int
    success: bool
    size: int


class Bucket(NamedTuple):
    """The requests that started in one minute, hour or day from `start`; `sketch` is of their durations."""

    size: str
    start: str
    total: int
    errors: int
    bytes: int
    sketch: Sketch


def parse(records: Sequence[Any], now: datetime) -> list[RequestRecord]:
    """Raises `UserFaults` with the first faults of the batch and their paths: a batch is taken whole or not at all."""
    if len(records) > MAX_RECORDS:
        raise UserFault(
            UserErrorCode.INVALID_INPUT,
            f"A batch has at most {MAX_RECORDS} records; this has {len(records)}.",
            ("records",),
        )
    parsed: list[RequestRecord] = []
    faults: list[UserFault] = []
    for at, record in enumerate(records):
        try:
            parsed.append(parse_one(record, now))
        except ValueError as error:
            faults.append(UserFault(UserErrorCode.INVALID_INPUT, str(error), ("records", str(at))))
            if len(faults) == MAX_FAULTS:
                break
    if faults:
        raise UserFaults(faults)
    return parsed


def parse_one(record: Any, now: datetime) -> RequestRecord:
    """`record` has time (ISO 8601 with zone), duration (seconds), and may have status, size (bytes) and error.

    It failed if it has an error, the status error or failed, or an HTTP status from 500. Raises ValueError.
    """
    if not isinstance(record, Mapping):
        raise ValueError("A record is an object with time and duration.")
    if unknown := sorted(map(str, record.keys() - KEYS)):
        raise ValueError(f"Unknown key '{unknown[0][:100]}'; a record has {', '.join(sorted(KEYS))}.")
    moment = moment_of(record.get("time"))
    if not now - OLDEST <= moment <= now + FUTURE:
        raise ValueError(f"`time` lies at most {OLDEST.days} days back and five minutes ahead.")
    return RequestRecord(
        round((moment - EPOCH) / timedelta(microseconds=1)),
        round(number(record.get("duration"), "duration", MAX_DURATION.total_seconds()) * 1e6),
        succeeded(record.get("status"), record.get("error")),
        round(number(0 if record.get("size") is None else record["size"], "size", 1e15)),
    )


def moment_of(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("`time` is ISO 8601 with a time zone, e.g. 2026-11-22T09:00:00Z.") from None
    if moment.tzinfo is None:
        raise ValueError("`time` needs a time zone, e.g. 2026-11-22T09:00:00Z.")
    return moment


def number(value: Any, name: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or scalar_problem(value):
        raise ValueError(f"`{name}` is a number.")
    if not 0 <= value <= most:
        raise ValueError(f"`{name}` is from 0 to {most:g}.")
    return value


def succeeded(status: Any, error: Any) -> bool:
    if error not in (None, "", False):
        return False
    if status is None:
        return True
    text = str(status).strip().lower()
    if text.isascii() and text.isdigit():
        return int(text[:9]) < 500
    return text not in FAILED


def per_minute(records: Iterable[RequestRecord]) -> list[Bucket]:
    """By time."""
    minutes: dict[int, list[RequestRecord]] = {}
    for record in records:
        minutes.setdefault(record.time // 60_000_000, []).append(record)
    return [bucket_of(minute, group) for minute, group in sorted(minutes.items())]


def bucket_of(minute: int, records: Sequence[RequestRecord]) -> Bucket:
    sketch = Sketch()
    for record in records:
        sketch.add(record.duration)
    start = clock.to_text(EPOCH + timedelta(minutes=minute))
    errors = sum(not record.success for record in records)
    return Bucket("MINUTE", start, len(records), errors, sum(record.size for record in records), sketch)


def latest(packed: bytes | bytearray, records: Iterable[RequestRecord]) -> bytes:
    """The `RECENT` latest of both by time, packed; the same in whatever order batches arrive."""
    everything = sorted([*PACKED.iter_unpack(packed), *((r.time, r.duration, r.success) for r in records)])
    return b"".join(PACKED.pack(*one) for one in everything[-RECENT:])


def unpack(packed: bytes | bytearray, last: int) -> list[RequestRecord]:
    """The latest `last` of those packed, the oldest first."""
    rows = [RequestRecord(time, duration, success, 0) for time, duration, success in PACKED.iter_unpack(packed)]
    return rows[-last:]
