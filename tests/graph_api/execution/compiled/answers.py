"""Comparison of the answers of two executors."""

from typing import Any

import orjson

Errors = dict[tuple[str | int, ...], dict[str, Any]]


def assert_alike(stock: dict[str, Any], compiled: dict[str, Any]) -> None:
    """Same data, an error for each null that has one, and equal errors where they are of the same field.

    graphql-core runs fields side by side: of several fields below one null it reports the one that failed first.
    """
    assert orjson.dumps(compiled.get("data", "none")) == orjson.dumps(stock.get("data", "none"))
    ours, theirs = by_null(compiled), by_null(stock)
    assert ours.keys() == theirs.keys()
    for null, error in ours.items():
        assert tuple(error.get("path", ()))[: len(null)] == null
        if error.get("path") == theirs[null].get("path"):
            assert orjson.dumps(error) == orjson.dumps(theirs[null])


def by_null(payload: dict[str, Any]) -> Errors:
    """The error that explains each null. One that was met below a null before that null grew is earlier in the list."""
    return {null_at(payload.get("data"), error.get("path", [])): error for error in payload.get("errors", [])}


def null_at(data: Any, path: list[str | int]) -> tuple[str | int, ...]:
    """The beginning of `path` that leads to a null."""
    for length, step in enumerate(path):
        if data is None:
            return tuple(path[:length])
        data = data[step]
    return tuple(path)
