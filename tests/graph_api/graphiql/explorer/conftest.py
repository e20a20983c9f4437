"""The service with its mesh on a free port, and a browser's window into the explorer."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import neo4j
import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from graph_api.app import create_app
from graph_api.auth.tokens import Tokens
from graph_api.graphiql.routes import graphiql_routes
from graph_api.graphiql.state import GraphiQL, preparing
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from graph_api.settings import Settings, get_settings
from resolvers.model.access import Role
from schema.context import Context
from schema.schema import schema
from tests.graph_api.graphiql.conftest import Visit, open_visit
from tests.graph_api.graphiql.explorer.mesh import Requests, extend
from tests.graph_api.tiny import settings
from tests.sample_mesh import fresh_sample

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


OpenStore = Callable[[tuple[str, ...]], Neo4jStore]


class Service(NamedTuple):
    """`owner` is the token of the owner of marketing and finance."""

    url: str
    store: Neo4jStore
    owner: str
    requests: Requests


@asynccontextmanager
async def serving(open_store: OpenStore, given: Settings) -> AsyncIterator[str]:
    """The address of the whole service, without what it does in the background."""
    graphiql = GraphiQL(get_settings().cache_dir)
    app = create_app(
        given,
        schema,
        open_store,
        Context,
        access=open_store(()),
        pages=graphiql_routes(graphiql),
        lifespan=lambda: preparing(graphiql),
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{given.root_path}"
        server.should_exit = True
        await task


@pytest.fixture(scope="package")
def open_store(migrated: Endpoint, request_driver: neo4j.AsyncDriver) -> OpenStore:
    return lambda bookmarks: Neo4jStore(request_driver, migrated.database, bookmarks)


@pytest.fixture(scope="package")
async def mesh(
    bundle: Path,
    browser: Browser,
    migrated: Endpoint,
    driver: neo4j.AsyncDriver,
    request_driver: neo4j.AsyncDriver,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Neo4jStore, Requests]:
    """The sample and more, with its history recorded. A browser and a bundle are asked for first, since without them
    nothing is loaded."""
    pytest.importorskip("duckdb", reason="needs meshweave[data]")
    store = await fresh_sample(migrated, driver, request_driver)
    return store, await extend(store, tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="package")
async def service(
    mesh: tuple[Neo4jStore, Requests], open_store: OpenStore, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    store, requests = mesh
    given = settings(tmp_path_factory.mktemp("data"))
    owner = await Tokens(given, store).issue("otto", [Role.READER, Role.DOMAIN_OWNER], ["marketing", "finance"])
    async with serving(open_store, given) as url:
        yield Service(url, store, owner, requests)


@dataclass
class Explorer:
    """A window on the explorer."""

    visit: Visit

    @property
    def page(self) -> Page:
        return self.visit.page

    async def go(self, path: str = "", **query: str) -> None:
        """Opens a page below /explore and waits until it is there."""
        asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        await self.page.goto(f"{self.visit.site}/explore{path}{'?' if asked else ''}{asked}")
        await self.ready()

    async def ready(self) -> None:
        await expect(self.page.locator("html[data-ready]")).to_be_attached()

    async def lineage(self, urn: str, **query: str) -> None:
        await self.go(f"/lineage/{quote(urn, safe='')}", **query)
        await expect(self.page.locator("html[data-findings][data-times]")).to_be_attached()

    async def product(self, urn: str) -> None:
        await self.go(f"/product/{quote(urn, safe='')}")
        await expect(self.page.get_by_text("Loading the history")).to_have_count(0)

    def button(self, name: Any, **options: Any) -> Locator:
        return self.page.get_by_role("button", name=name, **options)

    def panel(self, name: Any) -> Locator:
        return self.page.get_by_role("region", name=name)

    def card(self, domain: str, name: str) -> Locator:
        """A product's card in the picture, named by all that is on it."""
        return self.page.locator(".card").and_(self.page.get_by_role("button", name=f"{domain} {name},"))

    @property
    def drawer(self) -> Locator:
        return self.page.get_by_role("complementary")

    async def screen_of(self, urn: str) -> dict[str, float] | None:
        """Where the picture shows a product, in pixels of the page: cards on a canvas are no elements."""
        return await self.page.evaluate(
            "urn => { const { graph, screenOf } = document.querySelector('.picture').lineage;"
            " const v = graph.index.get(urn); return v === undefined ? null : screenOf(graph.nodes[v].id); }",
            urn,
        )

    async def shown(self, what: str) -> Any:
        """`what`, an expression over `lineage`, the picture's own account of itself."""
        return await self.page.evaluate(f"(({{ lineage }}) => {what})(document.querySelector('.picture'))")


Open = Callable[..., Awaitable[Explorer]]


@pytest.fixture
async def open_explorer(browser: Browser, service: Service) -> AsyncIterator[Open]:
    """Opens windows: `await open_explorer(phone=True, dark=True, token=…)`. At the end none of them may have faults."""
    windows: list[Explorer] = []
    contexts = contextlib.AsyncExitStack()

    async def opened(*, phone: bool = False, dark: bool = False, token: str | None = None, **options: Any) -> Explorer:
        context = await browser.new_context(
            **{
                "viewport": PHONE if phone else DESKTOP,
                "color_scheme": "dark" if dark else "light",
                "reduced_motion": "reduce",
                **options,
            }
        )
        contexts.push_async_callback(context.close)
        window = Explorer(await open_visit(context, service.url))
        windows.append(window)
        if token is not None:
            await window.page.goto(f"{service.url}/sign-in?next=/explore/inbox#token={token}")
            await window.page.wait_for_url(f"{service.url}/explore/inbox")
            await window.ready()
        return window

    async with contexts:
        yield opened
        for window in windows:
            assert await window.visit.faults() == []


@pytest.fixture(scope="package")
async def desktop(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser of 1,440 pixels, light, whose cache all tests share."""
    context = await browser.new_context(viewport=DESKTOP, color_scheme="light", reduced_motion="reduce")  # type: ignore[arg-type]
    yield context
    await context.close()


@pytest.fixture
async def explorer(desktop: BrowserContext, service: Service) -> AsyncIterator[Explorer]:
    """A window of somebody who did not sign in and was never here."""
    window = Explorer(await open_visit(desktop, service.url))
    try:
        yield window
        assert await window.visit.faults() == []
    finally:
        if window.page.url.startswith(service.url):
            await window.page.evaluate("localStorage.clear()")
        await window.visit.close()
        await desktop.clear_cookies()
