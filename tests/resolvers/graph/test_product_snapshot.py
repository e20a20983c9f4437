"""What lists show of a product is read from its card, and is what its own properties say."""

import pytest

from graph_api.neo4j.migrate import load_migrations
from resolvers import lineage
from resolvers.catalog import products
from resolvers.discovery import search
from resolvers.graph.product_snapshot import CARD, card_of, reading
from resolvers.lineage import Question
from resolvers.model.errors import StoreError
from resolvers.model.records import Product
from tests.mesh import Mesh

TEAM = 'the "one" \\ of\ttwo\nlines, naïve ☂'
SHOWN = ("id", "name", "owner_team", "status")


async def a_pair(store):
    mesh = Mesh()
    mesh.domain("sales", owner_team=TEAM)
    revenue = mesh.product("sales", "revenue", type="AGGREGATE", tags=["core"], description="The sum")
    mesh.depends(revenue, mesh.product("sales", "orders"))
    await mesh.write(store)
    return mesh.products


def test_a_card_stands_for_three_of_its_fields_or_more():
    assert reading(("id", "name")) == (["id", "name"], ("id", "name"), False)
    assert reading(("id", "name", "tags")) == (["id", "name", "tags"], ("id", "name", "tags"), False)
    assert reading(("id", "name", "status")) == (["card"], CARD, True)
    assert reading(("id", "name", "tags", "status")) == (["card", "tags"], (*CARD, "tags"), True)
    assert reading(Product._fields).fields == Product._fields


async def test_its_fields_come_out_of_it_as_they_are(store):
    made = await a_pair(store)
    found = await products.by_ids(store, [*made, "prd_none"], SHOWN)
    assert found.pop() is None
    for product in found:
        whole = made[product.id]
        assert {field: getattr(product, field) for field in CARD} == {field: getattr(whole, field) for field in CARD}
        with pytest.raises(AttributeError):
            product.tags  # noqa: B018


async def test_other_fields_come_beside_it(store):
    made = await a_pair(store)
    fields = ("id", "name", "description", "status", "tags", "contract_id")
    listing = search.discover(store, search.NO_FILTER, None, None, None, None, None, fields)
    assert [(one.owner_team, one.description, one.tags, one.contract_id) for one in await listing.items()] == [
        (one.owner_team, one.description, one.tags, None) for one in sorted(made.values(), key=lambda one: one.urn)
    ]


async def test_a_lineage_has_the_fields_asked_for_and_no_others_of_it(store):
    await a_pair(store)
    question = Question(("prd_sales.revenue",), product_fields=SHOWN)
    graph = await lineage.trace(store, question, "2026-11-01T00:00:00.000000Z")
    assert [tuple(node.product) for node in graph.nodes] == [
        ("prd_sales.revenue", "revenue", TEAM, "PRODUCTION"),
        ("prd_sales.orders", "orders", TEAM, "PRODUCTION"),
    ]


@pytest.mark.parametrize("fields", [SHOWN, (*SHOWN, "tags"), ("id", "name"), Product._fields])
async def test_one_is_read_as_many_are(store, fields):
    made = await a_pair(store)
    fields = ("urn", *fields) if "urn" not in fields else fields
    ids, urns = list(made), [product.urn for product in made.values()]
    many = await products.by_ids(store, [*ids, "prd_none"], fields)
    assert many == await products.by_urns(store, [*urns, "urn:none"], fields)
    assert [await products.by_ids(store, [id], fields) for id in [*ids, "prd_none"]] == [[one] for one in many]
    assert [await products.by_urns(store, [urn], fields) for urn in [*urns, "urn:none"]] == [[one] for one in many]


@pytest.mark.parametrize("fields", [SHOWN, (*SHOWN, "tags")])
async def test_a_product_without_a_card_is_told_of_and_not_left_out(store, fields):
    made = await a_pair(store)
    orders = next(product for product in made.values() if product.name == "orders")
    await store.write(lambda tx: tx.run("MATCH (p:DataProduct {name: 'orders'}) REMOVE p.card RETURN count(p)"))
    everything = search.NO_FILTER
    for read in (
        products.by_ids(store, [orders.id], fields),
        products.by_urns(store, [orders.urn, "urn:none"], ("urn", *fields)),
        search.discover(store, everything, None, None, None, None, None, fields).items(),
        search.discover(store, everything, "orders", None, None, None, None, fields).items(),
    ):
        with pytest.raises(StoreError, match="has no card"):
            await read


async def test_the_migration_makes_the_cards_that_are_missing_and_leaves_the_others(store):
    made = await a_pair(store)
    await store.write(lambda tx: tx.run("MATCH (p:DataProduct {name: 'orders'}) REMOVE p.card RETURN count(p)"))
    with pytest.raises(StoreError, match="has no card") as caught:
        await products.by_ids(store, list(made), SHOWN)
    assert caught.value.code == "INCONSISTENT"
    (statement,) = next(one.statements for one in load_migrations() if one.number == 70)
    async with store._driver.session(database=store._database) as session:
        await (await session.run(statement)).consume()
    cards = await store.read("MATCH (p:DataProduct) RETURN collect([p.id, p.card])")
    assert dict(cards) == {product.id: card_of(product) for product in made.values()}
