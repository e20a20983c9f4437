import random
from itertools import combinations
from itertools import product as pairs

import pytest

from resolvers.discovery.search import NO_FILTER, Direction, OrderField, ProductFilter, ProductListing, discover
from resolvers.graph.partial_records import is_part
from resolvers.graph.product_snapshot import SNAPSHOT_FIELDS
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Product
from resolvers.paging.cursors import ListScope, encode
from tests.mesh import Mesh, instant

TAGS = ("core", "pii", "gold", "two words", 'quo"ted', "---", "日本")

ALL = Product._fields


def listing(store, filter=NO_FILTER, search=None, order=None, direction=None, first=None, after=None, fields=ALL):
    return discover(store, filter, search, order, direction, first, after, fields)


async def urns(listing: ProductListing) -> list[str]:
    return [product.urn for product in await listing.items()]


async def all_pages(store, first, **given) -> list[str]:
    """The urns of all pages, each found by the cursor of the one before."""
    found, after = [], None
    while True:
        page = listing(store, first=first, after=after, **given)
        found += await urns(page)
        info = await page.info()
        assert info.has_previous_page == (after is not None)
        if not info.has_next_page:
            return found
        after = info.end_cursor


def a_mesh(seed: int, size: int) -> Mesh:
    rng, mesh = random.Random(seed), Mesh()
    for number in range(size):
        product = mesh.product(
            rng.choice(["sales", "ops", "sales-eu", "hr"]),
            f"{rng.choice(['a', 'B', 'ä', 'z'])}{rng.randrange(4)}_{number}",
            owner_team=rng.choice(["red", "blue"]),
            type=rng.choice(["SOURCE", "DERIVED", "AGGREGATE", "ML_FEATURE"]),
            status=rng.choice(["DEVELOPMENT", "TESTING", "PRODUCTION", "DEPRECATED"]),
            tags=rng.sample(TAGS, rng.randrange(4)),
            created_at=instant(rng.randrange(5)),
            updated_at=instant(rng.randrange(5)),
        )
        if rng.random() < 0.7:
            mesh.contract(product, classification=rng.choice(["PUBLIC", "INTERNAL", None]))
    return mesh


def expected(mesh: Mesh, given: ProductFilter, order: OrderField, direction: Direction) -> list[str]:
    keys = {
        OrderField.URN: lambda p: p.urn,
        OrderField.NAME: lambda p: (p.name, p.id),
        OrderField.CREATED_AT: lambda p: (p.created_at, p.id),
        OrderField.UPDATED_AT: lambda p: (p.updated_at, p.id),
    }
    kept = [
        product
        for product in mesh.products.values()
        if (not given.domains or product.domain in given.domains)
        and (not given.types or product.type in given.types)
        and (not given.statuses or product.status in given.statuses)
        and (not given.owner_teams or product.owner_team in given.owner_teams)
        and (not given.classifications or product.classification in given.classifications)
        and set(given.tags) <= set(product.tags)
    ]
    return [product.urn for product in sorted(kept, key=keys[order], reverse=direction is Direction.DESC)]


async def test_every_filter_order_and_page_size_gives_what_a_walk_in_python_gives(store):
    mesh = await a_mesh(seed=3, size=60).write(store)
    rng = random.Random(5)
    orders = list(pairs([field for field in OrderField if field is not OrderField.RELEVANCE], Direction))
    for order, direction in orders * 6:
        given = ProductFilter(
            domains=tuple(rng.sample(["sales", "ops", "sales-eu"], rng.choice([0, 0, 1, 2]))),
            types=tuple(rng.sample(["SOURCE", "DERIVED", "AGGREGATE"], rng.choice([0, 0, 1, 3]))),
            statuses=tuple(rng.sample(["PRODUCTION", "TESTING"], rng.choice([0, 0, 1]))),
            owner_teams=rng.choice([(), (), ("red",), ("red", "blue"), ("none",)]),
            classifications=rng.choice([(), (), ("PUBLIC",), ("PUBLIC", "INTERNAL")]),
            tags=tuple(rng.sample(TAGS, rng.choice([0, 0, 1, 2]))),
        )
        wanted = expected(mesh, given, order, direction)
        size = rng.choice([1, 3, 7, 1000])
        found = await all_pages(
            store, size, filter=given, order=order, direction=direction, fields=rng.choice([ALL, ("id", "urn")])
        )
        assert found == wanted, (given, order, direction, size)
        assert await listing(store, given).count() == len(wanted), given


