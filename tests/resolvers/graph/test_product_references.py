"""How a product is named in arguments: by id, by urn, by the id of a snapshot."""

from resolvers.graph.product_references import id_for_write
from resolvers.model.ids import snapshot_id
from tests.mesh import Mesh


async def test_a_product_is_found_by_id_urn_and_the_id_of_a_snapshot(store):
    mesh = Mesh()
    product = mesh.product("sales", "orders")
    await mesh.write(store)
    past = snapshot_id(product.id, "2026-10-01T00:00:00.000000Z")
    assert [await id_for_write(store, name) for name in (product.id, product.urn, past)] == [product.id] * 3
    assert await id_for_write(store, "urn:mesh:sales:gone") == "urn:mesh:sales:gone"
