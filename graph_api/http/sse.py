"""Server-sent events, the "distinct connections" mode of the GraphQL over SSE protocol.

Lines end with LF alone: some gateways' readers take CRLF for the end of the stream.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any

from starlette.types import Receive, Send

from graph_api.http.media import EVENTS
from graph_api.http.reply import encode
from resolvers.model.errors import MeshError

HEADERS = [
    (b"content-type", f"{EVENTS}; charset=utf-8".encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
COMPLETE = b"event: complete\ndata:\n\n"
HEARTBEAT = b":\n\n"
HEARTBEAT_SECONDS = 12.0
# How often a connection that stays asks whether its token still holds.
VALID_SECONDS = 0.4
INVALID = {
    "message": "The token or session of this connection is no longer valid: sign in again.",
    "extensions": {"code": "UNAUTHENTICATED"},
}

StillValid = Callable[[], Awaitable[bool]]


async def send_events(
    payloads: AsyncGenerator[dict[str, Any]], receive: Receive, send: Send, still_valid: StillValid | None = None
) -> None:
    """Sends every payload as an event until they end, the client goes away, or its token no longer holds."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    sending = asyncio.create_task(_send_all(payloads, send))
    leaving = asyncio.create_task(_gone(receive))
    losing = asyncio.create_task(until_invalid(still_valid))
    tasks = (sending, leaving, losing)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        lost = losing.done() and not (sending.done() or leaving.done())
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    if lost:
        await _body(send, b"event: next\ndata: " + encode({"errors": [INVALID]}) + b"\n\n" + COMPLETE, more=False)


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


async def until_invalid(still_valid: StillValid | None) -> None:
    """Returns once token or session were revoked, signed out or expired; never for a caller without one."""
    if still_valid is None:
        await asyncio.get_running_loop().create_future()
    else:
        while await _holds(still_valid):  # noqa: ASYNC110 - it ends elsewhere, and nothing reports it here
            await asyncio.sleep(VALID_SECONDS)


async def _holds(still_valid: StillValid) -> bool:
    try:
        return await still_valid()
    except (MeshError, TimeoutError):  # unknown: as long as that is so, the token counts as valid
        return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