ONE_OF_EACH = {
    "domains": ("sales",),
    "types": ("SOURCE", "DERIVED"),
    "statuses": ("TESTING",),
    "owner_teams": ("red",),
    "classifications": ("INTERNAL",),
    "tags": ("core",),
}


async def test_a_filter_alone_and_one_beside_another_give_what_a_walk_in_python_gives(store):
    mesh = await a_mesh(seed=7, size=60).write(store)
    by_urn = {product.urn: product for product in mesh.products.values()}
    orders = list(pairs([field for field in OrderField if field is not OrderField.RELEVANCE], Direction))
    alone = [((), order) for order in orders] + [((name,), order) for name in ONE_OF_EACH for order in orders]
    beside = [(both, order) for both in combinations(ONE_OF_EACH, 2) for order in (orders[0], orders[3])]
    for names, (order, direction) in alone + beside:
        given = ProductFilter(**{name: ONE_OF_EACH[name] for name in names})
        wanted = expected(mesh, given, order, direction)
        for fields in (ALL, ("id", "name", "status")):
            page = listing(store, given, order=order, direction=direction, first=1000, fields=fields)
            assert await urns(page) == wanted, (given, order, direction, fields)
        for search in ("gold", "gold*"):  # plain words may be meant otherwise, a query may not
            searched = await all_pages(store, 7, filter=given, search=search, fields=("id", "name", "status"))
            assert sorted(searched) == sorted(urn for urn in wanted if "gold" in by_urn[urn].tags), (given, search)


async def test_facets_count_the_whole_result_and_only_what_is_asked(store):
    mesh = Mesh()
    first = mesh.product("sales", "a", tags=["x", "y"], type="SOURCE")
    mesh.product("sales", "b", tags=["x"], type="DERIVED", status="TESTING")
    mesh.product("ops", "c", tags=[], type="DERIVED", status="DEPRECATED")
    mesh.contract(first, classification="PUBLIC")
    await mesh.write(store)
    everything = frozenset({"domain", "type", "status", "tag", "classification"})
    facets = await listing(store, first=1).facets(everything)
    assert facets.domain == [("sales", 2), ("ops", 1)]
    assert facets.type == [("DERIVED", 2), ("SOURCE", 1)]
    assert facets.status == [("DEPRECATED", 1), ("PRODUCTION", 1), ("TESTING", 1)]
    assert facets.tag == [("x", 2), ("y", 1)]
    assert facets.classification == [("PUBLIC", 1)]
    assert await listing(store, ProductFilter(domains=("sales",))).facets(frozenset({"type"})) == (
        [], [("DERIVED", 1), ("SOURCE", 1)], [], [], [],
    )  # fmt: skip
    assert (await listing(store, ProductFilter(tags=("x", "y"))).facets(everything)).tag == [("x", 1), ("y", 1)]
    assert (await listing(store, ProductFilter(tags=("none",))).facets(everything)).domain == []


async def test_a_common_tag_is_found_like_a_rare_one(store):
    """Above a thousand products of a tag, the page is read by a walk in order instead of the index's hits."""
    mesh = Mesh()
    for number in range(1100):
        mesh.product("sales", f"p{number:04}", tags=["common"] if number % 2 or number > 90 else ["rare", "common"])
    await mesh.write(store)
    common, rare = ProductFilter(tags=("common",)), ProductFilter(tags=("rare",))
    assert await all_pages(store, 400, filter=common) == [f"urn:mesh:sales:p{n:04}" for n in range(1100)]
    assert await all_pages(store, 20, filter=rare) == [f"urn:mesh:sales:p{n:04}" for n in range(0, 91, 2)]
    assert (await listing(store, common).count(), await listing(store, rare).count()) == (1100, 46)


