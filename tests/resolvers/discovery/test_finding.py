"""Products are found by what people paste and type: references, names in any writing, words in any script."""

import unicodedata
from typing import Any

import pytest

from graph_api.neo4j.search_words import fill_search_words, renew_search_words
from resolvers.discovery.search import NO_FILTER, ProductFilter, discover
from resolvers.graph.search_text import field_words, name_key, runs_of, search_properties, tag_key, words_of
from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_update import update_product
from tests.mesh import Mesh
from tests.writes import a_domain, a_product, contract, done


async def ranked(store: Any, search: str | None, filter: ProductFilter = NO_FILTER) -> list[str]:
    return [product.name for product in await discover(store, filter, search, None, None, None, None).items()]


async def answers(store: Any, searches: Any) -> dict[str, set[str]]:
    return {text: set(await ranked(store, text)) for text in searches}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("orders-daily", "orders daily"),
        ("Customer360", "customer 360 customer360"),
        ("customerEventsV2", "customer events v 2 customereventsv2"),
        ("Donne\u0301es du cafe\u0301", "donnees du cafe"),
        ("Tiếng Việt ĐÀ NẴNG", "tieng viet da nang"),
        ("Łódź Ærø Þór İSTANBUL \u0131rmak", "lodz aero thor istanbul irmak"),
        ("ﬁnance ﬂow Ⅳ ½", "finance flow iv 1 2"),
        ("Ελληνικά Ёлка", "ελληνικα елка"),
        ("שָׁלוֹם كِتَاب مـحـمـد", "שלום كتاب محمد"),
        ("ガラス ｶﾞﾗｽ", "ガ ラ ス ガ ラ ス"),
        ("1️⃣ step 2\u20e3", "1 step 2"),
        ("or\u200bd\ufeffe\u2060rs ❤\ufe0f", "orders"),
        ("\u0301 \ufe0f x", "x"),
        ("Straße STRASSE", "strasse strasse"),
        ("\uff23\uff55\uff53\uff54\uff13\uff16\uff10", "cust 360 cust360"),
        ("٣٦٠", "360"),
        ("客户订单2024", "客 户 订 单 2024"),
        ("ลูกค้า", "ล ู ก ค ้ า"),
        ("감사 기록", "감 사 기 록"),
        ("नमस्ते दुनिया", "नमस्ते दुनिया"),
        ("co\u00adoperate", "cooperate"),
        ("a1b2c3d4e5f6", "a1b2c3d4e5f6"),
        ("— … !", ""),
    ],
)
def test_words_of_a_text(text, words):
    assert words_of(text) == words
    assert words_of(unicodedata.normalize("NFD", text)) == words
    assert words_of(unicodedata.normalize("NFC", text)) == words


def test_names_and_tags_that_are_written_otherwise_have_one_key():
    keys = {name_key(runs_of(text)) for text in ("orders - daily", "Orders/Daily", "orders_daily", "ordersDaily")}
    assert keys == {"=orders-daily"}
    assert {tag_key(tag) for tag in ("PII", "pii", " Pii", "\uff30\uff29\uff29")} == {"pii"}
    assert tag_key("Ärzte  Liste") == tag_key("a\u0308RZTE liste")


HYPHENS = {
    "orders - daily": {"orders-daily"},
    "Orders - daily snapshot (EMEA)": {"orders-daily"},
    "orders-daily": {"orders-daily"},
    "orders/daily": {"orders-daily"},
    "orders_daily": {"orders-daily"},
    "ordersdaily": {"orders-daily"},
    "orders \u2013 daily": {"orders-daily"},
    "(EMEA)": {"orders-daily"},
    "tb-flows": {"tb-flows"},
    "tb - flows": {"tb-flows"},
    "tb flows": {"tb-flows"},
    "tbflows": {"tb-flows"},
    "tb-fl": {"tb-flows"},
    "customer360": {"customer360", "customer-360-view"},
    "customer 360": {"customer360", "customer-360-view"},
    "Customer-360": {"customer360", "customer-360-view"},
    "customer3": {"customer360", "customer-360-view"},
    "360": {"customer360", "customer-360-view"},
    "orders -daily": set(),
    "v2": {"customer-360-view"},
    "AT&T / R+D": {"customer360"},
    "C++": {"customer360", "customer-360-view"},
    "what? [now] {then} a^b ~ \\ x": set(),
    "50%?": {"tb-flows"},
}


