"""The inbox: what waits for the person signed in, and the only two writes of the explorer."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from graph_api.auth.tokens import Tokens
from resolvers.model.access import Role
from tests.graph_api.graphiql.explorer.conftest import Explorer, Open, Service
from tests.graph_api.graphiql.explorer.mesh import write
from tests.graph_api.tiny import ADMIN, settings
from tests.graphql_execution import ask

pytestmark = pytest.mark.browser

APPROVE = """mutation($id: ID!, $domain: String!) {
  changeRequestApprove(id: $id, domain: $domain) { userErrors { message } violations { message } } }"""
REQUEST = """query($id: ID!) { node(id: $id) { ... on ChangeRequest {
  status approvals { domain decision decidedBy note } } } }"""


async def decisions(service: Service, identifier: str) -> dict[str, tuple[str, str | None]]:
    node = (await ask(service.store, REQUEST, id=identifier))["node"]
    return {one["domain"]: (one["decision"], one["note"]) for one in node["approvals"]}


async def test_somebody_unknown_is_asked_to_sign_in_and_comes_back(explorer: Explorer) -> None:
    await explorer.go("/inbox")
    page = explorer.page
    await page.get_by_role("main").get_by_role("link", name="Sign in").click()
    await page.get_by_label("Token").fill(ADMIN)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{explorer.visit.site}/explore/inbox")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    await expect(page.get_by_text("administrator").first).to_be_visible()


async def test_everything_that_waits_is_there(open_explorer: Open) -> None:
    explorer = await open_explorer(token=ADMIN)
    await expect(explorer.panel(re.compile(r"^Approvals \("))).to_contain_text("customer · profiles 2.1.0 → 4.0.0")
    await expect(explorer.panel(re.compile("^Findings of my products"))).to_contain_text("retention-stated")
    waivers = explorer.panel(re.compile("^Waivers that end"))
    await expect(waivers).to_contain_text("Classified next week")
    await expect(waivers).to_contain_text("inventory · shrinkage")
    deprecated = explorer.panel(re.compile("^Deprecated providers I use"))
    provider = deprecated.get_by_role("listitem").filter(has_text="newsletter_subscribers")
    await expect(provider).to_contain_text("Its last day is ")
    await expect(provider).to_contain_text("Use customer · consents instead.")
    await expect(provider).to_contain_text("used by marketing · audiences, marketing · message_sends")


async def test_an_owner_approves_and_rejects_and_sees_the_answer(open_explorer: Open, service: Service) -> None:
    explorer = await open_explorer(token=service.owner)
    await expect(explorer.page.get_by_text("otto, who answers for finance, marketing")).to_be_visible()
    approvals = explorer.panel(re.compile(r"^Approvals \("))
    request = approvals.get_by_role("listitem").filter(has_text="customer · profiles")
    await expect(request).to_contain_text("Language moves to preferences")
    await expect(request).to_contain_text("breaking")
    await request.get_by_role("textbox").fill("We read preferences already")
    await request.get_by_role("button", name="Approve for marketing").click()
    await expect(request.get_by_role("status")).to_contain_text("Approved for marketing. The request is pending.")
    await expect(request.get_by_role("status")).to_contain_text("No policy objects to the answer")
    await expect(request).to_contain_text("marketing approved by otto (“We read preferences already”)")
    assert (await decisions(service, service.requests.profiles))["marketing"] == (
        "APPROVED",
        "We read preferences already",
    )

    other = approvals.get_by_role("listitem").filter(has_text="orders · orders")
    await other.get_by_role("button", name="Reject for finance").click()
    await expect(other.get_by_role("status")).to_contain_text("Rejected for finance. The request is rejected.")
    assert (await decisions(service, service.requests.orders))["finance"][0] == "REJECTED"
    await explorer.page.reload()
    await explorer.ready()
    await expect(approvals).to_be_visible()
    await expect(approvals.get_by_role("listitem").filter(has_text="orders · orders")).to_have_count(0)


async def test_a_refused_answer_says_why_and_can_be_given_again(open_explorer: Open, service: Service) -> None:
    explorer = await open_explorer(token=ADMIN)
    request = (
        explorer.panel(re.compile(r"^Approvals \(")).get_by_role("listitem").filter(has_text="customer · profiles")
    )
    domain = request.get_by_role("combobox", name="Domain that answers on profiles 4.0.0")
    (*_, name) = await domain.get_by_role("option").all_inner_texts()
    await domain.select_option(name)
    await write(service.store, APPROVE, id=service.requests.profiles, domain=name)  # somebody else was faster
    await request.get_by_role("button", name=f"Approve for {name}").click()
    await expect(request.get_by_role("status")).to_contain_text("has APPROVED this change request already")
    await expect(request.get_by_role("button", name=f"Approve for {name}")).to_be_enabled()


async def test_somebody_without_domains_has_an_empty_inbox(
    open_explorer: Open, service: Service, tmp_path: Path
) -> None:
    reader = await Tokens(settings(tmp_path), service.store).issue("rita", [Role.READER], [])
    explorer = await open_explorer(token=reader)
    await expect(explorer.page.get_by_role("main")).to_contain_text(
        "Nothing waits for rita, who answers for no domain."
    )
    await expect(explorer.panel("Approvals (0)")).to_contain_text("No contract change waits for your answer.")
