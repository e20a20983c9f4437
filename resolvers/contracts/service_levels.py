"""Direction of service levels, and their comparison.

A target of 200 ms meets a required latency of 500 ms; an availability of 0.98 misses a required 0.99. The direction is
a property of the metric, never of the number.
"""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category as category_of
from unicodedata import normalize


class Better(StrEnum):
    HIGHER = "HIGHER"
    LOWER = "LOWER"


# A metric is known when a word of its name is: `latency_p95`, `p95Latency`, `error_rate`.
LOWER_WORDS = frozenset(
    {"latency", "freshness", "delay", "lag", "staleness", "age", "response", "duration", "downtime", "outage", "mttr"}
    | {
        "mttd",
        "rpo",
        "rto",
        "error",
        "errors",
        "failure",
        "failures",
        "incidents",
        "defects",
        "duplicates",
        "nulls",
        "cost",
    }
)
HIGHER_WORDS = frozenset(
    {"availability", "uptime", "reliability", "throughput", "success", "coverage", "precision", "recall", "quality"}
    | {"completeness", "accuracy", "consistency", "validity", "timeliness", "uniqueness", "conformity"}
)

# unit -> (dimension, how many of the dimension's base unit)
UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds", "millis"), ("time", 0.001)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), ("time", 1.0)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), ("time", 60.0)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), ("time", 3600.0)),
    **dict.fromkeys(("d", "day", "days"), ("time", 86_400.0)),
    **dict.fromkeys(("%", "percent", "percentage", "pct"), ("share", 0.01)),
    **dict.fromkeys(("ratio", "share", "fraction", "1"), ("share", 1.0)),
}
_SUFFIX_UNITS = frozenset(unit for unit in UNITS if len(unit) > 1)


class Level(NamedTuple):
    """A number and its unit as given; `unit` None means a plain number."""

    target: float
    unit: str | None


def words_of(metric: str) -> list[str]:
    """The words of a name in any script, without case: `p95LatencyMs` -> p 95 latency ms. Words are separated by white
    space and punctuation, at a seam of case (`latencyMs`) and between letters and digits; `%` is a word."""
    words: list[str] = []
    before = ""
    text = normalize("NFC", metric)
    for place, letter in enumerate(text):
        kind = kind_of(letter)
        if kind:
            if words and before and not starts_word(before, kind, text[place + 1 : place + 2]):
                words[-1] += letter
            else:
                words.append(letter)
        # A combining mark belongs to the letter that it stands on.
        before = before if kind == "mark" and before else kind
    return [word.casefold() for word in words] or [text]


def kind_of(letter: str) -> str:
    """upper, digit, mark, % or other; empty for what separates words."""
    if letter == "%":
        return "%"
    category = category_of(letter)
    if category[0] in "ZPC":
        return ""
    return {"Lu": "upper", "Lt": "upper", "Nd": "digit"}.get(category, "mark" if category[0] == "M" else "other")


def starts_word(before: str, kind: str, following: str) -> bool:
    if kind == "mark":
        return False
    if before == kind == "upper":  # the last capital of `SLALatency` begins a word
        return following.islower()
    if kind == "upper":
        return True
    if before == "upper" and kind == "other":
        return False
    return before != kind


@lru_cache(maxsize=1_000)
def direction_of(metric: str) -> Better | None:
    """The direction in which a metric is better; None if its name does not determine one."""
    words = set(words_of(metric))
    lower, higher = bool(words & LOWER_WORDS), bool(words & HIGHER_WORDS)
    if lower == higher:
        return None
    return Better.LOWER if lower else Better.HIGHER


@lru_cache(maxsize=1_000)
def split_metric(metric: str) -> tuple[str, str | None]:
    """The metric's key for comparing names, and the unit its name ends in: `latency_ms` -> ("latency", "ms")."""
    words = words_of(metric)
    if len(words) > 1 and words[-1] in _SUFFIX_UNITS:
        return " ".join(words[:-1]), words[-1]
    return " ".join(words), None


def meets(offered: Level, required: Level, better: Better) -> bool | None:
    """Whether `offered` is at least as good as `required`; None when their units cannot be compared.

    A side without a unit is read in the unit of the other, but a plain share (0 to 1) beside a percentage stays one.
    """
    left, right = _base(offered, required.unit), _base(required, offered.unit)
    if left is None or right is None or left[0] != right[0]:
        return None
    slack = 1e-9 * max(abs(left[1]), abs(right[1]))
    return left[1] >= right[1] - slack if better is Better.HIGHER else left[1] <= right[1] + slack


def _base(level: Level, other: str | None) -> tuple[str, float] | None:
    if level.unit is None and other is None:
        return "number", level.target
    unit = (level.unit or other or "").strip().lower()
    if level.unit is None and unit in UNITS and UNITS[unit][0] == "share" and level.target <= 1:
        return "share", level.target
    if unit not in UNITS:
        return f"unit {unit}", level.target
    dimension, factor = UNITS[unit]
    return dimension, level.target * factor
