"""Records of which only some fields were read: less for the database to look up, to send and to decode.

Cypher reads the properties named in a parameter (`[key IN $ask.keys | p[key]]`), so one text serves every choice. A
part has the chosen fields alone: to ask it for another one is an `AttributeError` and not a silent null.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, cast

from resolvers.model.naming import camel

# What clients choose is theirs; each choice is a class, and these are kept.
KEPT = 2048


@lru_cache(maxsize=KEPT)
def fields_of(record: type, asked: frozenset[str] | tuple[str, ...], *always: str) -> tuple[str, ...]:
    """The fields of `record` that are asked for or always needed, in the record's order."""
    fields: tuple[str, ...] = record._fields
    return tuple(field for field in fields if field in asked or field in always)


def keys_of(fields: Sequence[str]) -> list[str]:
    """The properties that hold these fields."""
    return [camel(field) for field in fields]


@lru_cache(maxsize=KEPT)
def part_of(record: type, fields: tuple[str, ...], before: tuple[str, ...] = ()) -> type:
    """The class of parts of `record` with these fields; `before` are fields of other things that a row starts with."""
    if not before and fields == record._fields:
        return record
    values = namedtuple(record.__name__, (*before, *fields))
    return type(record.__name__, (values,), {"__slots__": (), "part_of": record})


def maker(record: type, fields: tuple[str, ...], before: tuple[str, ...] = ()) -> Callable[[Sequence[Any]], Any]:
    """Makes a part of each row; the row has as many values as there are fields."""
    return cast("Callable[[Sequence[Any]], Any]", partial(tuple.__new__, part_of(record, fields, before)))


def is_part(value: Any, record: type) -> bool:
    """Whether `value` is such a record, whole or in part."""
    return isinstance(value, record) or getattr(type(value), "part_of", None) is record
