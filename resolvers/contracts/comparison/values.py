"""JSON values as hashable, exactly comparable ones: 1 and 1.0 are equal, True and 1 are not, numbers are fractions."""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator, FancyRegexOptions

TYPES = ("null", "boolean", "number", "string", "array", "object")
REGEX = FancyRegexOptions(backtrack_limit=20_000)
# The formats that JSON Schema defines, all of strings. Any other may say something of any type.
STRING_FORMATS = frozenset(
    [
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uuid",
        "uri-template",
        "json-pointer",
        "relative-json-pointer",
        "regex",
    ]
)


def exact(number: int | float | Decimal) -> Fraction:
    """The number as its shortest text says it: 0.07 is seven hundredths."""
    if isinstance(number, float):
        return Fraction(Decimal(repr(number)))
    return Fraction(number)


def freeze(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ("b", value)
    if isinstance(value, int | float | Decimal):
        return exact(value)
    if isinstance(value, list | tuple):
        return ("l", tuple(freeze(item) for item in value))
    return ("d", frozenset((name, freeze(item)) for name, item in value.items()))


def thaw(frozen: Any) -> Any:
    if isinstance(frozen, Fraction):
        if frozen.denominator == 1 and -(2**63) <= frozen < 2**64:
            return int(frozen)
        return float(frozen)
    if not isinstance(frozen, tuple):
        return frozen
    kind, content = frozen
    if kind == "b":
        return content
    if kind == "l":
        return [thaw(item) for item in content]
    return {name: thaw(item) for name, item in sorted(content)}


def type_of(frozen: Any) -> str:
    if frozen is None:
        return "null"
    if isinstance(frozen, str):
        return "string"
    if isinstance(frozen, Fraction):
        return "number"
    return {"b": "boolean", "l": "array", "d": "object"}[frozen[0]]


@lru_cache(maxsize=2_000)
def _pattern(pattern: str) -> Draft202012Validator | None:
    try:
        return Draft202012Validator({"pattern": pattern}, pattern_options=REGEX)
    except ValueError:
        return None


@lru_cache(maxsize=20_000)
def matches(pattern: str, text: str) -> bool | None:
    """None where the engine gives up."""
    validator = _pattern(pattern)
    if validator is None or len(text) > 10_000:
        return None
    try:
        return validator.is_valid(text)
    except ValueError:
        return None


@lru_cache(maxsize=500)
def _format(name: str) -> Draft202012Validator:
    return Draft202012Validator({"format": name}, validate_formats=True)


def formatted(name: str, text: str, asserted: bool) -> bool | None:
    """True for a text that has the format. Not every validator checks formats: only if `asserted` can it fail one."""
    if name not in STRING_FORMATS:
        return None
    try:
        return True if _format(name).is_valid(text) else False if asserted else None
    except ValueError:
        return None
