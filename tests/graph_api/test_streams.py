"""Subscriptions over server-sent events and WebSockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette

from graph_api.http.endpoint import GraphQLEndpoint
from tests.graph_api.tiny import ADMIN, SECRET, Notebook, client, streaming, tiny_app

EVENTS = {"accept": "text/event-stream"}


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    return tiny_app(tmp_path, streaming)


async def test_a_subscription_is_a_stream_of_lf_lines(app: Starlette) -> None:
    async with client(app) as http:
        response = await http.post("/graphql", json={"query": "subscription { count(to: 2) }"}, headers=EVENTS)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert response.content == (
        b'event: next\ndata: {"data":{"count":0}}\n\n'
        b'event: next\ndata: {"data":{"count":1}}\n\n'
        b"event: complete\ndata:\n\n"
    )


async def test_a_client_of_both_gets_queries_in_one_piece(app: Starlette) -> None:
    both = {"accept": "application/graphql-response+json, application/json, text/event-stream"}
    async with client(app) as http:
        response = await http.post("/graphql", json={"query": "{ hello }"}, headers=both)
        assert response.json() == {"data": {"hello": "world"}}
        response = await http.get("/graphql", params={"query": "subscription { count(to: 0) }"}, headers=both)
        assert response.content == b"event: complete\ndata:\n\n"


async def test_a_query_may_be_a_stream_of_one(app: Starlette) -> None:
    async with client(app) as http:
        response = await http.post("/graphql", json={"query": "{ hello }"}, headers=EVENTS)
    assert response.content == b'event: next\ndata: {"data":{"hello":"world"}}\n\nevent: complete\ndata:\n\n'


async def test_a_broken_subscription_is_masked(app: Starlette) -> None:
    async with client(app) as http:
        response = await http.post("/graphql", json={"query": "subscription { broken }"}, headers=EVENTS)
    assert SECRET not in response.text
    assert '"data":{"broken":1}' in response.text
    assert '"code":"INTERNAL"' in response.text
    assert response.text.endswith("event: complete\ndata:\n\n")


async def test_a_subscription_in_one_piece_is_406(app: Starlette) -> None:
    async with client(app) as http:
        response = await http.post("/graphql", json={"query": "subscription { count }"})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")


class Socket:
    """One WebSocket of an app, spoken to in ASGI messages."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def say(self, **message: Any) -> None:
        await self.inbox.put({"type": "websocket.receive", "text": orjson.dumps(message).decode()})

    async def raw(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.outbox.get(), 5)

    async def hear(self) -> Any:
        message = await self.raw()
        return orjson.loads(message["text"]) if "text" in message else (message["type"], message.get("code"))

    async def init(self, **payload: Any) -> Any:
        await self.say(type="connection_init", payload=payload)
        return await self.hear()

    async def subscribe(self, query: str, identifier: str = "1") -> None:
        await self.say(type="subscribe", id=identifier, payload={"query": query})


@asynccontextmanager
async def connected(app: Starlette, protocol: str = "graphql-transport-ws", **headers: str) -> AsyncIterator[Socket]:
    socket = Socket()
    sent = {"host": "127.0.0.1:8000", **headers}
    scope = {
        "type": "websocket", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "scheme": "ws",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()], "subprotocols": [protocol],
        "extensions": {},
    }  # fmt: skip
    await socket.inbox.put({"type": "websocket.connect"})
    task = asyncio.create_task(app(scope, socket.inbox.get, socket.outbox.put))
    try:
        yield socket
    finally:
        await socket.inbox.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(task, 5)


ACK = {"type": "connection_ack"}


@asynccontextmanager
async def acknowledged(app: Starlette, **payload: Any) -> AsyncIterator[Socket]:
    async with connected(app) as socket:
        assert await socket.raw() == {"type": "websocket.accept", "subprotocol": "graphql-transport-ws", "headers": []}
        assert await socket.init(**payload) == ACK
        yield socket


async def test_a_subscription_over_a_websocket(app: Starlette) -> None:
    async with acknowledged(app) as socket:
        await socket.subscribe("subscription { count(to: 2) }")
        for number in range(2):
            assert await socket.hear() == {"type": "next", "id": "1", "payload": {"data": {"count": number}}}
        assert await socket.hear() == {"type": "complete", "id": "1"}
        await socket.say(type="ping")
        assert await socket.hear() == {"type": "pong"}


async def test_an_anonymous_socket_reads_and_never_writes(app: Starlette) -> None:
    before = Notebook.writes
    async with acknowledged(app) as socket:
        await socket.subscribe("{ caller }")
        assert (await socket.hear())["payload"] == {"data": {"caller": "anonymous"}}
        assert await socket.hear() == {"type": "complete", "id": "1"}
        await socket.subscribe("mutation { write }", "2")
        refused = await socket.hear()
        assert (refused["type"], refused["payload"][0]["extensions"]) == ("error", {"code": "UNAUTHENTICATED"})
    assert Notebook.writes == before


@pytest.mark.parametrize(
    "payload",
    [
        {"token": ADMIN},
        {"authorization": f"Bearer {ADMIN}"},
        {"Authorization": f"Bearer {ADMIN}"},
        {"authorization": ADMIN},
        {"token": None, "authorization": f"bearer {ADMIN}"},
    ],
)
async def test_a_token_in_the_payload_signs_in(app: Starlette, payload: dict[str, str]) -> None:
    before = Notebook.writes
    async with acknowledged(app, **payload) as socket:
        await socket.subscribe("mutation { write }")
        assert (await socket.hear())["payload"] == {"data": {"write": "administrator"}}
    assert Notebook.writes == before + 1


