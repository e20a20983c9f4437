"""GraphiQL's Lineage panel on real answers, and queries that arrive by a link."""

import json
from urllib.parse import urlencode

import pytest
from playwright.async_api import Locator, Page, expect

from tests.graph_api.graphiql.explorer.conftest import Explorer
from tests.graph_api.graphiql.explorer.mesh import PROFILES
from tests.sample_mesh import consumers, distances

pytestmark = pytest.mark.browser

DOWN = distances(PROFILES, consumers(), 2)
# Nothing here has its own name, and nothing a picture needs is there.
RENAMED = """query Renamed($u: String!, $d: Int, $n: Int) {
  p: dataProduct(urn: $u) { g: lineage(direction: DOWNSTREAM, depth: $d) { s: nodes { d: distance } } }
  others: dataProducts(first: $n) { nodes { urn ...Around } }
}
fragment Around on DataProduct { up: lineage(direction: UPSTREAM, depth: 1) { all: edges { kind } } }"""


async def open_query(page: Page, site: str, query: str, variables: dict[str, object]) -> None:
    await page.goto(f"{site}/graphiql#{urlencode({'query': query, 'variables': json.dumps(variables)})}")
    await expect(page.get_by_role("region", name="Operation Editor").locator(".view-lines")).to_contain_text("query")


def panel_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Lineage")


async def test_lineages_are_drawn_under_any_alias(explorer: Explorer) -> None:
    page = explorer.page
    await open_query(page, explorer.visit.site, RENAMED, {"u": PROFILES, "d": 2, "n": 1})
    assert "#" not in page.url
    await expect(page.locator(".graphiql-tab-button").first).to_have_text("Renamed")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.post_data or ""))
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.locator(".result-window")).to_contain_text('"g"')
    assert not any("MeshweaveLineage" in body for body in requests)  # nobody looks at the panel
    await page.get_by_role("button", name="Show Lineage").click()
    panel = panel_of(page)
    await expect(panel.get_by_role("status")).to_contain_text(f"{len(DOWN)} products")
    await expect(panel.locator(".card")).to_have_count(len(DOWN))
    again = [json.loads(body) for body in requests if "MeshweaveLineage" in body]
    assert len(again) == 1
    assert again[0]["variables"] == {"u": PROFILES, "d": 2, "n": 1}
    assert "totalCount" not in again[0]["query"]
    assert "kind" in again[0]["query"]
    choice = panel.get_by_role("combobox")
    await expect(choice.get_by_role("option")).to_have_count(2)
    await expect(choice.get_by_role("option").first).to_have_text("profiles (p.g)")
    assert await explorer.visit.faults() == []


async def test_the_large_picture_is_a_dialog(explorer: Explorer) -> None:
    page = explorer.page
    query = (
        f'query Hub {{ dataProduct(urn: "{PROFILES}") {{ lineage(direction: DOWNSTREAM, depth: 2) {{ truncated }} }} }}'
    )
    await open_query(page, explorer.visit.site, query, {})
    await page.get_by_role("button", name="Show Lineage").click()
    panel = panel_of(page)
    await expect(panel).to_contain_text("Run a query that asks for a lineage")
    await page.get_by_role("button", name="Execute query").click()
    await expect(panel.get_by_role("heading", name="profiles")).to_be_visible()
    await expect(panel.get_by_role("link", name="Open in the explorer")).to_have_attribute(
        "href", "/explore/lineage/urn%3Amesh%3Acustomer%3Aprofiles"
    )
    await panel.get_by_role("button", name="Open large").click()
    dialog = page.get_by_role("dialog", name="Lineage of profiles")
    await expect(dialog.locator(".card")).to_have_count(len(DOWN))
    await dialog.locator(".card").and_(page.get_by_role("button", name="orders orders,")).click()
    details = dialog.get_by_role("complementary", name="Details")
    await expect(details).to_contain_text("order-management")
    await dialog.get_by_role("button", name="Group by domain").click()
    await expect(dialog.locator(".card.box")).not_to_have_count(0)
    await dialog.get_by_role("button", name="Show all").click()
    await expect(dialog.locator(".card")).to_have_count(0)
    await dialog.get_by_role("button", name="Table").click()
    await expect(dialog.get_by_role("table").locator("tbody tr")).to_have_count(len(DOWN))
    await dialog.get_by_role("button", name="Close", exact=True).click()
    await expect(dialog).to_have_count(0)
    assert await explorer.visit.faults() == []


async def test_an_answer_that_has_everything_is_not_asked_for_again(explorer: Explorer) -> None:
    page = explorer.page
    fields = """roots { id urn } nodes { distance direction hiddenNeighbours product { id urn name type status ownerTeam
    classification domain { name } contract { quality { threshold } } } }
    edges { source target kind origin } truncation { reason atNode } cycles"""
    query = f'query Whole {{ lineage(roots: ["{PROFILES}"], direction: DOWNSTREAM, depth: 2) {{ {fields} }} }}'
    await open_query(page, explorer.visit.site, query, {})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.post_data or ""))
    await page.get_by_role("button", name="Show Lineage").click()
    await page.get_by_role("button", name="Execute query").click()
    await expect(panel_of(page).locator(".card")).to_have_count(len(DOWN))
    assert not any("MeshweaveLineage" in body for body in requests)
