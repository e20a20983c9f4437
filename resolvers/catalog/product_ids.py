"""The id of a product that is named by its id or its urn."""

from typing import LiteralString

from resolvers.graph.store import Store
from resolvers.model.ids import plain_id

ID: LiteralString = "MATCH (p:DataProduct {urn: $urn}) RETURN p.id"


async def product_id_of(store: Store, name: str) -> str:
    """`name` itself where it is no urn, or the urn of no product; of a snapshot's id the product's."""
    if not name.startswith("urn:"):
        return plain_id(name)
    return await store.read_latest(ID, urn=name) or name
