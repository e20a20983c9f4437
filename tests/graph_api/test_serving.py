"""What proxies, gateways and idle clients meet: paths below a prefix, connections kept open, many WebSockets."""

import asyncio
import signal
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from graph_api.http.location import checked_prefix, inner_path, public_prefix
from graph_api.neo4j.endpoint import Endpoint
from graph_api.serve import make_server
from tests.graph_api.graphiql.site import make_app
from tests.graph_api.graphiql.test_routes import GraphiQL
from tests.graph_api.live import listening, websocket
from tests.graph_api.test_cli import announced, serving
from tests.graph_api.test_streams import acknowledged, connected
from tests.graph_api.tiny import ADMIN, BASE, bearer, client, settings, streaming, tiny_app

HELLO = {"query": "{ hello }"}
ANSWER = {"data": {"hello": "world"}}
PREFIXED = {"x-forwarded-prefix": "/mesh"}


# Paths


@pytest.mark.parametrize(
    ("text", "prefix"), [("", ""), ("/", ""), ("/mesh", "/mesh"), ("/mesh/", "/mesh"), ("/a/b-c.d~e_f", "/a/b-c.d~e_f")]
)
def test_a_prefix_is_names_behind_slashes(text: str, prefix: str) -> None:
    assert checked_prefix(text) == prefix


@pytest.mark.parametrize(
    "text", ["mesh", "//evil", "/..", "/a/../b", '/"', "/a b", "/<x>", "/a//b", "/%2e", "/" + "a" * 300]
)
def test_other_prefixes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="give a path"):
        checked_prefix(text)
    assert public_prefix({"x-forwarded-prefix": text}, "/set") == "/set"


def test_prefixes_of_several_proxies_are_joined() -> None:
    assert public_prefix({"x-forwarded-prefix": "/outer, /inner/"}, "") == "/outer/inner"


@pytest.mark.parametrize(
    ("path", "inner"),
    [("/mesh", "/"), ("/mesh/", "/"), ("/mesh/graphql", "/graphql"), ("/meshes", "/meshes"), ("/graphql/", "/graphql")],
)
def test_our_path_is_what_the_prefix_leaves(path: str, inner: str) -> None:
    assert inner_path(path, "/mesh") == inner


@pytest.mark.parametrize("path", ["/graphql/", "/graphql//"])
async def test_trailing_slashes_answer_alike(http: httpx.AsyncClient, path: str) -> None:
    response = await http.post(path, json=HELLO)
    assert (response.status_code, response.json()) == (200, ANSWER)
    assert (await http.get("/health/live/")).json() == {"status": "alive"}
    assert (await http.post("/session/", json={"token": ADMIN})).status_code == 204


async def test_a_socket_may_have_a_trailing_slash_and_a_prefix(tmp_path: Path) -> None:
    app = tiny_app(tmp_path, streaming, root_path="/mesh")
    for path in ("/graphql/", "/mesh/graphql", "/mesh/graphql/"):
        async with connected(moved(app, path)) as socket:
            assert (await socket.raw())["type"] == "websocket.accept"


def moved(app: Starlette, path: str):
    async def call(scope, receive, send) -> None:
        await app({**scope, "path": path}, receive, send)

    return call


@pytest.mark.parametrize("stripped", [True, False])
@pytest.mark.parametrize("how", ["setting", "header"])
async def test_page_assets_cookies_and_redirects_lie_below_the_prefix(tmp_path: Path, how: str, stripped: bool) -> None:
    graphiql = GraphiQL(tmp_path)
    graphiql.page, graphiql.status = b'<script src="/graphiql/assets/a.js"></script><a href="//other">', "ready"
    app = make_app(graphiql, tmp_path / "data", root_path="/mesh" if how == "setting" else "")
    sent = PREFIXED if how == "header" else {}
    at = "" if stripped else "/mesh"
    async with client(app, **sent) as http:
        assert (await http.get(f"{at}/")).headers["location"] == "/mesh/graphiql"
        opened = await http.get(f"{at}/graphql", headers={"accept": "text/html"})
        assert (opened.status_code, opened.headers["location"]) == (303, "/mesh/graphiql")
        page = await http.get(f"{at}/graphiql/")
        assert page.text == '<script src="/mesh/graphiql/assets/a.js"></script><a href="//other">'
        form = await http.get(f"{at}/sign-in")
        assert '<script type="module" src="/mesh/graphiql/static/sign-in.js"></script>' in form.text
        assert 'src="/graphiql' not in form.text
        assert (await http.get(f"{at}/graphiql/static/sign-in.js")).status_code == 200
        signed_in = await http.post(f"{at}/session", json={"token": ADMIN}, headers={"origin": BASE})
        cookie = signed_in.headers["set-cookie"]
        assert "; Path=/mesh; HttpOnly; SameSite=Strict" in cookie
        who = await http.post(
            f"{at}/graphql",
            json={"query": "{ viewer { name } }"},
            headers={"origin": BASE, "cookie": cookie.partition(";")[0]},
        )
        assert who.json() == {"data": {"viewer": {"name": "administrator"}}}


