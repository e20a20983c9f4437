"""The explorer where only people who signed in may read, below a path of its host."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.async_api import Browser, expect

from resolvers.graph.store import Store
from tests.graph_api.graphiql.conftest import open_visit
from tests.graph_api.graphiql.explorer.conftest import DESKTOP, Explorer, OpenStore, serving
from tests.graph_api.graphiql.explorer.mesh import PROFILES, Requests
from tests.graph_api.tiny import ADMIN, settings

pytestmark = pytest.mark.browser


@pytest.fixture
async def closed(
    mesh: tuple[Store, Requests], browser: Browser, open_store: OpenStore, tmp_path: Path
) -> AsyncIterator[Explorer]:
    """A window on a service below /x that answers nobody it does not know."""
    given = settings(tmp_path, root_path="/x", anonymous_reads="false")
    context = await browser.new_context(viewport=DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    async with serving(open_store, given) as url:
        window = Explorer(await open_visit(context, url))
        yield window
        # The browser writes refused requests to the console.
        assert [fault for fault in await window.visit.faults() if "401" not in fault] == []
        await context.close()


async def test_a_link_leads_through_the_sign_in_to_its_page_below_a_path(closed: Explorer) -> None:
    page, site = closed.page, closed.visit.site
    assert site.endswith("/x")
    await page.goto(f"{site}/explore/lineage/{quote(PROFILES, safe='')}?view=table")
    await expect(page.get_by_role("alert")).to_contain_text("This server wants to know who is asking.")
    await page.get_by_role("alert").get_by_role("link", name="Sign in").click()
    await page.get_by_label("Token").fill(ADMIN)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("table", name="Products of this lineage")).to_be_visible()
    assert urlsplit(page.url).path == f"/x/explore/lineage/{quote(PROFILES, safe='')}"
    assert urlsplit(page.url).query == "view=table"

    await closed.button("Picture", exact=True).click()
    await expect(closed.card("customer", "profiles")).to_be_visible()
    await page.get_by_role("link", name="profiles", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("profiles")
    assert urlsplit(page.url).path.startswith("/x/explore/product/")
    await page.get_by_role("link", name="Meshweave, home").click()
    await expect(closed.panel("Domains")).to_be_visible()
    assert urlsplit(page.url).path == "/x/explore"
    await closed.button("Sign out").click()
    await expect(page.get_by_role("alert")).to_contain_text("This server wants to know who is asking.")


async def test_the_query_behind_a_view_opens_in_graphiql_with_its_variables(closed: Explorer) -> None:
    page, site = closed.page, closed.visit.site
    await page.goto(f"{site}/sign-in?next=/explore/lineage/{PROFILES}?depth=1#token={ADMIN}")
    await page.get_by_text("The query behind this view").click()
    link = page.get_by_role("link", name="Edit in GraphiQL")
    shared = parse_qs(urlsplit(await link.get_attribute("href") or "").fragment)
    assert json.loads(shared["variables"][0])["depth"] == 1
    await link.click()
    await expect(page.locator(".graphiql-tab-button").first).to_have_text("Lineage")
    assert urlsplit(page.url).path == "/x/graphiql"
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.locator(".result-window")).to_contain_text(PROFILES)
