"""The id of a product that is named by its id or its urn."""

from typing import LiteralString

from resolvers.graph.store import Store

ID: LiteralString = "MATCH (p:DataProduct {urn: $urn}) RETURN p.id"


async def product_id_of(store: Store, name: str) -> str:
    """`name` itself where it is no urn, or the urn of no product."""
    if not name.startswith("urn:"):
        return name
    return await store.read_latest(ID, urn=name) or name
