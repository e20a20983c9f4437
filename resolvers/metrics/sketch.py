"""DDSketch: quantiles of durations with 1 % relative error, mergeable in any order.

Counts are integers and sums are whole microseconds, so the same values give the same bytes in whatever order and
grouping they were added. Values are microseconds.
"""

import math
from collections.abc import Iterable

ERROR = 0.01
GAMMA = (1 + ERROR) / (1 - ERROR)
LOG_GAMMA = math.log(GAMMA)
VERSION = 1


class Sketch:
    """`count` values with the sum `total`; `zeros` are 0. `buckets[k]` counts those in (gamma^(k-1), gamma^k]."""

    __slots__ = ("buckets", "count", "total", "zeros")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.zeros = 0
        self.buckets: dict[int, int] = {}

    def add(self, value: int) -> None:
        """Raises ValueError for a negative value."""
        if value < 0:
            raise ValueError("a duration is not negative")
        self.count += 1
        self.total += value
        if value == 0:
            self.zeros += 1
            return
        key = math.ceil(math.log(value) / LOG_GAMMA)
        self.buckets[key] = self.buckets.get(key, 0) + 1

    def merge(self, other: "Sketch") -> None:
        self.count += other.count
        self.total += other.total
        self.zeros += other.zeros
        for key, count in other.buckets.items():
            self.buckets[key] = self.buckets.get(key, 0) + count

    def quantile(self, share: float) -> float | None:
        """The value below which `share` (0 to 1) of the values lie, within 1 %; None when there are no values."""
        if self.count == 0:
            return None
        rank = share * (self.count - 1)
        passed = self.zeros
        if passed > rank:
            return 0.0
        for key in sorted(self.buckets):
            passed += self.buckets[key]
            if passed > rank:
                return middle(key)
        return middle(max(self.buckets))  # pragma: no cover - rank is below count

    def mean(self) -> float | None:
        return self.total / self.count if self.count else None

    def share_above(self, value: float) -> float | None:
        """Share of the values that are above `value`, within 1 % of `value`; None when there are no values."""
        if self.count == 0:
            return None
        return sum(count for key, count in self.buckets.items() if middle(key) > value) / self.count

    def to_bytes(self) -> bytes:
        """A version byte, then count, total, zeros and the buckets in order, as varints."""
        out = bytearray([VERSION])
        for number in (self.count, self.total, self.zeros):
            append(out, number)
        previous = 0
        for key in sorted(self.buckets):
            delta = key - previous
            append(out, delta * 2 if delta >= 0 else -delta * 2 - 1)
            append(out, self.buckets[key])
            previous = key
        return bytes(out)

    @classmethod
    def from_bytes(cls, data: bytes | bytearray) -> "Sketch":
        """Raises ValueError for bytes of another version."""
        if not data or data[0] != VERSION:
            raise ValueError("not a sketch of this version")
        numbers = list(varints(data[1:]))
        sketch = cls()
        sketch.count, sketch.total, sketch.zeros = numbers[:3]
        key = 0
        for code, count in zip(numbers[3::2], numbers[4::2], strict=True):
            key += code // 2 if code % 2 == 0 else -(code // 2) - 1
            sketch.buckets[key] = count
        return sketch


def merged(sketches: Iterable[bytes | bytearray]) -> Sketch:
    whole = Sketch()
    for data in sketches:
        whole.merge(Sketch.from_bytes(data))
    return whole


def middle(key: int) -> float:
    """The value whose relative distance to both ends of the bucket is the least."""
    return 2 * math.exp(key * LOG_GAMMA) / (GAMMA + 1)


def append(out: bytearray, number: int) -> None:
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def varints(data: bytes | bytearray) -> Iterable[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 127) << shift
        if byte & 128:
            shift += 7
        else:
            yield number
            number = shift = 0
