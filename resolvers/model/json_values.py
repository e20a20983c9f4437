"""JSON values that the graph can store exactly: integers of 64 bits, finite numbers, valid Unicode."""

from math import isfinite
from typing import Any, Final, NamedTuple

SMALLEST: Final = -(2**63)
LARGEST: Final = 2**64 - 1


class ValueFault(NamedTuple):
    """`path` leads to the value from the root."""

    path: tuple[str, ...]
    message: str


def storable_fault(value: Any) -> ValueFault | None:
    """The first value that would not come back as it was given; None when all would."""
    pending: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while pending:
        path, one = pending.pop()
        if isinstance(one, dict):
            keys = [key for key in one if not is_unicode(key)]
            if keys:
                return ValueFault(path, "A key contains invalid Unicode: an unpaired surrogate.")
            pending += [((*path, str(key)), inner) for key, inner in reversed(one.items())]
        elif isinstance(one, list | tuple):
            pending += [((*path, str(place)), inner) for place, inner in reversed(list(enumerate(one)))]
        elif (message := scalar_problem(one)) is not None:
            return ValueFault(path, message)
    return None


def scalar_problem(value: Any) -> str | None:
    if isinstance(value, str):
        return None if is_unicode(value) else "This text has broken Unicode: half of a surrogate pair."
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return None if SMALLEST <= value <= LARGEST else "This integer is beyond 64 bits: give it as text to keep it."
    if isinstance(value, float):
        return None if isfinite(value) else "This number is not finite, or beyond what 64 bits hold."
    return "JSON cannot hold this value."


def is_unicode(text: Any) -> bool:
    try:
        return bool(text.encode() or True)
    except (AttributeError, UnicodeEncodeError):
        return False
