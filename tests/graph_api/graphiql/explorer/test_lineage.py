"""The lineage page: picture, table, impact, time, exports, keyboard and links."""

import csv
import json
import re
import struct
from io import StringIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.async_api import expect

from tests.graph_api.graphiql.explorer.conftest import Explorer, Open, Service
from tests.graph_api.graphiql.explorer.mesh import CHAIN, HUB, NEWSLETTER, PROFILES, READERS, STEPS
from tests.graphql_execution import ask
from tests.sample_mesh import consumers, distances, providers

pytestmark = pytest.mark.browser

UP = distances(PROFILES, providers(), 99)
DOWN = distances(PROFILES, consumers(), 99)
BETWEEN = {
    (source, target)
    for source in (*UP, *DOWN)
    for target in consumers()[source]
    if target in UP or target in DOWN
}  # fmt: skip


async def test_each_product_is_a_card_with_what_matters(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    cards = explorer.page.locator(".card")
    await expect(cards).to_have_count(len(UP | DOWN))
    await expect(explorer.card("customer", "loyalty_cards")).to_have_accessible_name(
        "customer loyalty_cards, source, production, 2 findings, 95 % promised, 2 steps up"
    )
    await expect(explorer.card("customer", "profiles")).to_have_attribute("aria-current", "true")
    assert await explorer.shown("lineage.graph.edges.length") == len(BETWEEN)
    facts = explorer.panel("This lineage").get_by_role("status")
    await expect(facts).to_contain_text(f"{len(UP) - 1} upstream")
    await expect(facts).to_contain_text(f"{len(DOWN) - 1} downstream, 8 domains")
    await expect(facts).to_contain_text("complete")
    await expect(facts).to_contain_text("1 cycle")
    await expect(explorer.page.locator(".edges path.cycle")).not_to_have_count(0)


async def test_measured_quality_takes_the_place_of_the_promise(explorer: Explorer) -> None:
    await explorer.lineage(HUB)
    await expect(explorer.card("hub", "readings")).to_have_accessible_name(re.compile(r"\d+(\.\d+)? % measured"))


async def test_pointing_at_a_card_lights_up_the_paths_through_it(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    await explorer.card("marketing", "audiences").hover()
    through = set(distances("urn:mesh:marketing:audiences", consumers(), 99))
    through |= set(distances("urn:mesh:marketing:audiences", providers(), 99))
    dim = explorer.page.locator(".card.dim")
    await expect(dim).to_have_count(len((UP | DOWN).keys() - through))
    await expect(explorer.page.locator(".edges path.lit")).not_to_have_count(0)
    await explorer.page.mouse.move(5, 5)
    await expect(dim).to_have_count(0)


async def test_impact_counts_by_domain_and_names_the_owners_to_ask(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    await explorer.button("Impact", exact=True).click()
    drawer = explorer.drawer
    await expect(drawer.get_by_role("heading", level=2)).to_have_text("Impact of profiles")
    direct = {urn for urn, steps in DOWN.items() if steps == 1}
    await expect(drawer).to_contain_text(f"{len(DOWN) - 1} products in 8 domains")
    orders = drawer.get_by_role("row", name=re.compile("^orders"))
    in_orders = {urn for urn in DOWN if urn.split(":")[2] == "orders"}
    await expect(orders.get_by_role("cell")).to_have_text([str(len(in_orders & direct)), str(len(in_orders - direct))])
    await expect(drawer).to_contain_text("Owners to ask")
    await expect(drawer).to_contain_text("data-science")
    await expect(explorer.page.locator(".card.breaks")).to_have_count(len(DOWN) - 1)


async def test_impact_of_a_field_and_of_a_proposed_contract(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES, mode="impact", change="field:birth_year")
    drawer = explorer.drawer
    await expect(drawer).to_have_attribute("data-ready", re.compile("field:birth_year"))
    await expect(drawer).to_contain_text("breaks readers")
    narrow = await explorer.page.locator(".card.breaks").count()
    assert 0 < narrow < len(DOWN) - 1
    await drawer.get_by_role("combobox", name="The change").select_option(label="Contract 4.0.0 (proposed)")
    await expect(drawer).to_have_attribute("data-ready", re.compile("request:"))
    await expect(drawer).to_contain_text("language")
    await expect(explorer.page).to_have_url(re.compile("change=request"))


async def test_a_node_has_its_fields_with_the_consumers_of_each(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    await explorer.card("customer", "profiles").click()
    drawer = explorer.drawer
    await expect(drawer.get_by_role("heading", name="Fields (18)")).to_be_visible()
    birth_year = drawer.get_by_role("listitem").filter(has_text="birth_year")
    await expect(birth_year.get_by_role("button")).to_have_count(2)
    await birth_year.get_by_role("button").last.click()
    await expect(drawer.get_by_role("heading", level=2)).not_to_have_text("profiles")
    await expect(drawer).to_contain_text("birth_year")
    await drawer.get_by_role("button", name="Close details").click()
    await expect(drawer).to_be_hidden()


async def test_the_slider_goes_to_an_earlier_change(explorer: Explorer, service: Service) -> None:
    await explorer.lineage(PROFILES)
    slider = explorer.page.get_by_role("slider", name="As of")
    await expect(slider).to_be_enabled()
    now = await explorer.shown("lineage.graph.n")
    created = await ask(service.store, "query($urn: String!) { dataProduct(urn: $urn) { createdAt } }", urn=PROFILES)
    # When they were created the profiles had none of their consumers.
    await explorer.lineage(PROFILES, asOf=created["dataProduct"]["createdAt"])
    assert await explorer.shown("lineage.graph.n") < now
    assert "asOf=" in explorer.page.url
    await slider.focus()
    await explorer.page.keyboard.press("End")
    await explorer.page.wait_for_url(lambda url: "asOf=" not in url)
    await explorer.ready()
    await expect(explorer.page.locator(".card")).to_have_count(now)


async def test_before_it_existed_a_product_is_said_to_be_absent(explorer: Explorer) -> None:
    await explorer.go(f"/lineage/{PROFILES}", asOf="2020-01-01T00:00:00Z")
    await expect(explorer.page.get_by_role("alert")).to_contain_text("It did not exist")


async def test_a_cut_is_marked_with_its_reason_and_a_click_fetches_more(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES, depth="1")
    facts = explorer.panel("This lineage").get_by_role("status")
    await expect(facts).to_contain_text(re.compile(r"cut: \d+ neighbours left out \(depth\)"))
    near = await explorer.shown("lineage.graph.n")
    assert near == 1 + sum(1 for steps in (*UP.values(), *DOWN.values()) if steps == 1)
    await explorer.button(re.compile(r"^Fetch \d+ more neighbours? of orders")).click()
    await expect(explorer.page.locator(".notice")).to_contain_text("more around orders")
    assert await explorer.shown("lineage.graph.n") > near
    await facts.get_by_role("button", name="Fetch more").click()
    await expect(facts).to_contain_text("complete")
    assert await explorer.shown("lineage.graph.n") == len(UP | DOWN)


async def test_the_table_has_the_same_products_and_the_same_selection(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES, at=PROFILES)
    await explorer.button("Table", exact=True).click()
    table = explorer.page.get_by_role("table", name="Products of this lineage")
    await expect(table.locator("tbody tr")).to_have_count(len(UP | DOWN))
    await expect(table.locator("tr.selected")).to_contain_text("profiles")
    await expect(table.get_by_role("row", name=re.compile("^loyalty_cards"))).to_contain_text("2 steps up")
    await expect(table.get_by_role("row", name=re.compile("^recommendations "))).to_contain_text("cycle")
    await table.get_by_role("button", name="segments").click()
    await expect(explorer.drawer.get_by_role("heading", level=2)).to_have_text("segments")
    await explorer.button("Picture", exact=True).click()
    await expect(explorer.card("customer", "segments")).to_have_class(re.compile("selected"))


async def test_on_a_phone_the_table_comes_first(open_explorer: Open) -> None:
    explorer = await open_explorer(phone=True)
    await explorer.lineage(PROFILES)
    await expect(explorer.page.get_by_role("table", name="Products of this lineage")).to_be_visible()
    await explorer.button("Picture", exact=True).click()
    await expect(explorer.card("customer", "profiles")).to_be_visible()
    assert await explorer.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_link_shows_the_same_view(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    await explorer.button("By steps").click()
    await explorer.card("customer", "segments").click()
    await expect(explorer.page).to_have_url(re.compile("at=urn"))
    await explorer.button("Zoom in").click()
    zoom = f"{await explorer.shown('lineage.view.z'):.3f}".rstrip("0").rstrip(".")
    await expect(explorer.page).to_have_url(re.compile(rf"see=[^&]*%2C{re.escape(zoom)}(&|$)"))
    query = parse_qs(urlsplit(explorer.page.url).query)
    view = await explorer.shown("lineage.view")
    await explorer.page.reload()
    await explorer.ready()
    assert parse_qs(urlsplit(explorer.page.url).query) == query
    await expect(explorer.button("By steps")).to_have_attribute("aria-pressed", "true")
    await expect(explorer.drawer.get_by_role("heading", level=2)).to_have_text("segments")
    again = await explorer.shown("lineage.view")
    assert {key: round(value, 2) for key, value in again.items()} == {
        key: round(value, 2) for key, value in view.items()
    }


async def test_back_and_forward_go_through_the_states_of_a_lineage(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    page = explorer.page
    await explorer.card("customer", "segments").click()
    await explorer.button("Group by domain").click()
    await expect(page.locator(".card.box")).not_to_have_count(0)
    await explorer.button("Table", exact=True).click()
    await page.get_by_role("group", name="What to show").get_by_role("button", name="Impact").click()
    await expect(explorer.drawer.get_by_role("heading", level=2)).to_have_text("Impact of segments")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.post_data or ""))
    await page.go_back()
    await expect(explorer.drawer.get_by_role("heading", level=2)).to_have_text("segments")
    await expect(page.get_by_role("table", name="Products of this lineage")).to_be_visible()
    await page.go_back()
    await expect(page.locator(".card.box")).not_to_have_count(0)
    await page.go_back()
    await expect(page.locator(".card.box")).to_have_count(0)
    await expect(explorer.drawer.get_by_role("heading", level=2)).to_have_text("segments")
    await page.go_back()
    await expect(explorer.drawer).to_be_hidden()
    await expect(page.locator(".card")).to_have_count(len(UP | DOWN))
    await page.go_forward()
    await expect(explorer.drawer.get_by_role("heading", level=2)).to_have_text("segments")
    assert not any("query Lineage" in body for body in requests)  # the graph is there


@pytest.mark.parametrize(
    ("urn", "query", "text"),
    [
        (HUB, {"open": "1|alpine~1~reader_07"}, "reader_07"),
        (PROFILES, {"group": "1"}, "products"),
        (PROFILES, {"mode": "impact", "change": "field:birth_year", "at": PROFILES}, "Impact of profiles"),
        (PROFILES, {"view": "table", "at": "urn:mesh:customer:segments"}, "segments"),
        (PROFILES, {"direction": "UPSTREAM", "depth": "1"}, "left out (depth)"),
    ],
)
async def test_every_state_has_a_link(explorer: Explorer, urn: str, query: dict[str, str], text: str) -> None:
    await explorer.lineage(urn, **query)
    main = explorer.page.get_by_role("main")
    await expect(main).to_contain_text(text)
    before = await explorer.page.locator(".card").count()
    assert {key: value[0] for key, value in parse_qs(urlsplit(explorer.page.url).query).items()} == query
    await explorer.page.reload()
    await explorer.ready()
    await expect(main).to_contain_text(text)
    await expect(explorer.page.locator(".card")).to_have_count(before)


async def test_exports_are_files_of_the_whole_view(explorer: Explorer, tmp_path: Path) -> None:
    await explorer.lineage(PROFILES)

    async def saved(item: str) -> Path:
        await explorer.page.locator("summary", has_text="Export").click()
        async with explorer.page.expect_download() as download:
            await explorer.button(item).click()
        path = tmp_path / (await download.value).suggested_filename
        await (await download.value).save_as(path)
        return path

    drawing = ElementTree.parse(await saved("SVG picture")).getroot()
    texts = {element.text for element in drawing.iter("{http://www.w3.org/2000/svg}title")}
    assert {f"{urn.split(':')[2]} {urn.split(':')[3]}" for urn in UP | DOWN} == texts
    picture = (await saved("PNG picture")).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (2 * int(drawing.attrib["width"]), 2 * int(drawing.attrib["height"]))
    rows = list(csv.DictReader(StringIO((await saved("CSV table")).read_text())))
    assert {row["urn"] for row in rows} == set(UP | DOWN)
    assert {row["urn"]: row["findings"] for row in rows}["urn:mesh:customer:loyalty_cards"] == "2"
    query = (await saved("GraphQL query")).read_text()
    variables = json.loads(query[query.index("# {") :].replace("# ", ""))
    assert variables["urn"] == PROFILES


async def test_the_query_behind_the_view_can_be_run(explorer: Explorer, service: Service) -> None:
    await explorer.lineage(PROFILES)
    await explorer.page.get_by_text("The query behind this view").click()
    link = explorer.page.get_by_role("link", name="Edit in GraphiQL")
    shared = parse_qs(urlsplit(await link.get_attribute("href") or "").fragment)
    answer = await ask(service.store, shared["query"][0], **json.loads(shared["variables"][0]))
    assert len(answer["dataProduct"]["lineage"]["nodes"]) == len(UP | DOWN)


async def test_arrow_keys_travel_along_edges(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    await explorer.card("customer", "profiles").focus()
    focused = explorer.page.locator(".card:focus")
    before = PROFILES
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        await explorer.page.keyboard.press(key)
        label = await focused.get_attribute("title") or ""
        after = "urn:mesh:" + label.replace(": ", ":")
        assert ((before, after) if key == "ArrowRight" else (after, before)) in BETWEEN
        before = after
    # Up and down stay in the column.
    rank = "card => document.querySelector('.picture').lineage.shown.items[card.dataset.item].rank"
    column = await focused.evaluate(rank)
    visited = set()
    for key in ("ArrowUp", "ArrowUp", "ArrowDown"):
        await explorer.page.keyboard.press(key)
        visited.add(await focused.get_attribute("title"))
        assert await focused.evaluate(rank) == column
    assert len(visited) > 1
    await explorer.page.keyboard.press("Home")
    await expect(explorer.card("customer", "profiles")).to_be_focused()
    await explorer.page.keyboard.press("Enter")
    await expect(explorer.drawer.get_by_role("heading", level=2)).to_have_text("profiles")


async def test_motion_is_reduced_for_those_who_ask_for_it(open_explorer: Open) -> None:
    for wish, still in (("reduce", True), ("no-preference", False)):
        explorer = await open_explorer(reduced_motion=wish)
        await explorer.lineage(PROFILES)
        card = explorer.card("customer", "profiles")
        assert (await card.evaluate("card => getComputedStyle(card).transitionDuration") == "0s") is still


async def test_the_drawer_names_the_successor_of_a_deprecated_product(explorer: Explorer) -> None:
    await explorer.lineage(NEWSLETTER, at=NEWSLETTER)
    await expect(explorer.drawer).to_contain_text("Deprecated. Its last day is ")
    await expect(explorer.drawer.get_by_role("link", name="customer · consents")).to_be_visible()


async def test_a_wide_column_folds_into_boxes_that_open_search_and_close(explorer: Explorer) -> None:
    await explorer.lineage(HUB)
    boxes = explorer.page.locator(".card.box")
    await expect(boxes).to_have_count(6)
    await expect(explorer.page.locator(".card")).to_have_count(7)
    await explorer.button(re.compile("46 products, alpine")).click()
    cards = explorer.page.locator(".card:not(.box)")
    await expect(cards).to_have_count(41)  # the hub, and the first forty
    await expect(explorer.page).to_have_url(re.compile("open="))
    await explorer.button(re.compile("6 more products, alpine")).click()
    await expect(cards).to_have_count(47)
    search = explorer.page.get_by_role("searchbox", name="Search inside alpine")
    await search.fill("reader_07")
    await search.press("Enter")
    await expect(cards).to_have_count(2)
    await explorer.button("Close alpine").click()
    await expect(explorer.page.locator(".card")).to_have_count(7)


async def test_a_long_chain_folds_into_one_box(explorer: Explorer) -> None:
    await explorer.lineage(CHAIN)
    box = explorer.button(re.compile("steps in a row"))
    await expect(box).to_have_count(1)
    folded = await explorer.shown("Math.max(...lineage.shown.items.map(item => item.members.length))")
    assert folded >= 8
    await box.click()
    await expect(explorer.page.locator(".card")).to_have_count(STEPS)


async def test_group_by_domain_makes_a_box_of_each(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    await explorer.button("Group by domain").click()
    await expect(explorer.page.locator(".card.box")).not_to_have_count(0)
    members = await explorer.shown("lineage.shown.items.reduce((sum, item) => sum + item.members.length, 0)")
    assert members == len(UP | DOWN)


async def test_show_all_draws_every_product_on_a_canvas(explorer: Explorer) -> None:
    await explorer.lineage(HUB)
    await explorer.button("Show all").click()
    await expect(explorer.page.locator(".card")).to_have_count(0)
    assert await explorer.shown("lineage.shown.items.length") == READERS + 1
    place = await explorer.screen_of("urn:mesh:alpine:reader_07")
    assert place is not None
    await explorer.page.mouse.move(place["x"], place["y"])
    await expect(explorer.page.locator(".hint")).to_have_text("alpine · reader_07")
    await explorer.page.mouse.click(place["x"], place["y"])
    await expect(explorer.drawer.get_by_role("heading", level=2)).to_have_text("reader_07")


async def test_cards_change_form_with_zoom_and_keep_their_names(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    card = explorer.card("digital", "recommendation_outcomes")
    sizes = []
    for zoom in (1.0, 0.6, 0.45):
        await explorer.shown(f"lineage.setView({{ x: 0, y: 0, z: {zoom} }})")
        await expect(explorer.page.locator(".world")).to_have_css("transform", re.compile(rf"matrix\({zoom:g},"))
        size = await card.locator(".name").evaluate("name => parseFloat(getComputedStyle(name).fontSize)")
        sizes.append(size * zoom)
        inside = await card.evaluate(
            "card => { const box = card.getBoundingClientRect();"
            " const name = card.querySelector('.name').getBoundingClientRect();"
            " return name.left >= box.left && name.right <= box.right && name.bottom <= box.bottom + 1; }"
        )
        assert inside
    assert min(sizes) >= 9.5  # pixels
    details = card.locator(".facts")
    await expect(details).to_be_hidden()


async def test_dark_and_light_are_chosen_and_kept(explorer: Explorer) -> None:
    await explorer.lineage(PROFILES)
    light = await explorer.page.evaluate("getComputedStyle(document.body).backgroundColor")
    await explorer.button("Dark or light").click()
    dark = await explorer.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    await explorer.page.reload()
    await explorer.ready()
    assert await explorer.page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
