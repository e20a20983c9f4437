"""Full text on the real index. Words of the descriptions are chosen so that each search has one right answer."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.discovery.query_text import parse_search
from resolvers.discovery.search import NO_FILTER, Direction, OrderField, ProductFilter, discover
from resolvers.model.errors import UserErrorCode, UserFault
from tests.mesh import Mesh
from tests.writes import a_domain, a_product, contract


@pytest.fixture
async def shop(store):
    mesh = Mesh()
    profiles = mesh.product("customer", "customer_profiles", description="Who they are", tags=["pii", "golden-record"])
    mesh.product("customer", "customerSegments", description="Groups of customers for campaigns")
    orders = mesh.product("sales", "orders", description="Every order, with the customer who made it")
    mesh.product("sales", "order-items", description="Lines (with prices) of an order: C:\\data\\items")
    mesh.product("ops", "shipments.v2", description="Überseetransport und 顧客データ, “quoted”, 100% a AND b")
    mesh.contract(profiles, fields=["email", "birth_date"])
    mesh.contract(orders, fields=["order_id", "total"])
    await mesh.write(store)
    return store


async def found(store, search, filter=NO_FILTER) -> set[str]:
    listing = discover(store, filter, search, None, None, None, None)
    names = [product.name for product in await listing.items()]
    assert await listing.count() == len(names)
    facets = await listing.facets(frozenset({"domain"}))
    assert sum(facet.count for facet in facets.domain) == len(names)
    return set(names)


EVERYTHING = {"customer_profiles", "customerSegments", "orders", "order-items", "shipments.v2"}
ORDERS = {"orders", "order-items"}
CUSTOMERS = {"customer_profiles", "customerSegments", "orders"}

SEARCHES = {
    # words: all of them, each whole or as a beginning, in any field, in any case
    "profiles": {"customer_profiles"},
    "PROFILES": {"customer_profiles"},
    "profil": {"customer_profiles"},
    "customer": CUSTOMERS,
    "customer groups": {"customerSegments"},
    "groups of the customer": {"customerSegments"},
    "customer_profiles": {"customer_profiles"},
    "customerProfiles": {"customer_profiles"},
    "customer-segments": {"customerSegments"},
    "golden-record": {"customer_profiles"},
    "email": {"customer_profiles"},
    "order_id": {"orders"},
    "birth": {"customer_profiles"},
    "date of birth": {"customer_profiles"},
    "birthDate": {"customer_profiles"},
    "fields:date": {"customer_profiles"},
    "überseetransport": {"shipments.v2"},
    "顧客データ": {"shipments.v2"},
    "shipments.v2": {"shipments.v2"},
    "the": {"orders", "customer_profiles"},
    # typing errors are forgiven only when nothing else is found
    "custmer": CUSTOMERS,
    "profiels": {"customer_profiles"},
    "custmer gruops": {"customerSegments"},
    "zzz": set(),
    # the syntax
    "profil*": {"customer_profiles"},
    "PROFIL*": {"customer_profiles"},
    "custmer~": CUSTOMERS,
    "custmer~1": CUSTOMERS,
    '"groups of customers"': {"customerSegments"},
    '"customers of groups"': set(),
    "pii OR campaigns": {"customer_profiles", "customerSegments"},
    "pii || campaigns": {"customer_profiles", "customerSegments"},
    "order AND customer": {"orders"},
    "order && customer": {"orders"},
    "order NOT customer": {"order-items"},
    "order -customer": {"order-items"},
    "+order -customer": {"order-items"},
    "NOT order": EVERYTHING - ORDERS,
    "-order": EVERYTHING - ORDERS,
    "(pii OR campaigns) AND NOT groups": {"customer_profiles"},
    "pii OR campaigns AND groups": {"customer_profiles", "customerSegments"},
    "name:order*": ORDERS,
    "name:customer": {"customer_profiles", "customerSegments"},
    "description:customer": {"orders"},
    "tags:pii": {"customer_profiles"},
    "fields:email": {"customer_profiles"},
    "fields:(email OR total)": {"customer_profiles", "orders"},
    "campaigns^4 OR pii": {"customer_profiles", "customerSegments"},
    # everything
    "": EVERYTHING,
    "   ": EVERYTHING,
    "*": EVERYTHING,
    "*:*": EVERYTHING,
    # not valid, so words: never an error, and never syntax
    "a AND (": {"customer_profiles", "order-items", "shipments.v2"},
    "AND b": {"customer_profiles", "shipments.v2"},
    "(order": ORDERS,
    "order)": ORDERS,
    "order (": ORDERS,
    '"': set(),
    '"order': ORDERS,
    "\\": set(),
    "data\\items": {"order-items"},
    "C:\\data\\items": {"order-items"},
    "~": set(),
    "order~9": set(),
    "^": set(),
    "field:x": set(),
    "*rder": ORDERS,
    "o*er": set(),
    "/order.*/": ORDERS,
    "[a TO z]": set(),
    "100%": {"shipments.v2"},
    "()": set(),
    "AND": set(),
    "-": set(),
    "+": set(),
    "!": set(),
    "\0": set(),
    "\ud800": set(),
    "😀": set(),
    "x" * 500: set(),
    "(" * 200 + "order" + ")" * 200: ORDERS,
    "MATCH (n) DETACH DELETE n": set(),
}


async def test_what_each_text_finds(shop):
    answers = {text: await found(shop, text) for text in SEARCHES}
    assert answers == SEARCHES


async def test_the_fields_of_a_published_contract_are_found_by_their_words(store):
    await a_domain(store)
    await a_product(store, "invoices", contract=contract())
    for text in ("order_id", "order id", "fields:order_id", "fields:id", "fields:order", "total"):
        assert await found(store, text) == {"invoices"}, text


async def test_what_was_written_is_found_at_once(store):
    """The index is updated behind the commit, and a search waits for it."""
    await a_domain(store)
    for number in range(20):
        await a_product(store, f"novelty_{number}", tags=(f"fresh{number}",))
        assert await found(store, f"novelty_{number}") == {f"novelty_{number}"}
        assert await found(store, None, ProductFilter(tags=(f"fresh{number}",))) == {f"novelty_{number}"}


async def test_no_search_finds_everything_and_filters_narrow_a_search(shop):
    assert await found(shop, None) == EVERYTHING
    assert await found(shop, "customer", ProductFilter(domains=("sales",))) == {"orders"}
    assert await found(shop, "custmer", ProductFilter(domains=("sales",))) == {"orders"}
    assert await found(shop, "customer", ProductFilter(tags=("pii",))) == {"customer_profiles"}


@pytest.mark.parametrize("text", ["x" * 501, "a " * 33])
async def test_a_text_that_is_too_long_is_refused(store, text):
    with pytest.raises(UserFault, match="at most 32 words and 500 characters") as caught:
        discover(store, NO_FILTER, text + "a", None, None, None, None)
    assert (caught.value.code, caught.value.field) == (UserErrorCode.INVALID_INPUT, ("search",))


async def test_whole_words_rank_before_beginnings_and_pages_keep_the_ranking(store):
    mesh = Mesh()
    for number in range(30):
        text = "stock" if number % 10 == 3 else "stockholders"
        mesh.product("ops", f"p{number:02}", description=text)
    await mesh.write(store)
    whole = discover(store, NO_FILTER, "stock", None, None, 100, None)
    ranked = [product.name for product in await whole.items()]
    assert ranked == ["p03", "p13", "p23"] + [f"p{n:02}" for n in range(30) if n % 10 != 3]
    for size in (1, 4, 7):
        paged, after = [], None
        while len(paged) < 30:
            page = discover(store, NO_FILTER, "stock", OrderField.RELEVANCE, None, size, after)
            paged += [product.name for product in await page.items()]
            after = (await page.info()).end_cursor
        assert paged == ranked
        assert not (await page.info()).has_next_page


async def test_a_ranking_goes_on_where_it_stood_though_all_scores_moved(store):
    mesh = Mesh()
    for number in range(8):
        mesh.product("ops", f"p{number}", description="stock " * (number % 3 + 1) + "of things")
    await mesh.write(store)
    first = discover(store, NO_FILTER, "stock", None, None, 4, None)
    seen = [product.name for product in await first.items()]
    before = [product.name for product in await discover(store, NO_FILTER, "stock", None, None, 9, None).items()]
    more = Mesh()
    for number in range(40):
        more.product("hr", f"other{number}", description="nothing of the kind, at some length " * 3)
    await more.write(store)
    rest = discover(store, NO_FILTER, "stock", None, None, 9, (await first.info()).end_cursor)
    assert seen + [product.name for product in await rest.items()] == before


async def test_a_search_can_be_ordered_otherwise(shop):
    given = discover(shop, NO_FILTER, "customer", OrderField.NAME, Direction.DESC, 2, None)
    assert [product.name for product in await given.items()] == ["orders", "customer_profiles"]
    rest = discover(shop, NO_FILTER, "customer", OrderField.NAME, Direction.DESC, 2, (await given.info()).end_cursor)
    assert [product.name for product in await rest.items()] == ["customerSegments"]


PIECES = [
    "order",
    "custom",
    "AND",
    "OR",
    "NOT",
    "(",
    ")",
    '"',
    "*",
    "~",
    "~2",
    "^3",
    ":",
    "+",
    "-",
    "!",
    "\\",
    "/",
    "[",
]
PIECES += ["{", "name:", "tags:", "&&", "||", "?", "é", "顧", "1.5", " ", " ", " "]
TYPED = st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=16).map("".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TYPED)
def test_nothing_that_is_typed_breaks_the_parser(text):
    parsed = parse_search(text)
    assert parsed is None or (parsed.strict and parsed.loose)


async def test_nothing_that_is_typed_breaks_the_index(shop):
    """The same texts on the real index: Lucene's own parser takes every query that ours writes."""
    texts: list[str] = []

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(text=TYPED)
    def collect(text):
        texts.append(text)

    collect()
    for text in texts:
        count = await discover(shop, NO_FILTER, text, None, None, None, None).count()
        assert 0 <= count <= len(EVERYTHING)
