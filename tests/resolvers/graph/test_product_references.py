"""How a product is named in arguments: by id, by urn, by the id of a snapshot."""

from resolvers.graph.product_references import id_for_write, ids_of, is_urn
from resolvers.model.ids import snapshot_id
from tests.mesh import Mesh


async def test_a_product_is_found_by_id_urn_and_the_id_of_a_snapshot(store):
    mesh = Mesh()
    product = mesh.product("sales", "orders")
    await mesh.write(store)
    past = snapshot_id(product.id, "2026-10-01T00:00:00.000000Z")
    assert [await id_for_write(store, name) for name in (product.id, product.urn, past)] == [product.id] * 3
    assert await id_for_write(store, "urn:mesh:sales:gone") == "urn:mesh:sales:gone"
    for pasted in (
        product.urn.upper(),
        product.urn.replace(":", "%3A"),
        f" {product.urn}\n",
        "URN%3amesh%3AS%61les:orders",
    ):
        assert await id_for_write(store, pasted) == product.id
        assert await ids_of(store, [pasted, product.id, "URN:mesh:x:Y"]) == [product.id, product.id, "URN:mesh:x:Y"]
    assert not is_urn("mesh:sales:orders")
    assert not is_urn(product.id)
    assert not is_urn("%75rn:mesh:sales:orders")
