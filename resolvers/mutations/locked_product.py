"""The product of a mutation, read under its lock."""

from typing import LiteralString

from resolvers.graph import projections
from resolvers.graph.store import Transaction
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Product
from resolvers.writes.locking import Products
from resolvers.writes.pipeline import LockedState
from resolvers.writes.validation import Path

PRODUCT: LiteralString = f"MATCH (p:DataProduct {{id: $id}}) RETURN {projections.PRODUCT}"


async def find_product(tx: Transaction, product_id: str) -> Product | None:
    row = await tx.run(PRODUCT, id=product_id)
    return None if row is None else Product(*row)


def see_product(products: Products, product_id: str, at: Path = ("id",)) -> LockedState:
    """`state` is the product; writing it takes rights in its domain. `products` came with the lock."""
    product = products.get(product_id)
    if product is None:
        return LockedState(faults=(no_product(product_id, at),))
    return LockedState(product, (product.domain,), revision=product.revision)


def no_product(product_id: str, at: Path) -> UserFault:
    return UserFault(UserErrorCode.NOT_FOUND, f"There is no data product '{product_id[:200]}'.", at)
