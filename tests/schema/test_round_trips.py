"""How many Cypher queries each shape of GraphQL query costs: one per level and kind, however long the lists are."""

from itertools import pairwise

import pytest

from tests.counting_store import CountingStore
from tests.graphql_execution import ask
from tests.mesh import Mesh

PRODUCT = "{ id urn name description ownerTeam type status version tags metadata accessPoints { kind uri } }"

SHAPES = {
    "a product by id": (1, f'{{ dataProduct(id: "prd_sales.p0") {PRODUCT} }}'),
    "a product by urn": (1, f'{{ dataProduct(urn: "urn:mesh:sales:p0") {PRODUCT} }}'),
    "several products by id, aliased": (
        1,
        '{ a: dataProduct(id: "prd_sales.p0") { name } b: dataProduct(id: "prd_sales.p1") { name } }',
    ),
    "a domain": (1, '{ domain(name: "sales") { id name ownerTeam } }'),
    "nodes of one kind": (1, '{ a: node(id: "prd_sales.p0") { id } b: node(id: "prd_sales.p1") { id } }'),
    "a product with edges in both directions and theirs": (
        1,
        '{ dataProduct(id: "prd_sales.p0") { name dependencies { nodes { provider { consumers { nodes { kind } } } } } '
        "consumers { edges { node { consumer { dependencies(first: 1) { nodes { provider { name } } } } } } } } }",
    ),
    "edges of a page that hang on a switch": (
        3,
        "query ($yes: Boolean = true) { dataProducts { nodes { dependencies @include(if: $yes) { nodes { provider { "
        'dependencies { nodes { kind } } } } } } } dataProduct(id: "prd_sales.p0") { name } }',
    ),
    "more edges than one query brings along": (
        2,
        "{ dataProducts { nodes { a: dependencies(first: 1) { nodes { kind } } "
        "b: dependencies(first: 2) { nodes { kind } } "
        "c: dependencies(first: 3) { nodes { kind } } d: dependencies(first: 4) { nodes { kind } } "
        "e: dependencies(first: 5) { nodes { kind } } } } }",
    ),
    "the viewer": (0, "{ viewer { name roles may(action: WRITE_PRODUCT) } }"),
    "a page": (1, f"{{ dataProducts {{ nodes {PRODUCT} edges {{ cursor }} pageInfo {{ endCursor hasNextPage }} }} }}"),
    "a page by relevance": (1, '{ dataProducts(search: "p") { nodes { name } } }'),
    "a count alone": (1, "{ dataProducts { totalCount } }"),
    "facets alone": (1, "{ dataProducts { facets { domain { value count } tag { value count } } } }"),
    "a page, its count and its facets": (
        3,
        "{ dataProducts(filter: {type: [SOURCE]}) { totalCount nodes { id } facets { type { value } } } }",
    ),
    "a page with domains": (2, "{ dataProducts { nodes { id domain { name ownerTeam } } } }"),
    "a page with contracts and fields": (3, "{ dataProducts { nodes { contract { version fields { path } } } } }"),
    "a page with all contract versions": (
        2,
        "{ dataProducts { nodes { contracts(first: 2) { nodes { version } } } } }",
    ),
    "a page with edges": (1, "{ dataProducts { nodes { dependencies(first: 10) { nodes { kind } } } } }"),
    "a page with edges and their counts": (
        2,
        "{ dataProducts { nodes { dependencies(first: 10) { totalCount nodes { kind } } } } }",
    ),
    "a page with providers": (
        1,
        "{ dataProducts { nodes { dependencies(first: 10) { nodes { provider { name } } } } } }",
    ),
    "a page with consumers as edges": (
        1,
        "{ dataProducts { nodes { consumers(first: 10) { edges { node { consumer { name } } } } } } }",
    ),
    "both directions": (
        1,
        "{ dataProducts { nodes { dependencies { nodes { kind } } consumers { nodes { kind } } } } }",
    ),
    "one direction with two arguments": (
        1,
        "{ dataProducts { nodes { a: dependencies(first: 1) { nodes { kind } } "
        "b: dependencies(first: 2) { nodes { kind } } } } }",
    ),
    "three levels: providers, their providers, those's domains": (
        2,
        "{ dataProducts(first: 1) { nodes { dependencies { nodes { provider { "
        "dependencies { nodes { provider { domain { name } } } } } } } } } }",
    ),
    "domains with pages of products": (2, "{ domains { nodes { name dataProducts(first: 3) { nodes { name } } } } }"),
    "domains with pages, counts, facets and policies": (
        5,
        "{ domains { nodes { policies { name } dataProducts(first: 3) "
        "{ totalCount nodes { name } facets { status { value count } } } } } }",
    ),
    "a page with audit events": (2, "{ dataProducts { nodes { auditEvents(first: 2) { nodes { seq } } } } }"),
    "the log": (1, "{ auditEvents(first: 5) { nodes { seq } } }"),
    "policies and their scopes": (3, "{ policies { nodes { name scope { domain { name } product { name } } } } }"),
    "entities of every kind and key": (
        5,
        """{ _entities(representations: [
          {__typename: "DataProduct", id: "prd_sales.p0"}, {__typename: "DataProduct", urn: "urn:mesh:sales:p1"},
          {__typename: "Domain", id: "dom_sales"}, {__typename: "Domain", name: "ops"},
          {__typename: "DataContract", id: "ctr_sales.p0@1.0.0"}, {__typename: "DataProduct", id: "prd_sales.p3"}
        ]) { __typename } }""",
    ),
}


@pytest.fixture
async def counting(store) -> CountingStore:
    mesh = Mesh()
    products = [mesh.product("sales" if i % 2 else "ops", f"p{i}", tags=["t"], type="SOURCE") for i in range(12)]
    products += [mesh.product("sales", f"p{i}") for i in (0, 2)]
    for product in list(mesh.products.values()):
        mesh.contract(product, fields=["a", "b"])
        mesh.event("dataProductCreate", "DATA_PRODUCT", product.id, product.domain)
    for consumer, provider in pairwise(products):
        mesh.depends(consumer, provider)
        mesh.depends(consumer, products[-1]) if provider is not products[-1] else None
    mesh.policy("mesh-wide")
    mesh.policy("of-sales", domain="sales")
    mesh.policy("of-p0", product=products[0])
    await mesh.write(store)
    return CountingStore(store)


async def test_queries_per_shape(counting):
    counted = {}
    for shape, (_, query) in SHAPES.items():
        counting.queries.clear()
        await ask(counting, query)
        counted[shape] = len(counting.queries)
    assert counted == {shape: expected for shape, (expected, _) in SHAPES.items()}


async def test_a_count_is_no_part_of_a_page_that_does_not_ask_for_it(counting):
    await ask(counting, "{ dataProducts { nodes { name } pageInfo { hasNextPage } } }")
    assert not [query for query in counting.queries if "count(" in query]


async def test_the_number_of_queries_does_not_grow_with_the_page(counting):
    query = (
        "query ($first: Int) { dataProducts(first: $first) { nodes { domain { name } contract { fields { path } } } } }"
    )
    counts = []
    for first in (1, 14):
        counting.queries.clear()
        await ask(counting, query, first=first)
        counts.append(len(counting.queries))
    assert counts == [4, 4]
