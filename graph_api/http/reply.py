"""Responses as bytes and headers. Starlette's class costs more than encoding a small query."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from starlette.types import Send

from graph_api.http.media import MediaType

FIXED = {
    media: (
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    )
    for media in MediaType
}


class Reply(NamedTuple):
    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]]

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def json_reply(content: Any, status: int, media: MediaType, headers: Mapping[str, str] | None = None) -> Reply:
    body = encode(content)
    own = [(b"content-length", b"%d" % len(body)), *FIXED[media]]
    if headers:
        own.extend((name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items())
    return Reply(status, body, own)


def empty_reply(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, b"", [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()])


def encode(content: Any) -> bytes:
    """JSON. Values that orjson does not support (integers beyond 64 bits, nesting beyond 254) use the slower `json`."""
    try:
        return orjson.dumps(content)
    except TypeError:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
