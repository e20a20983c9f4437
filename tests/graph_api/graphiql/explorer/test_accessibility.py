"""WCAG 2.2 AA by axe, in every state, light and dark, on a large screen and a phone."""

import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import Page, expect

from tests.graph_api.graphiql.explorer.conftest import PHONE, Explorer, Open
from tests.graph_api.graphiql.explorer.mesh import HUB, PROFILES
from tests.graph_api.tiny import ADMIN

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
STATES: dict[str, tuple[str, dict[str, str]]] = {
    "home": ("", {}),
    "search": ("", {"q": "customer"}),
    "product": (f"/product/{PROFILES}", {}),
    "domain": ("/domain/customer", {}),
    "inbox": ("/inbox", {}),
    "lineage": (f"/lineage/{PROFILES}", {"view": "picture"}),
    "folded": (f"/lineage/{HUB}", {"view": "picture"}),
    "open box": (f"/lineage/{HUB}", {"view": "picture", "open": "1|alpine"}),
    "impact": (f"/lineage/{PROFILES}", {"view": "picture", "mode": "impact"}),
    "drawer": (f"/lineage/{PROFILES}", {"view": "picture", "at": PROFILES}),
    "table": (f"/lineage/{PROFILES}", {"view": "table"}),
    "show all": (f"/lineage/{PROFILES}", {"view": "picture", "all": "1"}),
}


async def faults(page: Page, scheme: str = "light") -> list[tuple[str, str, str]]:
    """Rule, target and reason of each violation. In the dark only the rules about colours can find something else."""
    # The browser's own evaluation, which no page's policy stops.
    await page.evaluate(f"{AXE};1")
    chosen = {"type": "tag", "values": RULES} if scheme == "light" else {"type": "rule", "values": COLOURS}
    result: Any = await page.evaluate("runOnly => axe.run({ runOnly })", chosen)
    assert result["passes"]
    return [
        (violation["id"], str(node["target"]), node["failureSummary"])
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]


async def shown(explorer: Explorer, state: str) -> None:
    path, query = STATES[state]
    await explorer.go(path, **query)
    if "/lineage" in path:
        await expect(explorer.page.locator("html[data-findings][data-times]")).to_be_attached()
    if state in ("impact", "drawer"):
        await expect(explorer.drawer).to_have_attribute(
            "data-ready", re.compile("impact" if state == "impact" else "prd")
        )
    if "/product" in path or "/domain" in path:
        await expect(explorer.page.get_by_text("Loading the history")).to_have_count(0)


@pytest.mark.parametrize("state", STATES)
async def test_axe_finds_nothing(open_explorer: Open, state: str) -> None:
    explorer = await open_explorer(token=ADMIN if state == "inbox" else None)
    for size in (None, PHONE):
        if size is not None:
            await explorer.page.set_viewport_size(size)  # type: ignore[arg-type]
        await shown(explorer, state)
        for scheme in ("light", "dark"):
            await explorer.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert await faults(explorer.page, scheme) == [], (size, scheme)


async def test_axe_would_find_something(explorer: Explorer) -> None:
    await explorer.go()
    await explorer.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [rule for rule, _, _ in await faults(explorer.page)] == ["button-name"]
