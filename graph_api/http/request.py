"""Parses an HTTP request into a GraphQL operation. Invalid requests raise `HTTPFailure`."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from graph_api.execution.engine import Operation
from graph_api.http.failure import HTTPFailure
from graph_api.http.media import is_json
from graph_api.json_input import read_json

MAX_NESTING = 100  # of variables and extensions; deeper ones meet recursion limits further in
MAX_PARAMETERS = 20
BODY_SECONDS = 30.0


async def read_body(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    """Raises `HTTPFailure` 413 once the body is known to be longer than `limit` bytes, 408 when it dribbles in."""
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise too_large(limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(receive, limit)
    except TimeoutError as error:
        raise HTTPFailure(
            408, "BODY_TOO_SLOW", f"The request body did not arrive within {BODY_SECONDS:g} s.", {"connection": "close"}
        ) from error


async def _read(receive: Receive, limit: int) -> bytes:
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPFailure(400, "DISCONNECTED", "The request ended before its body did.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def too_large(limit: int) -> HTTPFailure:
    return HTTPFailure(
        413,
        "BODY_TOO_LARGE",
        f"The request body is longer than {limit} bytes: send less, or have the operator raise "
        "MESHWEAVE_MAX_BODY_BYTES.",
        {"connection": "close"},
    )


def require_json(headers: Mapping[str, str]) -> None:
    content_type = headers.get("content-type")
    if content_type is None or not is_json(content_type):
        raise HTTPFailure(
            415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as JSON in UTF-8: `Content-Type: application/json`."
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPFailure(415, "UNSUPPORTED_MEDIA_TYPE", "Compressed requests are not understood: send plain JSON.")


def from_body(body: bytes) -> Operation:
    return to_operation(parse_json(body, "request body"))


def from_query_string(scope: Scope) -> Operation:
    try:
        text = scope["query_string"].decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise bad("The query string is not UTF-8 in percent-encoding, or has too many parameters.") from error
    params: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if name in params:
            params[name] = parse_json(params[name].encode(), f"parameter '{name}'") if params[name] else None
    return to_operation(params)


def parse_json(raw: bytes, where: str) -> Any:
    try:
        return read_json(raw)
    except ValueError as error:
        raise bad(f"The {where} is not valid JSON in UTF-8: {error}.") from error


def to_operation(params: Any) -> Operation:
    if isinstance(params, list):
        raise bad("Batches are not supported: send each operation as a request of its own.")
    if not isinstance(params, dict):
        raise bad('The request must be a JSON object, e.g. {"query": "{ viewer { name } }"}.')
    extensions = mapping(params, "extensions")
    document_id = params.get("documentId")
    if document_id is not None and not isinstance(document_id, str):
        raise bad("`documentId` must be a string or null.")
    query = params.get("query")
    by_name = document_id or extensions.get("persistedQuery") is not None
    if query in (None, "") and by_name:
        query = ""
    elif not isinstance(query, str) or not query:
        raise bad("The request needs a `query`, a string with a GraphQL document.")
    name = params.get("operationName")
    if name is not None and not isinstance(name, str):
        raise bad("`operationName` must be a string or null.")
    # An empty name, as GET forms send it, selects nothing.
    named = (document_id or "").removeprefix("sha256:") or None
    return Operation(query, mapping(params, "variables"), name or None, extensions, named)


def mapping(params: dict[str, Any], key: str) -> dict[str, Any]:
    value = params.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad(f"`{key}` must be an object or null.")
    if value and is_nested_deeper(value, MAX_NESTING):
        raise bad(f"`{key}` nest deeper than {MAX_NESTING} levels.")
    return value


def is_nested_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) in (dict, list)
        ]
        if not level:
            return False
    return True


def bad(message: str) -> HTTPFailure:
    return HTTPFailure(400, "BAD_REQUEST", message)
