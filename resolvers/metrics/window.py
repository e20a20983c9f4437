"""Request metrics of a product over a span of time or its last requests."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, LiteralString, NamedTuple

from resolvers.graph.store import Store
from resolvers.metrics.requests import unpack
from resolvers.metrics.sketch import Sketch, merged
from resolvers.model import clock

DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
LONGEST = timedelta(days=36_500)


class Window(NamedTuple):
    """Requests that started from `since` until `until`; `sketch` is of their durations in microseconds."""

    since: str | None
    until: str
    total: int
    errors: int
    sketch: Sketch

    @property
    def success_rate(self) -> float | None:
        return (self.total - self.errors) / self.total if self.total else None

    @property
    def error_rate(self) -> float | None:
        return self.errors / self.total if self.total else None

    def seconds(self, share: float) -> float | None:
        """A quantile of the durations."""
        value = self.sketch.quantile(share)
        return None if value is None else value / 1e6

    @property
    def mean(self) -> float | None:
        value = self.sketch.mean()
        return None if value is None else value / 1e6


def length(duration: str) -> timedelta:
    """Of an ISO 8601 duration in days and less. Raises ValueError for another text."""
    match = DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(f"'{duration[:50]}' is not an ISO 8601 duration of days or less, e.g. PT4H or P30D")
    days, hours, minutes, seconds = (float(part) if part else 0.0 for part in match.groups())
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return timedelta(seconds=min(whole, LONGEST.total_seconds()))


# A bucket belongs to the window in which it starts: hours and days of the past are not split again.
BUCKETS: LiteralString = """
UNWIND $arguments.ids AS id
CALL (id) {
  MATCH (b:RequestBucket {productId: id}) WHERE b.start >= $arguments.since AND b.start < $arguments.until
  RETURN collect([b.total, b.errors, b.sketch]) AS buckets
}
RETURN collect(buckets)
"""


async def windows(store: Store, ids: Sequence[str], since: str, until: str) -> list[Window]:
    """Aligned with `ids`."""
    rows = await store.read(BUCKETS, arguments={"ids": list(ids), "since": since, "until": until}) or []
    return [window_of(buckets, since, until) for buckets in rows]


def window_of(buckets: Sequence[Any], since: str, until: str) -> Window:
    return Window(
        since,
        until,
        sum(bucket[0] for bucket in buckets),
        sum(bucket[1] for bucket in buckets),
        merged(bucket[2] for bucket in buckets),
    )


def start_of(duration: str, now: str) -> str:
    """The minute in which a window of that length that ends now begins. Raises ValueError."""
    moment = clock.from_text(now) - length(duration)
    return clock.to_text(moment.replace(second=0, microsecond=0))


RECENT: LiteralString = """
UNWIND $arguments.ids AS id
OPTIONAL MATCH (m:ProductMetrics {productId: id})
RETURN collect(coalesce(m.recent, $arguments.empty))
"""


async def last_requests(store: Store, ids: Sequence[str], last: int, now: str) -> list[Window]:
    """Of the latest `last` requests (at most 1,000) of each product. Aligned with `ids`."""
    packed = await store.read(RECENT, arguments={"ids": list(ids), "empty": b""}) or []
    return [_window(unpack(one, last), now) for one in packed]


def _window(records: Sequence[Any], now: str) -> Window:
    sketch = Sketch()
    for record in records:
        sketch.add(record.duration)
    return Window(None, now, len(records), sum(not record.success for record in records), sketch)
