from resolvers.catalog import contracts, domains, products
from tests.mesh import Mesh


async def test_products_come_back_as_written_and_in_the_order_asked(store):
    mesh = Mesh()
    orders = mesh.product("sales", "orders", tags=["core", "pii"], metadata={"tier": 1}, description="All orders")
    returns = mesh.product("sales", "returns")
    await mesh.write(store)
    assert await products.by_ids(store, [returns.id, "prd_none", orders.id]) == [returns, None, orders]
    assert await products.by_urns(store, [orders.urn, "urn:mesh:sales:none"]) == [orders, None]


async def test_domains_contracts_and_fields_come_back_as_written(store):
    mesh = Mesh()
    orders = mesh.product("sales", "orders")
    contract = mesh.contract(orders, fields=["order_id:string", "lines:array", "lines[].sku:string"])
    await mesh.write(store)
    assert await domains.by_ids(store, ["dom_sales", "dom_none"]) == [mesh.domains["sales"], None]
    assert await domains.by_names(store, ["none", "sales"]) == [None, mesh.domains["sales"]]
    assert await contracts.by_ids(store, ["ctr_none", contract.id]) == [None, contract]
    assert await contracts.fields_of(store, [contract.id, "ctr_none"]) == [[field for _, field in mesh.fields], []]
