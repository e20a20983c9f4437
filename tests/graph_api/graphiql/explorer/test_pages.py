"""Home, product and domain pages: what somebody who never writes a query finds there."""

import re

import pytest
from playwright.async_api import expect

from tests.graph_api.graphiql.explorer.conftest import Explorer, Service
from tests.graph_api.graphiql.explorer.mesh import (
    HUB,
    NEWSLETTER,
    OLD,
    PROFILES,
    SEGMENTS,
    TRANSITION,
    product_id,
    record_history,
    write,
)
from tests.graphql_execution import ask

pytestmark = pytest.mark.browser


async def test_home_has_domains_with_counts_and_compliance_and_recent_changes(
    explorer: Explorer, service: Service
) -> None:
    await explorer.go()
    domains = explorer.panel("Domains")
    known = (await ask(service.store, "{ domains(first: 100) { totalCount } }"))["domains"]["totalCount"]
    await expect(domains.get_by_role("listitem")).to_have_count(known)
    customer = domains.get_by_role("link", name="customer")
    await expect(customer).to_contain_text("9 products")
    await expect(customer).to_contain_text("3 findings")
    await expect(domains.get_by_role("link", name="orders")).to_contain_text("compliant")
    recent = explorer.panel("Recently changed")
    await expect(recent.get_by_role("listitem")).to_have_count(12)
    await expect(recent.get_by_role("link")).to_have_count(12)
    await customer.click()
    await expect(explorer.page.get_by_role("heading", level=1)).to_have_text("customer")


async def test_a_waiver_a_change_request_and_a_contract_lead_to_their_product(explorer: Explorer) -> None:
    await explorer.go()
    recent = explorer.panel("Recently changed")
    for product, detail in [
        ("customer · profiles", "2.1.0 → 4.0.0"),
        ("inventory · shrinkage", "waiver granted · classified-data"),
        ("customer · segments", "data contract published"),
    ]:
        item = recent.get_by_role("listitem").filter(has=explorer.page.get_by_role("link", name=product))
        await expect(item).to_contain_text(detail)
    await recent.get_by_role("link", name="inventory · shrinkage").click()
    await expect(explorer.page.get_by_role("heading", level=1)).to_have_text("shrinkage")


async def test_products_are_searched_and_narrowed_by_every_facet(explorer: Explorer) -> None:
    await explorer.go()
    page = explorer.page
    await page.get_by_role("searchbox", name="Search data products").fill("customer")
    await page.get_by_role("button", name="Search", exact=True).click()
    count = page.get_by_role("region", name="Results").get_by_role("status")
    await expect(count).to_contain_text("data products")
    filters = page.get_by_role("complementary", name="Filters")
    for title in ("Domain", "Type", "Status", "Classification", "Tag", "Team", "Compliance"):
        await expect(filters.get_by_text(title, exact=True)).to_be_visible()
    for address, label in [
        ("all=1&domain=customer", "customer"),
        ("all=1&type=ML_FEATURE", "ML feature"),
        ("all=1&status=DEPRECATED", "deprecated"),
        ("all=1&classification=RESTRICTED", "restricted"),
        ("all=1&tag=golden-record", "golden-record"),
        ("all=1&team=customer-platform", "customer-platform"),
    ]:
        await explorer.go(f"?{address}")
        chosen = filters.locator("[aria-current]")
        await expect(chosen).to_contain_text(label)
        rows = page.get_by_role("region", name="Results").get_by_role("listitem")
        assert await rows.count() > 0
    await expect(count).to_contain_text("5 data products")
    await explorer.go("?all=1")
    await filters.get_by_role("link", name=re.compile("with findings")).click()
    await expect(page).to_have_url(re.compile("compliant=no"))
    await expect(page.get_by_role("region", name="Results").get_by_role("link", name="loyalty_cards")).to_be_visible()


async def test_a_search_without_results_says_so_and_can_be_cleared(explorer: Explorer) -> None:
    await explorer.go("", q="qwertyuiop", domain="customer")
    results = explorer.page.get_by_role("region", name="Results")
    await expect(results).to_contain_text("No data product matches.")
    await results.get_by_role("link", name="clear all").click()
    await expect(results.get_by_role("listitem")).to_have_count(25)
    await results.get_by_role("button", name="More").click()
    await expect(results.get_by_role("listitem")).to_have_count(50)


