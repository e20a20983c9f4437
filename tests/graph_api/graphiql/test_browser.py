"""GraphiQL in real headless Chromium: typed, run, signed in, and never a step outside."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.graph_api.graphiql.conftest import Visit
from tests.graph_api.graphiql.site import TOKEN

pytestmark = pytest.mark.browser

EXAMPLES = ["Discover", "LineageOfAHub", "Impact", "Compliance", "Refused", "Quality", "Evolution", "Life"]


def editor(page: Page) -> Locator:
    return page.get_by_role("region", name="Operation Editor")


async def type_query(page: Page, query: str) -> None:
    await editor(page).locator(".view-lines").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.press("Delete")
    await page.keyboard.type(query)


async def test_a_query_is_typed_and_run(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.site}/graphiql")
    await expect(page).to_have_title("Meshweave")
    await type_query(page, '{ greeting(name: "mesh") }')
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".result-window")).to_contain_text('"greeting": "Hello, mesh!"')
    assert await visit.faults() == []


async def test_the_workers_complete_and_check_against_the_schema(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.site}/graphiql")
    await expect(page.locator(".graphiql-container")).to_be_visible()
    await type_query(page, "{ gree")
    await expect(page.locator(".suggest-widget")).to_contain_text("greeting")
    await page.keyboard.press("Escape")
    await page.keyboard.type("ting ")  # the required argument is missing
    await expect(editor(page).locator(".squiggly-error")).not_to_have_count(0)
    assert {worker.url.rpartition("/")[2].partition("-")[0] for worker in page.workers} >= {"graphql.worker"}
    assert await visit.faults() == []


async def test_the_examples_are_tabs_and_can_be_opened_again(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.site}/graphiql")
    tabs = page.locator(".graphiql-tab-button")
    await expect(tabs).to_have_text(EXAMPLES)
    await expect(editor(page).locator(".view-lines")).to_contain_text("query")
    await page.get_by_role("button", name="Examples").click()
    panel = page.get_by_role("region", name="Examples")
    await expect(panel.get_by_role("button")).to_have_count(len(EXAMPLES))
    await panel.get_by_role("button", name="Impact").click()
    await expect(tabs).to_have_text([*EXAMPLES, "Impact"])
    await expect(editor(page).locator(".view-lines")).to_contain_text("Impact")
    assert await visit.faults() == []


@pytest.mark.parametrize(
    ("button", "content"),
    [
        ("Show Documentation Explorer", "greeting"),
        ("Show GraphiQL Explorer", "greeting"),
        ("Show History", "History"),
    ],
)
async def test_the_panels_open(visit: Visit, button: str, content: str) -> None:
    page = visit.page
    await page.goto(f"{visit.site}/graphiql")
    await page.get_by_role("button", name=button).click()
    panel = page.locator(".graphiql-plugin")
    if button == "Show Documentation Explorer":
        await panel.get_by_role("link", name="Query").click()
    await expect(panel).to_contain_text(content)
    assert await visit.faults() == []


async def test_the_sign_in_link_signs_in_and_leaves_no_trace_of_the_token(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.site}/sign-in#token={TOKEN}")
    await page.wait_for_url(f"{visit.site}/graphiql")
    await expect(page.locator(".viewer")).to_have_text("administrator")
    assert [(cookie["httpOnly"], cookie["sameSite"]) for cookie in await page.context.cookies()] == [(True, "Strict")]
    assert await page.evaluate("document.cookie") == ""
    await type_query(page, "{ viewer { roles } }")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".result-window")).to_contain_text('"GOVERNANCE"')
    await page.go_back()
    assert TOKEN not in page.url
    assert await visit.faults() == []


async def test_a_wrong_token_is_refused_and_another_can_be_typed(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.site}/sign-in#token=wrong")
    await expect(page.get_by_role("alert")).to_contain_text("not valid")
    assert page.url == f"{visit.site}/sign-in"
    await page.get_by_label("Token").fill(TOKEN)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{visit.site}/graphiql")
    await expect(page.locator(".viewer")).to_have_text("administrator")
    assert [fault for fault in await visit.faults() if "401" not in fault] == []


async def test_a_link_opened_where_the_sign_in_page_is_open_signs_in(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.site}/sign-in")
    await expect(page.get_by_label("Token")).to_be_visible()
    await page.goto(f"{visit.site}/sign-in#token={TOKEN}")
    await page.wait_for_url(f"{visit.site}/graphiql")
    await expect(page.locator(".viewer")).to_have_text("administrator")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator(".viewer")).to_have_text("Sign in")
    assert await page.context.cookies() == []


async def test_an_authorization_header_of_the_editor_is_sent(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.site}/graphiql")
    await expect(page.locator(".viewer")).to_have_text("Sign in")
    await type_query(page, "{ viewer { name } }")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Headers", exact=True).click()
    await page.get_by_role("region", name="Headers").locator(".view-lines").last.click()
    await page.keyboard.type(f'{{"Authorization": "Bearer {TOKEN}"}}')
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.locator(".result-window")).to_contain_text('"administrator"')
    assert await visit.faults() == []


async def test_a_subscription_streams(visit: Visit) -> None:
    page = visit.page
    await page.goto(f"{visit.site}/graphiql")
    await type_query(page, "subscription { countdown(start: 3) }")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".result-window")).to_contain_text('"countdown": 0')
    assert await visit.faults() == []
