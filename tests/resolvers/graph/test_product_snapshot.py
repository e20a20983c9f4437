"""Lists read the product snapshot, and show what the product's own properties say."""

import pytest

from graph_api.neo4j.migrate import load_migrations
from resolvers import lineage
from resolvers.catalog import dependencies, products
from resolvers.catalog.edge_prefetch import Branch, Side
from resolvers.discovery import products_by_domain, search
from resolvers.graph.product_snapshot import SNAPSHOT_FIELDS, reading, snapshot_of
from resolvers.lineage import Question
from resolvers.loading.loaders import Loaders
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


def test_the_snapshot_stands_for_three_of_its_fields_or_more():
    assert reading(("id", "name")) == (["id", "name"], ("id", "name"), False)
    assert reading(("id", "name", "tags")) == (["id", "name", "tags"], ("id", "name", "tags"), False)
    assert reading(("id", "name", "status")) == (["snapshot", "revision"], SNAPSHOT_FIELDS, True)
    keys, fields = ["snapshot", "revision", "tags"], (*SNAPSHOT_FIELDS, "tags")
    assert reading(("id", "name", "tags", "status")) == (keys, fields, True)
    assert reading(Product._fields).fields == Product._fields


async def test_its_fields_come_out_of_it_as_they_are(store):
    made = await a_pair(store)
    found = await products.by_ids(store, [*made, "prd_none"], SHOWN)
    assert found.pop() is None
    for product in found:
        whole = made[product.id]
        assert {field: getattr(product, field) for field in SNAPSHOT_FIELDS} == {
            field: getattr(whole, field) for field in SNAPSHOT_FIELDS
        }
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
    question = Question(("prd_sales.revenue",), product_fields=SHOWN, edge_fields=("kind",))
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


STALE = """
MATCH (p:DataProduct {name: 'orders'})
SET p.status = 'DEPRECATED', p.revision = p.revision + 1
RETURN count(p)
"""
NONE = "MATCH (p:DataProduct {name: 'orders'}) SET p.status = 'DEPRECATED' REMOVE p.snapshot RETURN count(p)"


@pytest.mark.parametrize("write", [STALE, NONE])
@pytest.mark.parametrize("fields", [SHOWN, (*SHOWN, "tags")])
async def test_a_write_past_the_snapshot_is_seen_by_every_reader(store, write, fields):
    """As a replica that does not know snapshots writes: the properties and the revision, not the snapshot."""
    made = await a_pair(store)
    orders = next(product for product in made.values() if product.name == "orders")
    await store.write(lambda tx: tx.run(write))
    everything = search.NO_FILTER
    for read in (
        products.by_ids(store, [orders.id], fields),
        products.by_ids(store, list(made), fields),
        products.by_urns(store, [orders.urn, "urn:none"], ("urn", *fields)),
        search.discover(store, everything, None, None, None, None, None, fields).items(),
        search.discover(store, everything, "orders", None, None, None, None, fields).items(),
    ):
        found = {product.id: product.status for product in await read if product is not None}
        assert found[orders.id] == "DEPRECATED"
    question = Question(("prd_sales.revenue",), product_fields=fields)
    graph = await lineage.trace(store, question, "2026-11-01T00:00:00.000000Z")
    assert [(node.product.name, node.product.status) for node in graph.nodes] == [
        ("revenue", "PRODUCTION"),
        ("orders", "DEPRECATED"),
    ]
    branch = Branch(Side.DEPENDENCIES, 5, ends=True)
    for key, name in (("id", "prd_sales.revenue"), ("urn", "urn:mesh:sales:revenue")):
        loaders = Loaders(store, fields)
        await products.products_along(loaders, key, (branch,)).load(name)
        assert loaders.known_products[orders.id].status == "DEPRECATED"
    loaders = Loaders(store, fields)
    await dependencies.page_loader(loaders, branch).load(("prd_sales.revenue", ""))
    assert loaders.known_products[orders.id].status == "DEPRECATED"
    page = await products_by_domain.page_loader(Loaders(store, fields), everything, 5).load(("sales", ""))
    assert {product.name: product.status for product in page.items} == {"orders": "DEPRECATED", "revenue": "PRODUCTION"}


async def test_the_migration_fills_missing_snapshots_and_leaves_the_others(store):
    made = await a_pair(store)
    await store.write(lambda tx: tx.run("MATCH (p:DataProduct {name: 'orders'}) REMOVE p.snapshot RETURN count(p)"))
    (statement,) = next(one.statements for one in load_migrations() if one.number == 82)
    async with store._driver.session(database=store._database) as session:
        await (await session.run(statement)).consume()
    snapshots = await store.read("MATCH (p:DataProduct) RETURN collect([p.id, p.snapshot])")
    assert dict(snapshots) == {product.id: snapshot_of(product) for product in made.values()}
