"""Each state of the page, its headers, and the files behind it."""

import asyncio
import gzip
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from graph_api.graphiql import state
from graph_api.graphiql.failure import BuildFailed
from graph_api.graphiql.process import Stop
from graph_api.graphiql.state import GraphiQL, preparing
from graph_api.neo4j.progress import Progress
from tests.graph_api.graphiql.site import make_app
from tests.graph_api.tiny import client

SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture
def graphiql(tmp_path: Path) -> GraphiQL:
    return GraphiQL(tmp_path)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle of one page and one script, compressed once."""
    assets = tmp_path / "bundle" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text("<title>Meshweave</title>")
    (assets.parent / "explore.html").write_text('<title>Explorer</title><script src="/graphiql/assets/e.js">')
    (assets / "index-abc.js").write_text("let plain = 1;")
    (assets / "index-abc.js.gz").write_bytes(gzip.compress(b"let packed = 1;"))
    return assets.parent


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in a thread
            await asyncio.sleep(0.01)


def client_of(graphiql: GraphiQL) -> httpx.AsyncClient:
    return client(make_app(graphiql, graphiql.cache_dir / "data"))


async def test_root_leads_to_the_page(graphiql: GraphiQL) -> None:
    async with client_of(graphiql) as http:
        response = await http.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/graphiql")


async def test_while_preparing_the_page_says_so_and_comes_back(graphiql: GraphiQL) -> None:
    graphiql.doing, graphiql.fraction = "Fetching <packages>", 0.25
    async with client_of(graphiql) as http:
        response = await http.get("/graphiql")
        api = await http.post("/graphql", json={"query": '{ greeting(name: "mesh") }'})
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "style-src 'self'; img-src 'self'"
    )
    assert SECURITY.items() <= dict(response.headers).items()
    assert '<meta http-equiv="refresh" content="2">' in response.text
    assert '<progress max="1" value="0.250">' in response.text
    assert "Fetching &lt;packages&gt; (25%)" in response.text
    assert "<script" not in response.text
    assert api.json() == {"data": {"greeting": "Hello, mesh!"}}


async def test_after_a_failure_the_page_says_why_and_what_to_do(graphiql: GraphiQL) -> None:
    graphiql.fail(BuildFailed("npm ci failed: <no network>.", "Connect & run `meshweave`."))
    async with client_of(graphiql) as http:
        response = await http.get("/graphiql")
    assert response.status_code == 503
    assert "retry-after" not in response.headers
    assert "http-equiv" not in response.text
    assert "npm ci failed: &lt;no network&gt;." in response.text
    assert "Connect &amp; run <code>meshweave</code>." in response.text
    assert SECURITY.items() <= dict(response.headers).items()


async def test_a_bundle_built_by_hand_after_a_failure_is_found(
    graphiql: GraphiQL, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphiql.fail(BuildFailed("npm ci failed.", "Retry."))
    monkeypatch.setattr(state, "built", lambda _cache_dir: bundle)
    async with client_of(graphiql) as http:
        assert (await http.get("/graphiql")).status_code == 200


async def test_the_page_is_served_under_the_strict_policy(graphiql: GraphiQL, bundle: Path) -> None:
    graphiql.open(bundle)
    async with client_of(graphiql) as http:
        response = await http.get("/graphiql")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'; "
        "worker-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'"
    )
    assert SECURITY.items() <= dict(response.headers).items()
    assert response.text == "<title>Meshweave</title>"


@pytest.mark.parametrize("path", ["/explore", "/explore/inbox", "/explore/lineage/urn%3Amesh%3Acustomer%3Aprofiles"])
async def test_every_page_of_the_explorer_is_one_page_without_inline_styles(
    graphiql: GraphiQL, bundle: Path, path: str
) -> None:
    graphiql.open(bundle)
    async with client_of(graphiql) as http:
        response = await http.get(path)
    assert response.status_code == 200
    assert response.text == '<title>Explorer</title><script src="/graphiql/assets/e.js">'
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'; "
        "worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
    )
    assert SECURITY.items() <= dict(response.headers).items()


@pytest.mark.parametrize(
    ("accepted", "encoding", "text"),
    [
        ("br, gzip", "gzip", "let packed = 1;"),
        ("gzip;q=0, br", None, "let plain = 1;"),
        ("identity", None, "let plain = 1;"),
    ],
)
async def test_assets_are_kept_forever_and_come_packed(
    graphiql: GraphiQL, bundle: Path, accepted: str, encoding: str | None, text: str
) -> None:
    graphiql.open(bundle)
    async with client_of(graphiql) as http:
        response = await http.get("/graphiql/assets/index-abc.js", headers={"accept-encoding": accepted})
    assert response.status_code == 200
    assert response.headers.get("content-encoding") == encoding
    assert response.text == text
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["vary"] == "accept-encoding"
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'"
    )
    assert SECURITY.items() <= dict(response.headers).items()


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/assets/nothing.js",
        "/graphiql/assets/index-abc.js.gz",
        "/graphiql/assets/..%2Findex.html",
        "/graphiql/assets/%2e%2e%2findex.html",
        "/graphiql/static/..%2Froutes.py",
    ],
)
async def test_nothing_else_is_served(graphiql: GraphiQL, bundle: Path, path: str) -> None:
    graphiql.open(bundle)
    async with client_of(graphiql) as http:
        response = await http.get(path)
    assert response.status_code == 404
    assert "immutable" not in response.headers.get("cache-control", "")


async def test_sign_in_needs_no_bundle_and_no_inline_script(graphiql: GraphiQL) -> None:
    async with client_of(graphiql) as http:
        page = await http.get("/sign-in")
        script = await http.get("/graphiql/static/sign-in.js")
        style = await http.get("/graphiql/static/page.css")
    assert [page.status_code, script.status_code, style.status_code] == [200, 200, 200]
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
    )
    assert SECURITY.items() <= dict(page.headers).items()
    assert '<script type="module" src="/graphiql/static/sign-in.js"></script>' in page.text


async def test_a_failed_build_leaves_the_app_running(graphiql: GraphiQL, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_node(*_arguments: object) -> Path:
        raise BuildFailed("There is no Node.", "Install it.")

    monkeypatch.setattr(state, "ensure_built", no_node)
    async with preparing(graphiql):
        await until(lambda: graphiql.status != "preparing")
        async with client_of(graphiql) as http:
            page = await http.get("/graphiql")
            api = await http.post("/graphql", json={"query": '{ greeting(name: "mesh") }'})
    assert "There is no Node." in page.text
    assert api.json() == {"data": {"greeting": "Hello, mesh!"}}


async def test_going_down_stops_the_build(graphiql: GraphiQL, monkeypatch: pytest.MonkeyPatch) -> None:
    building, stopped = threading.Event(), threading.Event()

    def endless(_cache_dir: Path, progress: Progress, stop: Stop) -> Path:
        progress("Building", 0.5)
        building.set()
        try:
            while True:
                stop.pause(60)
        finally:
            stopped.set()

    monkeypatch.setattr(state, "ensure_built", endless)
    async with preparing(graphiql):
        await until(building.is_set)
        assert (graphiql.doing, graphiql.fraction) == ("Building", 0.5)
    await until(stopped.is_set)
    assert graphiql.status == "preparing"
