"""Answers of two executors, made comparable."""

from typing import Any

import orjson


def explained(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with one error for each null, in a fixed order.

    graphql-core runs fields side by side. An error that it met below a null before that null grew is still in its list;
    the one that made the null is the last.
    """
    if "errors" not in payload or "data" not in payload:
        return payload
    by_null = {null_at(payload["data"], error.get("path", [])): error for error in payload["errors"]}
    return {**payload, "errors": sorted(by_null.values(), key=orjson.dumps)}


def null_at(data: Any, path: list[str | int]) -> tuple[str | int, ...]:
    """The beginning of `path` that leads to a null."""
    for length, step in enumerate(path):
        if data is None:
            return tuple(path[:length])
        data = data[step]
    return tuple(path)