async def test_pages_do_not_overlap_when_products_come_and_go_between_them(store, cypher):
    mesh = Mesh()
    for number in range(6):
        mesh.product("sales", f"p{number}", description="orders")
    await mesh.write(store)
    for given in ({}, {"search": "orders"}):
        first = listing(store, first=3, **given)
        seen = await urns(first)
        gone, left = seen[2], {f"urn:mesh:sales:p{n}" for n in range(6)} - set(seen)
        await cypher("MATCH (p:DataProduct {urn: $urn}) REMOVE p:DataProduct", urn=gone)
        assert set(await urns(listing(store, first=9, after=(await first.info()).end_cursor, **given))) == left
        await cypher("MATCH (p {urn: $urn}) SET p:DataProduct", urn=gone)


async def test_a_part_of_a_record_has_what_was_asked_for_and_what_the_order_needs(store):
    mesh = Mesh()
    made = mesh.product("sales", "orders", description="long", metadata={"a": 1}, access=[{"kind": "API", "uri": "x"}])
    await mesh.write(store)
    assert await listing(store).items() == [made]
    for given, fields in (
        ({}, {*SNAPSHOT_FIELDS}),
        ({"search": "orders"}, {*SNAPSHOT_FIELDS}),
        ({"order": OrderField.NAME}, {*SNAPSHOT_FIELDS}),
        ({"order": OrderField.CREATED_AT}, {"id", "status", "created_at"}),
    ):
        (part,) = await listing(store, fields=("id", "status"), **given).items()
        assert is_part(part, Product)
        assert set(part._fields) == fields
        assert {field: getattr(part, field) for field in part._fields} == {
            field: getattr(made, field) for field in part._fields
        }


@pytest.mark.parametrize("first", [0, -1, 1001])
async def test_a_page_has_one_to_a_thousand_products(store, first):
    with pytest.raises(UserFault, match="request 1 to 1000") as caught:
        listing(store, first=first)
    assert (caught.value.code, caught.value.field) == (UserErrorCode.INVALID_INPUT, ("first",))


async def test_a_cursor_of_another_list_or_order_is_refused(store):
    mesh = Mesh()
    for name in "abc":
        mesh.product("sales", name)
    await mesh.write(store)
    cursor = (await listing(store, first=1).info()).end_cursor
    assert await urns(listing(store, first=1, after=cursor)) == ["urn:mesh:sales:b"]
    others = [
        {"filter": ProductFilter(domains=("sales",))},
        {"search": "a"},
        {"order": OrderField.NAME},
        {"direction": Direction.DESC, "order": OrderField.URN},
    ]
    for other in others:
        with pytest.raises(UserFault, match="not a cursor of this list") as caught:
            listing(store, after=cursor, **other)
        assert caught.value.field == ("after",)


def forged() -> list[str]:
    scope = ListScope("dataProducts", NO_FILTER, None, OrderField.URN, Direction.ASC)
    keys = [[], [1], [None], [["a"]], ["a", "b"], [{"a": 1}]]
    texts = ["", "x", "%%%", "é", "\ud800", "=" * 50, "A" * 5000, "bnVsbA", "W10", "WzFd", "e30", "\0"]
    return texts + [encode(scope, key) for key in keys]


@pytest.mark.parametrize("cursor", forged())
async def test_a_forged_cursor_is_refused_and_nothing_else(store, cursor):
    with pytest.raises(UserFault, match="not a cursor of this list"):
        listing(store, after=cursor)


async def test_a_forged_cursor_of_the_right_shape_is_a_value_and_no_query(store):
    await Mesh().write(store)
    scope = ListScope("dataProducts", NO_FILTER, None, OrderField.URN, Direction.ASC)
    for text in ("' OR true //", "}) DETACH DELETE p //", "\0", "\U0010ffff"):
        assert await urns(listing(store, after=encode(scope, [text]))) == []


async def test_relevance_needs_a_search_and_has_one_direction(store):
    with pytest.raises(UserFault, match="needs `search`"):
        listing(store, order=OrderField.RELEVANCE)
    with pytest.raises(UserFault, match="best match first"):
        listing(store, search="a", order=OrderField.RELEVANCE, direction=Direction.ASC)
