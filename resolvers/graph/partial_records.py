"""Partial records: records with only those fields that were read.

Cypher reads the properties named in a parameter (`[key IN $arguments.keys | p[key]]`), so one text serves every
selection. Access to a field that was not read raises `AttributeError` and never returns null.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, cast

from resolvers.model.naming import camel

# Each selection of fields is a class. Clients choose the selections, so the cache is bounded.
KEPT = 2048


@lru_cache(maxsize=KEPT)
def fields_of(record: type, requested: frozenset[str] | tuple[str, ...], *always: str) -> tuple[str, ...]:
    """The fields of `record` that are requested or always needed, in the record's order."""
    fields: tuple[str, ...] = record._fields
    return tuple(field for field in fields if field in requested or field in always)


def keys_of(fields: Sequence[str]) -> list[str]:
    """Names of the properties that hold these fields."""
    return [camel(field) for field in fields]


@lru_cache(maxsize=KEPT)
def part_of(record: type, fields: tuple[str, ...], before: tuple[str, ...] = ()) -> type:
    """The class of partial records with these fields. `before` are fields of other things at the start of a row."""
    if not before and fields == record._fields:
        return record
    values = namedtuple(record.__name__, (*before, *fields))
    return type(record.__name__, (values,), {"__slots__": (), "part_of": record})


def maker(record: type, fields: tuple[str, ...], before: tuple[str, ...] = ()) -> Callable[[Sequence[Any]], Any]:
    """A function that makes a partial record of a row, which has one value for each field."""
    return cast("Callable[[Sequence[Any]], Any]", partial(tuple.__new__, part_of(record, fields, before)))


def is_part(value: Any, record: type) -> bool:
    """Whether `value` is a `record`, whole or partial."""
    return isinstance(value, record) or getattr(type(value), "part_of", None) is record