async def test_hyphens_slashes_digits_and_special_characters_are_text(store):
    mesh = Mesh()
    mesh.product("sales", "orders-daily", description="Orders - daily snapshot (EMEA)")
    mesh.product("sales", "tb-flows", description="tb-flows by day, 50% of them")
    mesh.product("sales", "customer360", description="One view, of AT&T and R+D, in C++")
    mesh.product("ops", "customer-360-view", description="The V2 of it")
    await mesh.write(store)
    assert await answers(store, HYPHENS) == HYPHENS


SCRIPTS = {
    "zh": "客户订单每日汇总",
    "ja": "顧客データの毎日の注文",
    "katakana": "ダッシュボードデータ",
    "ko": "고객주문일별집계 자료",
    "th": "ข้อมูลลูกค้ารายวัน",
    "lo": "ຂໍ້ມູນລູກຄ້າປະຈຳວັນ",
    "km": "ទិន្នន័យអតិថិជនប្រចាំថ្ងៃ",
    "my": "ဖောက်သည်အချက်အလက်",
    "hi": "ग्राहक के दैनिक आदेश",
}


async def test_any_part_of_a_text_without_spaces_finds_it(store):
    mesh = Mesh()
    for name, text in SCRIPTS.items():
        mesh.product("lab", name, description=text, tags=[text[2:6]])
    mesh.product("lab", "nfd", description=unicodedata.normalize("NFD", "données qualité 감사"))
    await mesh.write(store)
    for name, text in SCRIPTS.items():
        whole = {text[:3], text[:5], "दैनिक", "आदे"}  # beginnings of words
        parts = whole if name == "hi" else {text[:1], text[:2], text[:5], text[1:4], text[3:]}
        for part in sorted(parts):
            assert name in await ranked(store, part), (name, part)
        assert name in await ranked(store, unicodedata.normalize("NFD", text[:5])), name
    assert await ranked(store, "户客") == []
    assert await ranked(store, "订单汇总") == []
    assert await ranked(store, "name:zh description:每日 tags:订单") == ["zh"]
    assert await ranked(store, "每日*") == ["zh"]
    for text in ("données", "DONNE\u0301ES", "qualite\u0301", "감사"):
        assert await ranked(store, text) == ["nfd"], text


async def test_a_reference_finds_its_product_and_a_beginning_of_it_those_that_begin_so(store):
    mesh = Mesh()
    daily = mesh.product("sales", "orders-daily", owner_team="Growth & Sales")
    mesh.product("sales", "orders-daily-emea")
    mesh.product("ops", "orders-daily")
    mesh.product("ops", "sales", description="orders by day, daily")
    await mesh.write(store)
    for text in (daily.urn, daily.urn.upper(), f'"{daily.urn}"', f" <{daily.urn}> ", daily.id, daily.id.upper()):
        found = discover(store, NO_FILTER, text, None, None, None, None)
        assert [product.id for product in await found.items()] == [daily.id], text
        assert await found.count() == 1
    first = await discover(store, NO_FILTER, "sales:orders-daily", None, None, None, None).items()
    assert first[0].id == daily.id
    assert set(await ranked(store, "urn:mesh:sales:orders-da")) == {"orders-daily", "orders-daily-emea", "sales"}
    assert set(await ranked(store, "urn:mesh:sales")) == {"orders-daily", "orders-daily-emea", "sales"}
    assert len(await ranked(store, "urn:mesh:")) == 4
    assert await ranked(store, "urn:mesh:sales:nothing") == []
    assert await ranked(store, "prd_nothing") == []
    assert await ranked(store, "urn") == await ranked(store, "prd") == await ranked(store, "mesh") == []