async def test_back_and_forward_go_through_searches_and_pages(explorer: Explorer) -> None:
    await explorer.go("", q="customer")
    page = explorer.page
    heading = page.get_by_role("heading", level=1)
    count = page.get_by_role("region", name="Results").get_by_role("status")
    every = await count.text_content() or ""
    await page.get_by_role("complementary", name="Filters").locator("a[href$='&domain=customer']").click()
    await expect(count).not_to_have_text(every)
    narrowed = await count.text_content() or ""
    await page.get_by_role("region", name="Results").get_by_role("link", name="profiles", exact=True).click()
    await expect(heading).to_have_text("profiles")
    await page.go_back()
    await expect(count).to_have_text(narrowed)
    await page.go_back()
    await expect(count).to_have_text(every)
    await page.go_forward()
    await page.go_forward()
    await expect(heading).to_have_text("profiles")
    await page.reload()
    await expect(heading).to_have_text("profiles")


async def test_the_header_finds_products_and_domains_while_typing(explorer: Explorer) -> None:
    await explorer.go()
    page = explorer.page
    await page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Search products and domains")
    await expect(box).to_be_focused()
    await box.fill("loyalty")
    await expect(page.get_by_role("option", name="loyalty_cards")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("loyalty_cards")


async def test_a_product_page_says_all_there_is(explorer: Explorer) -> None:
    await explorer.product(PROFILES)
    page = explorer.page
    await expect(page.get_by_role("heading", level=1)).to_have_text("profiles")
    about = explorer.panel("About")
    for text in ("customer-platform", PROFILES, "kafka://stream.fjordmark.example/customer.profiles", "3100000"):
        await expect(about).to_contain_text(text)
    contract = explorer.panel("Contract 2.1.0")
    await expect(contract).to_contain_text("2,555 days")
    fields = page.get_by_role("region", name="Fields of the contract")
    await expect(fields.get_by_role("row", name=re.compile("^customer_id"))).to_contain_text("16 consumers")
    await expect(explorer.panel("Made from (3)")).to_contain_text("identity_graph")
    await expect(explorer.panel("Used by (16)")).to_contain_text("pinned to 2.1.0")
    await expect(explorer.panel("Policies")).to_contain_text("classified-data")
    await expect(explorer.panel("Change requests")).to_contain_text("2.1.0 → 4.0.0")
    await expect(explorer.panel(re.compile("^Audit"))).to_contain_text("data product create")
    await expect(explorer.panel("Contract versions")).to_contain_text("2.1.0 active")


async def test_service_levels_are_measured_or_said_to_be_promised(explorer: Explorer) -> None:
    await explorer.product(PROFILES)
    levels = explorer.page.get_by_role("table", name="Service levels and quality")
    availability = levels.get_by_role("row", name=re.compile("^availability"))
    await expect(availability).to_contain_text("≥ 99.9 %")
    await expect(availability).to_contain_text("99 %")
    await expect(availability.locator(".tag.bad")).to_be_visible()
    await expect(levels.get_by_role("row", name=re.compile("^latency"))).to_contain_text("≤ 500 ms")
    await expect(levels.get_by_role("row", name=re.compile("^latency")).locator(".tag.good")).to_contain_text("ms")
    freshness = levels.get_by_role("row", name=re.compile("^freshness"))
    await expect(freshness).to_contain_text("promised, not measured")
    await expect(freshness).to_contain_text("no quality run has finished")

    await explorer.product(HUB)
    completeness = levels.get_by_role("row", name=re.compile("^completeness"))
    await expect(completeness.locator(".tag.bad")).to_have_text(" 90 %")
    await expect(levels.get_by_role("row", name=re.compile("^accuracy"))).to_contain_text("promised, not measured")
    await expect(explorer.panel("Contract 1.0.0")).to_contain_text("0 of 1 measured promise kept, 1 not measured.")


async def test_quality_has_the_latest_run_its_dimensions_and_their_trend(explorer: Explorer) -> None:
    await explorer.product(HUB)
    quality = explorer.page.get_by_role("region", name="Quality", exact=True)
    await expect(quality).to_contain_text("Latest quality run of batch: 40 rows, by meshweave")
    await expect(quality.locator(".score .tag.bad")).to_contain_text("below a threshold")
    dimensions = quality.get_by_role("table", name="Dimensions of the latest run")
    await expect(dimensions.get_by_role("row", name=re.compile("^completeness"))).to_contain_text("90 %95 % missed")
    chart = quality.get_by_role("img", name=re.compile("^Quality by day: 97 % on .*, at least "))
    await expect(chart.locator(".mark")).to_have_count(4)
    await expect(chart.locator(".mark.missed")).to_have_count(2)
    await quality.get_by_text("The same as a table").click()
    await expect(quality.get_by_role("table", name="Quality by day").locator("tbody tr")).to_have_count(4)

    await explorer.product(PROFILES)
    await expect(quality).to_contain_text("Nothing was measured yet: the contract only promises.")


async def test_a_deprecated_product_names_its_successor_and_its_last_day(explorer: Explorer, service: Service) -> None:
    query = "query($urn: String!) { dataProduct(urn: $urn) { sunset } }"
    sunset = (await ask(service.store, query, urn=NEWSLETTER))["dataProduct"]["sunset"]
    await explorer.product(NEWSLETTER)
    note = explorer.page.locator(".ending")
    await expect(note).to_contain_text("Deprecated. Its last day is ")
    await expect(note.locator("time")).to_have_attribute("datetime", sunset)
    await note.get_by_role("link", name="customer · consents").click()
    await expect(explorer.page.get_by_role("heading", level=1)).to_have_text("consents")
    await expect(note).to_have_count(0)


async def test_a_retired_product_says_so(explorer: Explorer) -> None:
    await explorer.product(OLD)
    note = explorer.page.locator(".ending")
    await expect(note).to_have_text(
        " Retired: nothing reads it and nothing may. Its last day is 31 Jan 2999. Use steps · step_00 instead."
    )
    await expect(explorer.page.locator(".heading .tag.bad").first).to_have_text("retired")


async def test_contract_versions_have_their_changes(explorer: Explorer) -> None:
    await explorer.product(SEGMENTS)
    versions = explorer.panel("Contract versions").get_by_role("list").first
    await expect(versions).to_contain_text("active")
    await expect(versions).to_contain_text("1 change from")
    await expect(versions).to_contain_text("note")
    await expect(versions).to_contain_text("the first version")


async def test_findings_of_a_product_are_on_its_page(explorer: Explorer) -> None:
    await explorer.product("urn:mesh:customer:loyalty_cards")
    policies = explorer.panel("Policies")
    await expect(policies).to_contain_text("availability is promised as 0.995 ratio; at least 0.999 is required.")
    await expect(policies.get_by_text("customer-service-levels").first).to_be_visible()


async def test_a_domain_page_has_its_products_its_report_over_time_defaults_and_policies(explorer: Explorer) -> None:
    await explorer.go("/domain/customer")
    chart = explorer.panel("Compliance over time").get_by_role("img")
    await expect(chart).to_have_accessible_name(re.compile(r"^Compliant products over time: 7 of 9 now, \d+ changes$"))
    await expect(explorer.panel("Products (9)").get_by_role("link", name="lifetime_value")).to_be_visible()
    await expect(explorer.panel(re.compile("^Findings"))).to_contain_text("freshness is promised as 24 h")
    await expect(explorer.panel(re.compile("^By policy"))).to_contain_text("7 of 9")
    await expect(explorer.panel("Policies in force")).to_contain_text("customer-service-levels")
    await expect(explorer.panel("Defaults of new products")).to_contain_text("latency_p95")


async def test_the_history_of_a_domain_goes_on_while_it_is_looked_at(explorer: Explorer, service: Service) -> None:
    urn = "urn:mesh:fjord:reader_49"
    identifier = await product_id(service.store, urn)
    await write(service.store, TRANSITION, id=identifier, to="TESTING")
    await explorer.go("/domain/fjord")
    panel = explorer.panel("Compliance over time")
    await expect(panel).to_contain_text("The history is recorded up to")
    await record_history(service.store)
    await expect(panel).not_to_contain_text("The history is recorded up to")
    await expect(panel.get_by_role("img")).to_be_visible()


async def test_a_service_that_is_down_is_said_and_tried_again(explorer: Explorer) -> None:
    await explorer.page.route("**/graphql/plain", lambda route: route.abort())
    await explorer.page.goto(f"{explorer.visit.site}/explore/product/{PROFILES}")
    await expect(explorer.page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    await explorer.page.unroute("**/graphql/plain")
    await explorer.button("Try again").click()
    await expect(explorer.page.get_by_role("heading", level=1)).to_have_text("profiles")
    # The browser itself writes the failed requests to the console.
    assert all("ERR_FAILED" in complaint for complaint in explorer.visit.complaints)
    explorer.visit.complaints.clear()


async def test_what_is_not_there_is_said(explorer: Explorer) -> None:
    for path, message in [
        ("/product/urn%3Amesh%3Acustomer%3Anothing", "There is no product urn:mesh:customer:nothing."),
        ("/domain/nowhere", "There is no domain nowhere."),
        ("/elsewhere", "There is no such page."),
    ]:
        await explorer.page.goto(f"{explorer.visit.site}/explore{path}")
        await expect(explorer.page.get_by_role("alert")).to_contain_text(message)
