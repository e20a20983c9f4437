"""Outermost ASGI middleware: request id, Host and Origin checks, CORS, and the response to uncaught exceptions."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.auth.hosts import Hosts
from graph_api.http.exchange import Exchange, open_exchange
from graph_api.http.failure import HTTPFailure
from graph_api.http.reply import empty_reply

log = logging.getLogger("meshweave.http")

# Probes call a replica by its address, which cannot be listed beforehand.
UNCHECKED = frozenset({"/health", "/health/live", "/health/ready"})
EXPOSED = "x-request-id, x-meshweave-bookmarks"
PREFLIGHT_SECONDS = "600"


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, hosts: Hosts, root_path: str = "") -> None:
        self._app = app
        self._hosts = hosts
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        exchange = open_exchange(scope, self._root_path)
        marked = Marked(send, exchange, self._cors(exchange))
        try:
            if scope["path"] not in UNCHECKED:
                self._check(exchange)
            if scope["type"] == "http" and is_preflight(scope, exchange):
                await preflight(exchange).send(marked)
                return
            await self._app(scope, receive, marked)
        except HTTPFailure as failure:
            await refuse(scope, failure, marked)
        except Exception:
            log.exception("Internal error %s in %s", exchange.request_id, scope["path"])
            if marked.started:
                raise
            message = f"Internal error (id {exchange.request_id}): the server's log tells more."
            await refuse(scope, HTTPFailure(500, "INTERNAL", message), marked)

    def _check(self, exchange: Exchange) -> None:
        host, origin = exchange.headers.get("host"), exchange.headers.get("origin")
        if not host:
            raise HTTPFailure(400, "NO_HOST", "The request has no Host header.")
        if not self._hosts.knows(host):
            raise HTTPFailure(
                421,
                "UNKNOWN_HOST",
                f"This server is not known as '{host[:200]}': use a name it has, "
                "or have the operator add this one to MESHWEAVE_ALLOWED_HOSTS.",
            )
        if origin is not None and not self._hosts.allows_origin(origin, host):
            raise HTTPFailure(
                403,
                "UNKNOWN_ORIGIN",
                f"Pages of '{origin[:200]}' may not use this server: have the operator add that origin to "
                "MESHWEAVE_ALLOWED_ORIGINS.",
            )

    def _cors(self, exchange: Exchange) -> list[tuple[bytes, bytes]]:
        """What lets a page of a listed origin read the answer. A session is for origins listed by name only."""
        origin = exchange.headers.get("origin")
        if origin is None or not self._hosts.lists(origin):
            return []
        headers = [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", EXPOSED.encode()),
            (b"vary", b"origin"),
        ]
        if self._hosts.names_origin(origin):
            headers.append((b"access-control-allow-credentials", b"true"))
        return headers


class Marked:
    """Wraps `send` and adds our headers to each response."""

    def __init__(self, send: Send, exchange: Exchange, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = [(b"x-request-id", exchange.request_id.encode()), *headers]
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            message["headers"] = [*message.get("headers", ()), *self._headers]
        self.started = True
        await self._send(message)


def is_preflight(scope: Scope, exchange: Exchange) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in exchange.headers


def preflight(exchange: Exchange):
    headers = {
        "access-control-allow-methods": "GET, POST, DELETE",
        "access-control-allow-headers": exchange.headers.get("access-control-request-headers", "content-type"),
        "access-control-max-age": PREFLIGHT_SECONDS,
    }
    if exchange.headers.get("access-control-request-private-network") == "true":
        headers["access-control-allow-private-network"] = "true"
    return empty_reply(204, headers)


async def refuse(scope: Scope, failure: HTTPFailure, send: Send) -> None:
    if scope["type"] == "http":
        await failure.reply().send(send)
    elif "websocket.http.response" in scope.get("extensions", {}):
        reply = failure.reply()
        await send({"type": "websocket.http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "websocket.http.response.body", "body": reply.body})
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": failure.code})