async def test_accents_and_what_nobody_sees_do_not_count(store):
    mesh = Mesh()
    accented = mesh.product("sales", "cafe-accented", description="Café Ørsted, 1️⃣ über Łódź", tags=["Qualité"])
    mesh.contract(accented, fields=["prénomClient"])
    plain = mesh.product("sales", "cafe-plain", description="Cafe Orsted uber Lodz", owner_team="Ärzte")
    mesh.product("sales", "other", description="कि की")
    await mesh.write(store)
    both = {"cafe-accented", "cafe-plain"}
    for text in (
        "café",
        "cafe",
        "CAFE\u0301",
        "ørsted",
        "Orsted",
        "lodz",
        "Łó",
        "über",
        "uber",
        '"cafe ørsted"',
        "ca\u200bfé",
    ):
        assert set(await ranked(store, text)) == both, text
    for text in ("qualite", "tags:QUALITÉ", "prenom", "prénom client", "fields:prenomclient", "1️⃣", "\uff11"):
        assert await ranked(store, text) == ["cafe-accented"], text
    assert await ranked(store, "owner:arzte") == await ranked(store, "Arzte") == ["cafe-plain"]
    assert set(await ranked(store, "café~1")) == set(await ranked(store, "cáfes~1")) == both
    assert await ranked(store, "कि") == ["other"]
    assert await ranked(store, None, ProductFilter(tags=("qualite",))) == []  # a tag is what it says
    for text in (
        *(plain.urn.replace(":", "%3A"), plain.urn.replace(":", "%3a").upper(), f"\u2068{plain.urn}\u2069"),
        *(f"{plain.urn}\u200b", f"\ufeff{plain.urn.upper()}", plain.urn.replace("cafe", "c%61fe")),
    ):
        assert await ranked(store, text) == ["cafe-plain"], text
    for text in ("❤️", "\u0301", "\u200b", "️", '"', "\\", "***", "((", "~", "+-!"):
        assert await ranked(store, text) == [], text


async def test_owner_teams_and_domains_are_found(store):
    mesh = Mesh()
    mesh.product("sales", "a", owner_team="growth-platform")
    mesh.product("sales", "b", owner_team="Ärzte Team")
    mesh.product("ops", "c", owner_team="growth-platform", description="of sales")
    await mesh.write(store)
    for text in ("growth-platform", "Growth Platform", "owner:growth", "growth-pl"):
        assert set(await ranked(store, text)) == {"a", "c"}, text
    assert await ranked(store, "ärzte team") == ["b"]
    assert await ranked(store, "owner:sales growth") == ["a"]
    assert set(await ranked(store, "sales")) == {"a", "b", "c"}


async def test_exact_names_come_first(store):
    mesh = Mesh()
    mesh.product("orders", "events", description="orders orders orders")
    mesh.product("sales", "orders-daily", tags=["orders"])
    mesh.product("sales", "all-orders")
    mesh.product("sales", "orders", description="a long text that says much of other things and little of itself")
    mesh.product("sales", "daily-orders", description="orders daily orders daily")
    await mesh.write(store)
    assert (await ranked(store, "orders"))[0] == "orders"
    assert (await ranked(store, "ORDERS"))[0] == "orders"
    for text in ("orders daily", "orders-daily", "Orders / Daily", "sales:orders-daily"):
        assert (await ranked(store, text))[0] == "orders-daily", text
    assert (await ranked(store, "daily orders"))[0] == "daily-orders"


async def test_tags_fold_case_in_filter_facet_and_search(store):
    mesh = Mesh()
    for name, tags in {
        "a": ["PII", "pii"],
        "b": ["pii", "Straße"],
        "c": ["Pii", "STRASSE"],
        "d": ["pii-free", unicodedata.normalize("NFD", "qualité")],
        "e": ["QUALITÉ"],
    }.items():
        mesh.product("sales", name, tags=tags)
    await mesh.write(store)
    for tag in ("PII", "pii", "Pii"):
        listing = discover(store, ProductFilter(tags=(tag,)), None, None, None, None, None)
        assert [product.name for product in await listing.items()] == ["a", "b", "c"], tag
        assert await listing.count() == 3
        assert set(await ranked(store, f"tags:{tag}")) == {"a", "b", "c", "d"}
    assert await ranked(store, None, ProductFilter(tags=("qualité",))) == ["d", "e"]
    assert await ranked(store, None, ProductFilter(tags=("straße", "PII"))) == ["b", "c"]
    everything = discover(store, NO_FILTER, None, None, None, None, None)
    facets = (await everything.facets(frozenset({"tag"}))).tag
    assert tuple(facets[0]) == ("pii", 3)
    assert {tag_key(facet.value): facet.count for facet in facets} == {
        "pii": 3,
        "strasse": 2,
        "qualité": 2,
        "pii-free": 1,
    }
    for value, count in facets:
        assert await discover(store, ProductFilter(tags=(value,)), None, None, None, None, None).count() == count