@pytest.mark.parametrize("payload", [{"token": "wrong"}, {"authorization": "Basic x"}])
async def test_a_wrong_token_closes_the_socket(app: Starlette, payload: dict[str, str]) -> None:
    async with connected(app) as socket:
        await socket.raw()
        assert await socket.init(**payload) == ("websocket.close", 4403)


@pytest.mark.parametrize("payload", [{"token": 5}, {"token": {"Bearer": ADMIN}}, {"authorization": [ADMIN]}])
async def test_a_token_that_is_no_text_is_not_taken_for_none(app: Starlette, payload: dict[str, Any]) -> None:
    async with connected(app) as socket:
        await socket.raw()
        assert await socket.init(**payload) == ("websocket.close", 4400)


async def test_null_for_a_token_is_none(app: Starlette) -> None:
    async with acknowledged(app, token=None) as socket:
        await socket.subscribe("{ caller }")
        assert (await socket.hear())["payload"] == {"data": {"caller": "anonymous"}}


async def test_an_operation_that_breaks_ends_with_an_error(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    async with acknowledged(app) as socket:
        monkeypatch.setattr(GraphQLEndpoint, "context", lambda *_: 1 / 0)
        await socket.subscribe("{ hello }", "7")
        broken = await socket.hear()
        assert (broken["type"], broken["id"]) == ("error", "7")
        (error,) = broken["payload"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert error["message"] == f"Internal error (id {error['extensions']['id']}): the server's log tells more."
        monkeypatch.undo()
        await socket.subscribe("{ hello }", "7")
        assert (await socket.hear())["payload"] == {"data": {"hello": "world"}}


async def test_the_session_of_the_handshake_signs_in_from_our_pages_only(app: Starlette) -> None:
    async with client(app) as http:
        cookie = (await http.post("/session", json={"token": ADMIN})).headers["set-cookie"].split(";")[0]
    async with connected(app, cookie=cookie, origin="http://127.0.0.1:8000") as socket:
        await socket.raw()
        assert await socket.init() == ACK
        await socket.subscribe("{ caller }")
        assert (await socket.hear())["payload"] == {"data": {"caller": "administrator"}}
    async with connected(app, cookie=cookie) as socket:
        await socket.raw()
        assert await socket.init() == ("websocket.close", 4403)


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {"origin": "null"}, {"host": "evil.example"}])
async def test_foreign_pages_and_names_get_no_socket(app: Starlette, headers: dict[str, str]) -> None:
    async with connected(app, **headers) as socket:
        assert await socket.hear() == ("websocket.close", 1008)


async def test_where_anonymous_reads_are_off_so_are_anonymous_sockets(tmp_path: Path) -> None:
    async with connected(tiny_app(tmp_path, streaming, anonymous_reads=False)) as socket:
        await socket.raw()
        assert await socket.init() == ("websocket.close", 4403)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "connection_init"}, 4429),
        ({"type": "nonsense"}, 4400),
        ({"no": "type"}, 4400),
        ({"type": "subscribe", "payload": {"query": "{ hello }"}}, 4400),
    ],
)
async def test_breaches_of_the_protocol_close_the_socket(app: Starlette, message: dict[str, Any], code: int) -> None:
    async with acknowledged(app) as socket:
        await socket.say(**message)
        assert await socket.hear() == ("websocket.close", code)


async def test_an_id_in_use_closes_the_socket(app: Starlette) -> None:
    async with acknowledged(app) as socket:
        await socket.subscribe("{ slow }")
        await socket.subscribe("{ hello }")
        assert await socket.hear() == ("websocket.close", 4409)


async def test_subscribing_before_the_init_closes_the_socket(app: Starlette) -> None:
    async with connected(app) as socket:
        await socket.raw()
        await socket.subscribe("{ hello }")
        assert await socket.hear() == ("websocket.close", 4401)


async def test_another_subprotocol_is_not_spoken(app: Starlette) -> None:
    async with connected(app, "graphql-ws") as socket:
        await socket.raw()
        assert await socket.hear() == ("websocket.close", 4406)


@pytest.mark.parametrize("payload", [None, {}, {"query": 5}, {"query": "{"}, {"query": "{ nothing }"}])
async def test_operations_that_cannot_run_end_with_their_errors(app: Starlette, payload: Any) -> None:
    async with acknowledged(app) as socket:
        await socket.say(type="subscribe", id="1", payload=payload)
        answer = await socket.hear()
        assert (answer["type"], answer["id"]) == ("error", "1")
        assert answer["payload"][0]["message"]
        await socket.subscribe("{ hello }")
        assert (await socket.hear())["payload"] == {"data": {"hello": "world"}}


async def test_completing_stops_an_operation(app: Starlette) -> None:
    async with acknowledged(app) as socket:
        await socket.subscribe("{ slow }")
        await socket.say(type="complete", id="1")
        await socket.subscribe("{ hello }", "2")
        assert (await socket.hear())["id"] == "2"


async def test_without_subscriptions_there_is_no_socket(tmp_path: Path) -> None:
    async with connected(tiny_app(tmp_path)) as socket:
        assert (await socket.hear())[0] == "websocket.close"
