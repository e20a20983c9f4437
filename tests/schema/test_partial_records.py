"""Products that come along with edges carry as much as the operation asks for, wherever in it that is asked."""

from tests.graphql_execution import ask
from tests.mesh import Mesh


async def a_pair(store):
    mesh = Mesh()
    orders = mesh.product("sales", "orders", description="All orders", tags=["core"])
    mesh.depends(mesh.product("sales", "revenue", description="The sum"), orders)
    await mesh.write(store)


async def test_slim_where_nobody_asks_for_more(store):
    await a_pair(store)
    query = '{ dataProduct(urn: "urn:mesh:sales:revenue") { dependencies { nodes { provider { name status } } } } }'
    data = await ask(store, query)
    assert data["dataProduct"]["dependencies"]["nodes"] == [{"provider": {"name": "orders", "status": "PRODUCTION"}}]


async def test_whole_where_it_is_asked_below_the_edge(store):
    await a_pair(store)
    query = '{ dataProduct(urn: "urn:mesh:sales:revenue") { dependencies { nodes { provider { ...P } } } } }'
    data = await ask(store, query + " fragment P on DataProduct { description tags revision }")
    provider = {"description": "All orders", "tags": ["core"], "revision": 1}
    assert data["dataProduct"]["dependencies"]["nodes"] == [{"provider": provider}]


async def test_whole_where_another_field_asks_for_the_same_product(store):
    await a_pair(store)
    query = """{
      edges: dataProduct(urn: "urn:mesh:sales:revenue") { dependencies { nodes { provider { id name } } } }
      same: dataProduct(id: "prd_sales.orders") { description consumers { nodes { provider { name } } } }
      back: dataProduct(id: "prd_sales.orders") { consumers { nodes { consumer { name } } } }
    }"""
    data = await ask(store, query)
    assert data["same"]["description"] == "All orders"
    assert data["edges"]["dependencies"]["nodes"] == [{"provider": {"id": "prd_sales.orders", "name": "orders"}}]
    assert data["back"]["consumers"]["nodes"] == [{"consumer": {"name": "revenue"}}]
