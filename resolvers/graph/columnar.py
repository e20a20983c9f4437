"""A sequence of records stored as columns.

A large answer is completed column by column, so a record is created only when one is accessed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Self, TypeVar, overload

T = TypeVar("T", bound=tuple[Any, ...])


class Columns(Sequence[T]):
    """A sequence of `record`s, a named tuple class. `columns` hold the values of all its fields, in field order and of
    equal length.
    """

    __slots__ = ("_columns", "_made", "record")

    def __init__(self, record: type[T], columns: Sequence[Sequence[Any]]) -> None:
        self.record = record
        self._columns: Mapping[str, Sequence[Any]] = dict(zip(record._fields, columns, strict=True))  # type: ignore[attr-defined]
        self._made: list[T] | None = None

    def column(self, name: str) -> Sequence[Any]:
        """The values of one attribute for all records."""
        column = self._columns.get(name)
        return [getattr(record, name) for record in self] if column is None else column

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def __iter__(self) -> Iterator[T]:
        if self._made is None:
            self._made = list(map(self._make, zip(*self._columns.values(), strict=True)))
        return iter(self._made)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Self: ...
    def __getitem__(self, place: int | slice) -> T | Self:
        values = [column[place] for column in self._columns.values()]
        return type(self)(self.record, values) if isinstance(place, slice) else self._make(values)

    def __repr__(self) -> str:
        return f"Columns({list(self)!r})"

    @property
    def _make(self) -> Callable[[Sequence[Any]], T]:
        return partial(tuple.__new__, self.record)


def column_of(rows: Sequence[Sequence[Any]], place: int) -> list[Any]:
    return list(map(itemgetter(place), rows))
