"""The graphql-transport-ws protocol on one WebSocket: many operations, each with its id.

Callers are those of HTTP: the session cookie of the handshake (its Origin was checked at the gate), or a token in the
payload of `connection_init`, as `{"token": "…"}` or `{"authorization": "Bearer …"}`; either takes either form.
"""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from graph_api.auth.callers import Identified
from graph_api.execution.engine import MUTATION, Rejected
from graph_api.execution.errors import internal
from graph_api.http.exchange import exchange_of
from graph_api.http.failure import HTTPFailure
from graph_api.http.reply import encode
from graph_api.http.request import to_operation
from graph_api.http.sse import until_invalid
from graph_api.json_input import read_json

if TYPE_CHECKING:
    from graph_api.http.endpoint import GraphQLEndpoint

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, INIT_TIMEOUT = 4400, 4401, 4403, 4408
SUBPROTOCOL_NOT_ACCEPTABLE, ID_TAKEN, TOO_MANY_INITS = 4406, 4409, 4429


class Closing(Exception):
    """Ends the connection with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class GraphQLSocket:
    """An ASGI app for WebSockets at the endpoint's path."""

    def __init__(self, endpoint: "GraphQLEndpoint", max_operations: int, max_connections: int) -> None:
        self._endpoint = endpoint
        self._max_operations = max_operations
        self._max_connections = max_connections
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._open >= self._max_connections:
            raise HTTPFailure(
                503, "TOO_MANY_CONNECTIONS", f"This server has {self._open} WebSockets open: try again, or elsewhere."
            )
        self._open += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._open -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        if PROTOCOL not in scope["subprotocols"]:
            await socket.accept()
            await socket.close(SUBPROTOCOL_NOT_ACCEPTABLE, f"Speak {PROTOCOL}")
            return
        await socket.accept(PROTOCOL)
        await Connection(self._endpoint, socket, self._max_operations).serve()


