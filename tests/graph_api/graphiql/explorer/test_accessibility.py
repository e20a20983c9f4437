"""WCAG 2.2 AA by axe, in every state, light and dark, on a large screen and a phone."""

import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import Page, expect

from tests.graph_api.graphiql.explorer.conftest import DESKTOP, PHONE, Explorer, Service
from tests.graph_api.graphiql.explorer.mesh import HUB, NEWSLETTER, OLD, PROFILES
from tests.graph_api.tiny import ADMIN
from tests.graphql_execution import ask

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
STATES: dict[str, tuple[str, dict[str, str]]] = {
    "home": ("", {}),
    "search": ("", {"q": "customer"}),
    "empty search": ("", {"q": "qwertyuiop"}),
    "product": (f"/product/{PROFILES}", {}),
    "measured product": (f"/product/{HUB}", {}),
    "retired product": (f"/product/{OLD}", {}),
    "domain": ("/domain/customer", {}),
    "inbox": ("/inbox", {}),
    "inbox, signed out": ("/inbox", {}),
    "service down": (f"/product/{PROFILES}", {}),
    "lineage": (f"/lineage/{PROFILES}", {"view": "picture"}),
    "folded": (f"/lineage/{HUB}", {"view": "picture"}),
    "open box": (f"/lineage/{HUB}", {"view": "picture", "open": "1|alpine"}),
    "impact": (f"/lineage/{PROFILES}", {"view": "picture", "mode": "impact"}),
    "drawer": (f"/lineage/{PROFILES}", {"view": "picture", "at": PROFILES}),
    "drawer of a deprecated product": (f"/lineage/{NEWSLETTER}", {"view": "picture", "at": NEWSLETTER}),
    "table": (f"/lineage/{PROFILES}", {"view": "table"}),
    "impact as a table": (f"/lineage/{PROFILES}", {"view": "table", "mode": "impact"}),
    "show all": (f"/lineage/{PROFILES}", {"view": "picture", "all": "1"}),
    "cut": (f"/lineage/{PROFILES}", {"view": "picture", "depth": "1"}),
    "as of": (f"/lineage/{PROFILES}", {"view": "picture"}),
    "export menu": (f"/lineage/{PROFILES}", {"view": "picture"}),
    "query": (f"/lineage/{PROFILES}", {"view": "picture"}),
}


async def faults(page: Page, scheme: str = "light") -> list[tuple[str, str, str]]:
    """Rule, target and reason of each violation. In the dark only the rules about colours can find something else."""
    chosen = {"type": "tag", "values": RULES} if scheme == "light" else {"type": "rule", "values": COLOURS}
    options = {"runOnly": chosen, "resultTypes": ["violations"]}
    # The browser's own evaluation, which no page's policy stops.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(f"{AXE};1")
    result: Any = await page.evaluate("options => axe.run(options)", options)
    assert result["passes"]
    return [
        (violation["id"], str(node["target"]), node["failureSummary"])
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]


async def shown(explorer: Explorer, state: str, past: str) -> None:
    path, query = STATES[state]
    page = explorer.page
    if state == "as of":
        query = {**query, "asOf": past}
    if state == "service down":
        await page.route("**/graphql/plain", lambda route: route.abort())
        await page.goto(f"{explorer.visit.site}/explore{path}")
        await expect(page.get_by_role("alert")).to_be_visible()
        return
    await explorer.go(path, **query)
    if "/lineage" in path:
        await expect(page.locator("html[data-findings][data-times]")).to_be_attached()
    if "at" in query or "mode" in query:
        await expect(explorer.drawer).to_have_attribute(
            "data-ready", re.compile("impact" if "mode" in query else "prd")
        )
    if "/product" in path:
        await expect(page.get_by_text("Loading the history")).to_have_count(0)
    if state == "export menu":
        await page.locator("summary", has_text="Export").click()
    # A phone has no room for the query.
    if state == "query" and await page.get_by_text("The query behind this view").is_visible():
        await page.get_by_text("The query behind this view").click()


@pytest.fixture(scope="module")
async def past(service: Service) -> str:
    """A time at which the profiles had some of their consumers."""
    query = "query($urn: String!) { dataProduct(urn: $urn) { createdAt } }"
    return (await ask(service.store, query, urn="urn:mesh:marketing:audiences"))["dataProduct"]["createdAt"]


@pytest.mark.parametrize("state", STATES)
async def test_axe_finds_nothing(explorer: Explorer, past: str, state: str) -> None:
    page = explorer.page
    if state == "inbox":
        await page.goto(f"{explorer.visit.site}/sign-in?next=/explore/inbox#token={ADMIN}")
        await page.wait_for_url(f"{explorer.visit.site}/explore/inbox")
    for size in (DESKTOP, PHONE):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await shown(explorer, state, past)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert await faults(page, scheme) == [], (size, scheme)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        await page.emulate_media(color_scheme="light")
    if state == "service down":
        assert all("ERR_FAILED" in complaint for complaint in explorer.visit.complaints)
        explorer.visit.complaints.clear()


async def test_axe_would_find_something(explorer: Explorer) -> None:
    await explorer.go()
    await explorer.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [rule for rule, _, _ in await faults(explorer.page)] == ["button-name"]
