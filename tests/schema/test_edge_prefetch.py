"""Edges that are read along with their products are the ones that they have when they are loaded by themselves."""

import pytest

from resolvers.catalog import edge_prefetch
from resolvers.catalog.edge_prefetch import Branch, Side, following, shape_of, stages_of
from tests.counting_store import CountingStore
from tests.graphql_execution import ask
from tests.mesh import Mesh

QUERIES = {
    "two levels": """{ dataProducts(first: 9) { nodes { name dependencies { nodes { kind provider { name
        dependencies { nodes { provider { urn status } } } } } } } } }""",
    "pages with cursors": """{ dataProducts { nodes { consumers(first: 2) { edges { cursor node { consumer { id } } }
        pageInfo { hasNextPage endCursor } totalCount } } } }""",
    "both ways from one product": """{ dataProduct(urn: "urn:mesh:lab:hub") {
        consumers(first: 3) { nodes { consumer { name
            dependencies(first: 1) { nodes { provider { name } } pageInfo { hasNextPage } } } } }
        dependencies { nodes { provider { name consumers { totalCount nodes { consumer { name } } } } } } } }""",
    "a circle": """{ dataProduct(id: "prd_lab.a") { dependencies { nodes { provider { dependencies { nodes { provider {
        dependencies { nodes { provider { name description } } } } } } } } } } }""",
    "fragments and names": """
        { dataProducts { nodes { ...F more: dependencies(first: 1) { nodes { provider { tags } } } } } }
        fragment F on DataProduct { dependencies { nodes { ... { provider { ...G } } } } }
        fragment G on DataProduct { name consumers(first: 1) { nodes { since consumer { name } } } }""",
    "sizes that vary": """query ($n: Int = 2) {
        dataProducts { nodes { dependencies(first: $n) { nodes { provider { id } } } } } }""",
    "without the other ends": "{ dataProducts { nodes { dependencies { nodes { kind origin since fields } } } } }",
    "nobody there": """{ dataProduct(id: "prd_none") { dependencies { nodes { kind } } } }""",
}


@pytest.fixture
async def mesh(store):
    """A hub that all use, a circle, one that uses itself, one alone."""
    mesh = Mesh()
    products = {name: mesh.product("lab", name, tags=[name]) for name in ("hub", *"abcdef", "alone", "self")}
    for name in "abcdef":
        mesh.depends(products[name], products["hub"], fields=["id"])
    for consumer, provider in ("ab", "bc", "ca", "da", "db", "dc", "ed"):
        mesh.depends(products[consumer], products[provider])
    mesh.depends(products["self"], products["self"])
    mesh.depends(products["hub"], products["f"])
    await mesh.write(store)
    return CountingStore(store)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_they_are_the_same_as_when_loaded(mesh, monkeypatch, query):
    together = await ask(mesh, query)
    once = len(mesh.queries)
    mesh.queries.clear()
    monkeypatch.setattr(edge_prefetch, "MAX_STAGES", 0)
    assert await ask(mesh, query) == together
    assert len(mesh.queries) >= once


async def test_a_later_page_is_read_by_itself(mesh):
    query = (
        'query ($after: String) { dataProduct(urn: "urn:mesh:lab:hub") '
        "{ consumers(first: 4, after: $after) { nodes { consumer { name } } pageInfo { endCursor hasNextPage } } } }"
    )
    first = (await ask(mesh, query))["dataProduct"]["consumers"]
    then = (await ask(mesh, query, after=first["pageInfo"]["endCursor"]))["dataProduct"]["consumers"]
    assert [node["consumer"]["name"] for node in first["nodes"] + then["nodes"]] == list("abcdef")
    assert (first["pageInfo"]["hasNextPage"], then["pageInfo"]["hasNextPage"]) == (True, False)


def test_a_text_is_made_of_sides_and_order_alone():
    inner = Branch(Side.CONSUMERS, 3)
    tree = (Branch(Side.DEPENDENCIES, 50, True, (inner, Branch(Side.DEPENDENCIES, 7))), Branch(Side.CONSUMERS, 1))
    stages = stages_of(tree)
    assert shape_of(stages) == (
        (Side.DEPENDENCIES, -1),
        (Side.CONSUMERS, 0),
        (Side.DEPENDENCIES, 0),
        (Side.CONSUMERS, -1),
    )
    assert following(shape_of(stages)) is following(shape_of(stages_of(tree)))
    assert stages_of((*tree, inner, inner)) == stages  # what is too much is left to loaders