class Connection:
    def __init__(self, endpoint: "GraphQLEndpoint", socket: WebSocket, max_operations: int) -> None:
        self._endpoint = endpoint
        self._socket = socket
        self._max_operations = max_operations
        self._exchange = exchange_of(socket.scope)
        self._identified: Identified | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._losing: asyncio.Task[None] | None = None
        self._closed = False

    async def serve(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                await self._acknowledge(await self._receive())
            self._losing = asyncio.create_task(self._end_when_invalid())
            while True:
                await self._take(await self._receive())
        except TimeoutError:
            await self._socket.close(INIT_TIMEOUT, "Connection initialisation timeout")
        except Closing as closing:
            await self._socket.close(closing.code, closing.reason[:120])
        except WebSocketDisconnect:
            pass
        finally:
            if self._losing is not None:
                self._losing.cancel()
            for task in list(self._operations.values()):
                task.cancel()
            await asyncio.gather(*self._operations.values(), return_exceptions=True)

    async def _end_when_invalid(self) -> None:
        """Closes the connection within a second of its token's end; what runs on it is broken off."""
        assert self._identified is not None
        await until_invalid(self._identified.still_valid)
        self._closed = True
        for task in list(self._operations.values()):
            task.cancel()
        await self._socket.close(FORBIDDEN, "UNAUTHENTICATED")

    async def _receive(self) -> Mapping[str, Any]:
        message = await self._socket.receive()
        if self._closed or message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        try:
            content = read_json(message.get("bytes") or (message.get("text") or "").encode())
        except ValueError as error:
            raise Closing(BAD_REQUEST, "Messages are JSON") from error
        if not isinstance(content, dict) or not isinstance(content.get("type"), str):
            raise Closing(BAD_REQUEST, "Messages are objects with a type")
        return content

    async def _acknowledge(self, message: Mapping[str, Any]) -> None:
        if message["type"] != "connection_init":
            raise Closing(UNAUTHORIZED, "Send connection_init first")
        payload = message.get("payload") or {}
        if not isinstance(payload, dict):
            raise Closing(BAD_REQUEST, "The payload is an object")
        try:
            self._identified = await self._identify(payload)
            self._endpoint.callers.admit(self._identified)
        except HTTPFailure as failure:
            raise Closing(FORBIDDEN, failure.code) from failure
        await self._send({"type": "connection_ack"})

    async def _identify(self, payload: Mapping[str, Any]) -> Identified:
        given = {name.lower(): value for name, value in payload.items() if value is not None}
        token = given.get("token", given.get("authorization"))
        if token is not None:
            if not isinstance(token, str):
                raise Closing(BAD_REQUEST, "The token is a text")
            return await self._endpoint.callers.by_token(bare(token))
        exchange = self._exchange
        return await self._endpoint.callers.identify(exchange.headers, "WEBSOCKET", exchange.secure, exchange.prefix)

    async def _take(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "connection_init":
                raise Closing(TOO_MANY_INITS, "Too many initialisation requests")
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                if task := self._operations.pop(str(message.get("id")), None):
                    task.cancel()
            case other:
                raise Closing(BAD_REQUEST, f"Unknown message type {other!r:.50}")

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        identifier = message.get("id")
        if not isinstance(identifier, str) or not identifier:
            raise Closing(BAD_REQUEST, "An operation needs an id")
        if identifier in self._operations:
            raise Closing(ID_TAKEN, f"Subscriber for {identifier:.50} already exists")
        if len(self._operations) >= self._max_operations:
            message_text = (
                f"This connection has {self._max_operations} operations open, the most it may: end one first."
            )
            error = {"message": message_text, "extensions": {"code": "TOO_MANY_OPERATIONS"}}
            await self._send({"type": "error", "id": identifier, "payload": [error]})
            return
        task = asyncio.create_task(self._operate(identifier, message.get("payload")))
        self._operations[identifier] = task
        task.add_done_callback(lambda done: self._forget(identifier, done))

    def _forget(self, identifier: str, task: asyncio.Task[None]) -> None:
        if self._operations.get(identifier) is task:  # after `complete` the id may be another operation's
            del self._operations[identifier]

    async def _operate(self, identifier: str, payload: Any) -> None:
        try:
            await self._answer(identifier, payload)
        except Exception as error:
            if self._socket.application_state is not WebSocketState.CONNECTED:
                return  # the client has gone, or is being sent away
            message, extensions = internal(error, self._exchange.request_id, f"operation {identifier[:50]}")
            await self._send(
                {"type": "error", "id": identifier, "payload": [{"message": message, "extensions": extensions}]}
            )

    async def _answer(self, identifier: str, payload: Any) -> None:
        assert self._identified is not None
        try:
            visit = self._endpoint.prepare(self._exchange, self._identified, to_operation(payload))
            if visit.prepared.kind is MUTATION and self._identified.caller.anonymous:
                raise HTTPFailure(401, "UNAUTHENTICATED", "Writes need a token: send it in connection_init.")
        except Rejected as rejected:
            await self._send({"type": "error", "id": identifier, "payload": rejected.answer.errors})
            return
        except HTTPFailure as failure:
            error = {"message": failure.message, "extensions": {"code": failure.code}}
            await self._send({"type": "error", "id": identifier, "payload": [error]})
            return
        async with aclosing(self._endpoint.stream(visit)) as payloads:
            async for answer in payloads:
                if "data" not in answer:  # nothing ran: the operation ends with its errors
                    await self._send({"type": "error", "id": identifier, "payload": answer["errors"]})
                    return
                await self._send({"type": "next", "id": identifier, "payload": answer})
        await self._send({"type": "complete", "id": identifier})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send_text(encode(message).decode())


def bare(token: str) -> str:
    """The token of `Bearer <token>`, and any other text as it is."""
    scheme, _, rest = token.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" and rest else token.strip()
