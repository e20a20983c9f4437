"""Server-sent events, the "distinct connections" mode of the GraphQL over SSE protocol.

Lines end with LF alone: some gateways' readers take CRLF for the end of the stream.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from starlette.types import Receive, Send

from graph_api.http.media import EVENTS
from graph_api.http.reply import encode

HEADERS = [
    (b"content-type", f"{EVENTS}; charset=utf-8".encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
COMPLETE = b"event: complete\ndata:\n\n"
HEARTBEAT = b":\n\n"
HEARTBEAT_SECONDS = 12.0


async def send_events(payloads: AsyncGenerator[dict[str, Any]], receive: Receive, send: Send) -> None:
    """Sends every payload as an event until they end or the client goes away."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    sending = asyncio.create_task(_send_all(payloads, send))
    leaving = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        for task in (sending, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _send_all(payloads: AsyncGenerator[dict[str, Any]], send: Send) -> None:
    async with aclosing(payloads):
        pending: asyncio.Future[dict[str, Any]] | None = None
        try:
            while True:
                pending = pending or asyncio.ensure_future(anext(payloads))
                done, _ = await asyncio.wait({pending}, timeout=HEARTBEAT_SECONDS)
                if not done:
                    await _body(send, HEARTBEAT)
                    continue
                event = pending.result()
                pending = None
                await _body(send, b"event: next\ndata: " + encode(event) + b"\n\n")
        except StopAsyncIteration:
            await _body(send, COMPLETE, more=False)
        finally:
            if pending is not None:
                pending.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await pending


async def _body(send: Send, body: bytes, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
