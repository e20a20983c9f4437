"""The real application on a real port, and a client of the graphql-transport-ws protocol."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import neo4j
import orjson
import uvicorn
from starlette.applications import Starlette
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage

from graph_api.app import create_app
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.audit.stream import Tail
from resolvers.graph.store import Store
from resolvers.model.access import Caller
from schema.context import Context, Process
from schema.schema import schema
from tests.graph_api.tiny import ADMIN, settings


class Replica:
    """One process of the service, as far as that matters: its own watcher, its own stores."""

    def __init__(self, endpoint: Endpoint, driver: neo4j.AsyncDriver) -> None:
        self._endpoint = endpoint
        self._driver = driver
        self.tail = Tail(self.store(), 0.05)

    def store(self, bookmarks: tuple[str, ...] = ()) -> Neo4jStore:
        return Neo4jStore(self._driver, self._endpoint.database, bookmarks)

    def context(self, store: Store, caller: Caller) -> Context:
        return Context(store, caller, Process(tail=self.tail))

    def app(self, data_dir: Path) -> Starlette:
        return create_app(settings(data_dir), schema, self.store, self.context, access=self.store())


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[int]:
    """Serves `app` on a free port of loopback, which it yields."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http="httptools", ws="wsproto", log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        server.capture_signals = nullcontext  # type: ignore[method-assign]
        task = asyncio.create_task(server.serve([listener]))
        try:
            while not server.started:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task


class WebSocketClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._text = ""
        self._heard: list[Any] = []

    async def open(self, port: int) -> None:
        request = Request(f"127.0.0.1:{port}", "/graphql", subprotocols=["graphql-transport-ws"])
        self._writer.write(self._protocol.send(request))
        assert await self.hear() == "accepted"

    async def say(self, **message: Any) -> None:
        self._writer.write(self._protocol.send(TextMessage(orjson.dumps(message).decode())))
        await self._writer.drain()

    async def hear(self) -> Any:
        """The next message. Pings of the server are none: they don't prolong the wait."""
        async with asyncio.timeout(90):
            while not self._heard:
                self._protocol.receive_data(await self._reader.read(65_536) or None)
                for event in self._protocol.events():
                    self._take(event)
        return self._heard.pop(0)

    def _take(self, event: Any) -> None:
        match event:
            case AcceptConnection():
                self._heard.append("accepted")
            case TextMessage():
                self._text += event.data
                if event.message_finished:
                    self._heard.append(orjson.loads(self._text))
                    self._text = ""
            case Ping():
                self._writer.write(self._protocol.send(event.response()))
            case CloseConnection():
                self._heard.append(("closed", event.code))

    async def subscribe(self, query: str, identifier: str = "1", **variables: Any) -> None:
        await self.say(type="subscribe", id=identifier, payload={"query": query, "variables": variables})

    async def data(self) -> Any:
        message = await self.hear()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]


@asynccontextmanager
async def websocket(port: int, token: str = ADMIN) -> AsyncIterator[WebSocketClient]:
    """An acknowledged connection to `/graphql`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        client = WebSocketClient(reader, writer)
        await client.open(port)
        await client.say(type="connection_init", payload={"token": token})
        assert await client.hear() == {"type": "connection_ack"}
        yield client
    finally:
        writer.close()
        await writer.wait_closed()
