"""Data products, one or many, by id or urn."""

from collections.abc import Sequence
from functools import cache
from typing import Any, LiteralString

from aiodataloader import DataLoader

from resolvers import branches, parts
from resolvers.branches import Branch, Side
from resolvers.cards import Reading, reading
from resolvers.records import Product
from resolvers.store import Store

BY_IDS: LiteralString = """
UNWIND $ask.names AS name MATCH (p:DataProduct {id: name}) RETURN collect([key IN $ask.keys | p[key]])
"""
BY_URNS: LiteralString = """
UNWIND $ask.names AS name MATCH (p:DataProduct {urn: name}) RETURN collect([key IN $ask.keys | p[key]])
"""


async def by_ids(store: Store, ids: Sequence[str], fields: tuple[str, ...] = Product._fields) -> list[Product | None]:
    """Aligned with `ids`; None where there is no such product. `fields` are to be read, `id` among them."""
    how = reading(fields)
    rows = await store.read(BY_IDS, ask=asked(ids, how))
    found = {product.id: product for product in how.products(rows)}
    return list(map(found.get, ids))


async def by_urns(store: Store, urns: Sequence[str], fields: tuple[str, ...] = Product._fields) -> list[Product | None]:
    """Aligned with `urns`; None where there is no such product. `fields` are to be read, `urn` among them."""
    how = reading(fields)
    rows = await store.read(BY_URNS, ask=asked(urns, how))
    found = {product.urn: product for product in how.products(rows)}
    return list(map(found.get, urns))


# Each key of a product with how it is found by it.
FOUND: dict[str, LiteralString] = {
    "id": "UNWIND $ask.names AS name MATCH (p:DataProduct {id: name}) WITH collect(p) AS startsR",
    "urn": "UNWIND $ask.names AS name MATCH (p:DataProduct {urn: name}) WITH collect(p) AS startsR",
}


@cache
def text_along(key: str, shape: tuple[tuple[Side, int], ...]) -> LiteralString:
    stages = branches.following(shape)
    products: LiteralString = "[p IN startsR | [key IN $ask.keys | p[key]]]"
    return FOUND[key] + stages + "\nRETURN [" + products + ", " + branches.stages_list(len(shape)) + "]"


def products_along(loaders: Any, key: str, along: tuple[Branch, ...]) -> DataLoader[str, Product | None]:
    """Loads products by `key`, and keeps what `along` brings with them."""
    stages = branches.stages_of(along)
    how = reading(parts.fields_of(Product, loaders.product_fields, key))
    query = text_along(key, branches.shape_of(stages))

    async def load(names: list[str]) -> list[Product | None]:
        given = branches.asked(loaders, stages)
        rows, found = await loaders.store.read(query, ask=asked(names, how), along=given)
        branches.keep(loaders, stages, found)
        known = {getattr(product, key): product for product in how.products(rows)}
        return list(map(known.get, names))

    return DataLoader(load)


def asked(names: Sequence[str], how: Reading) -> dict[str, Any]:
    return {"names": list(names), "keys": how.keys}