async def test_writes_keep_the_words_up_to_date(store):
    await a_domain(store)
    product = await a_product(store, "orders", description="Données", tags=["PII"], contract=contract())
    assert await ranked(store, "donne\u0301es") == ["orders"]
    changes = {"description": "客户订单", "tags": ["Gold"], "ownerTeam": "growth"}
    done(await update_product(store, ADMINISTRATOR, product.id, changes))
    for text, names in {"données": [], "户订": ["orders"], "gold": ["orders"], "growth": ["orders"]}.items():
        assert await ranked(store, text) == names, text
    assert await ranked(store, None, ProductFilter(tags=("pii",))) == []
    assert await ranked(store, None, ProductFilter(tags=("GOLD",))) == ["orders"]
    wider = {"type": "object", "properties": {**contract()["jsonSchema"]["properties"], "customerEmail": {}}}
    wider["required"] = ["order_id"]
    done(await publish_contract(store, ADMINISTRATOR, product.id, contract("1.1.0", jsonSchema=wider)))
    for text in ("email", "customer email", "fields:customeremail", "order_id", "orderId"):
        assert await ranked(store, text) == ["orders"], text


WORDS = ("searchKeys", "searchWords", "descriptionWords", "tagWords", "tagKeys", "ownerWords", "fieldWords")


async def test_products_of_an_earlier_version_get_their_words(store, driver, clean_database):
    mesh = Mesh()
    for number in range(3):
        product = mesh.product("sales", f"orders-{number}", description="Données 客户", tags=["PII"])
        mesh.contract(product, fields=["orderId"])
    await mesh.write(store)
    read = "MATCH (p:DataProduct) WITH p ORDER BY p.id RETURN collect(properties(p))"
    before = await store.read(read)
    assert set(WORDS) < set(before[0])
    forget = "MATCH (p:DataProduct) WHERE p.name <> 'orders-2' SET p += $none"
    await driver.execute_query(forget, none=dict.fromkeys(WORDS), database_=clean_database.database)
    kept = "MATCH (p:DataProduct {name: 'orders-2'}) SET p.tagKeys = ['written meanwhile']"
    await driver.execute_query(kept, database_=clean_database.database)
    assert await ranked(store, "客户") == ["orders-2"]
    await fill_search_words(driver, clean_database.database)
    before[2]["tagKeys"] = ["written meanwhile"]
    assert await store.read(read) == before
    assert await ranked(store, "客户") == ["orders-0", "orders-1", "orders-2"]
    assert search_properties(mesh.products["prd_sales.orders-0"]).items() <= before[0].items()
    assert before[0]["fieldWords"] == field_words(["orderId"]) == ["order id orderid"]


async def test_words_by_earlier_rules_are_made_anew(store, driver, clean_database):
    mesh = Mesh()
    for number in range(3):
        product = mesh.product("sales", f"orders-{number}", description="Données", tags=["Qualité"])
        mesh.contract(product, fields=["prénom"])
    await mesh.write(store)
    read = "MATCH (p:DataProduct) WITH p ORDER BY p.id RETURN collect(properties(p))"
    before = await store.read(read)
    earlier = {"descriptionWords": "données", "tagWords": ["qualité"], "fieldWords": ["prénom"]}
    await driver.execute_query(
        "MATCH (p:DataProduct) SET p += $words", words=earlier, database_=clean_database.database
    )
    assert await ranked(store, "description:donnees") == []
    await renew_search_words(driver, clean_database.database)
    assert await store.read(read) == before
    for text in ("donnees", "qualite", "prenom"):
        assert await ranked(store, text) == ["orders-0", "orders-1", "orders-2"], text
    await renew_search_words(driver, clean_database.database)
    assert await store.read(read) == before
