"""`Columns` is a list of records, whichever way one takes them."""

from typing import NamedTuple

import pytest

from resolvers.graph.columnar import Columns, column_of


class Point(NamedTuple):
    x: int
    y: str

    @property
    def both(self) -> str:
        return f"{self.x}{self.y}"


ROWS = [["before", 1, "a"], ["before", 2, "b"], ["before", 3, "c"]]
RECORDS = [Point(1, "a"), Point(2, "b"), Point(3, "c")]


def points() -> Columns[Point]:
    return Columns(Point, [column_of(ROWS, place) for place in (1, 2)])


def test_records_are_those_of_the_table():
    listed = points()
    assert list(listed) == RECORDS
    assert list(listed) == RECORDS  # also when taken again
    assert {type(record) for record in listed} == {Point}
    assert (len(listed), listed[0], listed[-1], listed.index(Point(2, "b"))) == (3, RECORDS[0], RECORDS[2], 1)


def test_a_slice_is_columns_too():
    part = points()[1:]
    assert type(part) is Columns
    assert (list(part), list(part.column("y"))) == (RECORDS[1:], ["b", "c"])
    assert list(points()[:0]) == []


def test_a_column_is_a_field_or_another_attribute_of_all():
    assert (points().column("x"), points().column("both")) == ([1, 2, 3], ["1a", "2b", "3c"])
    with pytest.raises(AttributeError):
        points().column("z")


def test_no_rows_are_no_records():
    nothing = Columns(Point, [column_of([], place) for place in (0, 1)])
    assert (len(nothing), list(nothing), list(nothing.column("x"))) == (0, [], [])


def test_there_are_as_many_columns_as_fields():
    with pytest.raises(ValueError, match="shorter"):
        Columns(Point, [[1]])


def test_columns_are_equally_long():
    uneven = Columns(Point, [[1, 2], ["a"]])
    with pytest.raises(ValueError, match="shorter"):
        list(uneven)