async def test_below_a_prefix_a_secure_cookie_is_not_bound_to_the_whole_host(tmp_path: Path) -> None:
    app = tiny_app(tmp_path, root_path="/mesh", allowed_hosts=("mesh.example.com",))
    async with client(app, "https://mesh.example.com") as http:
        cookie = (await http.post("/mesh/session", json={"token": ADMIN})).headers["set-cookie"]
    assert cookie.startswith("__Secure-meshweave=")
    assert cookie.endswith("; Path=/mesh; HttpOnly; SameSite=Strict; Secure")


def test_the_command_line_takes_a_root_path(tmp_path: Path, endpoint: Endpoint) -> None:
    with serving(tmp_path, endpoint, "--root-path", "/mesh/") as process:
        lines = announced(process)
        url = lines["Meshweave answers at"]
        assert url.endswith("/mesh/graphql")
        response = httpx.post(url, json={"query": "{ __typename }"})
        assert response.json() == {"data": {"__typename": "Query"}}
        assert response.headers["keep-alive"] == "timeout=75"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


# Connections


def test_idle_connections_stay_open_longer_than_those_of_proxies(tmp_path: Path) -> None:
    config = make_server(tiny_app(tmp_path), settings(tmp_path), lambda: None).config
    assert (config.timeout_keep_alive, config.headers) == (75, [("keep-alive", "timeout=75")])
    shorter = make_server(tiny_app(tmp_path), settings(tmp_path, keep_alive_seconds=20), lambda: None).config
    assert (shorter.timeout_keep_alive, shorter.headers) == (20, [("keep-alive", "timeout=20")])


async def test_an_operation_beyond_the_limit_is_refused_and_the_socket_stays(tmp_path: Path) -> None:
    async with acknowledged(tiny_app(tmp_path, streaming, websocket_operations=2)) as socket:
        await socket.subscribe("{ slow }", "1")
        await socket.subscribe("{ slow }", "2")
        await socket.subscribe("{ hello }", "3")
        refused = await socket.hear()
        assert (refused["type"], refused["id"]) == ("error", "3")
        assert refused["payload"][0]["extensions"] == {"code": "TOO_MANY_OPERATIONS"}
        await socket.say(type="complete", id="1")
        await asyncio.sleep(0)
        await socket.subscribe("{ hello }", "4")
        assert await socket.hear() == {"type": "next", "id": "4", "payload": ANSWER}
        assert await socket.hear() == {"type": "complete", "id": "4"}


async def test_the_101st_operation_is_refused_by_default(tmp_path: Path) -> None:
    async with acknowledged(tiny_app(tmp_path, streaming)) as socket:
        for number in range(101):
            await socket.subscribe("{ slow }", str(number))
        refused = await socket.hear()
        assert (refused["type"], refused["id"]) == ("error", "100")
        await socket.say(type="ping")
        assert await socket.hear() == {"type": "pong"}


async def test_sockets_beyond_the_limit_are_turned_away(tmp_path: Path) -> None:
    app = tiny_app(tmp_path, streaming, websocket_connections=1)
    async with listening(app) as port:
        async with websocket(port), connected(app) as other:
            assert await other.hear() == ("websocket.close", 1008)
        async with asyncio.timeout(30):  # until the server has seen that the first one is gone
            while not await is_taken(app):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def is_taken(app: Starlette) -> bool:
    async with connected(app) as socket:
        return (await socket.raw())["type"] == "websocket.accept"


@pytest.mark.parametrize(
    "payload", [{"token": f"Bearer {ADMIN}"}, {"token": f"bearer  {ADMIN}"}, {"token": f" {ADMIN} "}]
)
async def test_a_token_may_say_that_it_is_a_bearer_token(tmp_path: Path, payload: dict[str, str]) -> None:
    async with acknowledged(tiny_app(tmp_path, streaming), **payload) as socket:
        await socket.subscribe("{ caller }")
        assert (await socket.hear())["payload"] == {"data": {"caller": "administrator"}}


# Event streams


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ items(first: 9999999) { nodes { name } } }", "MAX_COST_EXCEEDED"),
        ("subscription A { count } subscription B { count }", "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_errors_before_the_execution_are_an_event_and_the_end(tmp_path: Path, query: str, code: str) -> None:
    async with client(tiny_app(tmp_path, streaming)) as http:
        response = await http.post("/graphql", json={"query": query}, headers={"accept": "text/event-stream"})
    assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    event, end, rest = response.text.split("\n\n")
    assert event.startswith('event: next\ndata: {"errors":[{"message":')
    assert f'"code":"{code}"' in event
    assert '"data":' not in event
    assert (end, rest) == ("event: complete\ndata:", "")


async def test_a_signed_in_stream_needs_its_token_too(tmp_path: Path) -> None:
    async with client(tiny_app(tmp_path, streaming), **bearer("wrong")) as http:
        response = await http.post("/graphql", json=HELLO, headers={"accept": "text/event-stream"})
    assert response.status_code == 401
