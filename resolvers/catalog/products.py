"""Reads of data products by id or urn."""

from collections.abc import Sequence
from functools import cache
from typing import Any, LiteralString

from aiodataloader import DataLoader

from resolvers.catalog import edge_prefetch
from resolvers.catalog.edge_prefetch import Branch, Side
from resolvers.graph import partial_records
from resolvers.graph.product_snapshot import Reading, reading, selected
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.model.records import Product

# Each key of a product with how those of `$ask.names` are found by it, and the one of `$ask.name`.
MANY: dict[str, LiteralString] = {
    "id": "UNWIND $ask.names AS name MATCH (p:DataProduct {id: name}) ",
    "urn": "UNWIND $ask.names AS name MATCH (p:DataProduct {urn: name}) ",
}
ONE: dict[str, LiteralString] = {
    "id": "MATCH (p:DataProduct {id: $ask.name}) ",
    "urn": "MATCH (p:DataProduct {urn: $ask.name}) ",
}


async def by_ids(store: Store, ids: Sequence[str], fields: tuple[str, ...] = Product._fields) -> list[Product | None]:
    """Aligned with `ids`; None where there is no such product. `fields` are to be read, `id` among them."""
    return await by(store, "id", ids, fields)


async def by_urns(store: Store, urns: Sequence[str], fields: tuple[str, ...] = Product._fields) -> list[Product | None]:
    """Aligned with `urns`; None where there is no such product. `fields` are to be read, `urn` among them."""
    return await by(store, "urn", urns, fields)


async def by(store: Store, key: str, names: Sequence[str], fields: tuple[str, ...]) -> list[Product | None]:
    how = reading(fields)
    if len(names) == 1:  # the most frequent case, and cheaper for the database than a list of one
        row = await store.read(finding(key, how.alone, one=True), ask={"name": names[0], "keys": how.keys})
        return [None] if row is None else [*how.selected_products([row])]
    rows = await store.read(finding(key, how.alone), ask=asked(names, how))
    found = {getattr(product, key): product for product in how.selected_products(rows)}
    return list(map(found.get, names))


@cache
def finding(key: str, alone: bool, one: bool = False) -> LiteralString:
    """Returns what is read of the product, or a list of that for many. `alone`: no more than their cards."""
    read = selected(alone, "$ask.keys")
    return ONE[key] + "RETURN " + read if one else MANY[key] + "RETURN collect(" + read + ")"


@cache
def text_along(key: str, alone: bool, shape: tuple[tuple[Side, int], ...]) -> LiteralString:
    stages = edge_prefetch.following(shape)
    products: LiteralString = "[p IN startsR | " + selected(alone, "$ask.keys") + "]"
    found = MANY[key] + "WITH collect(p) AS startsR"
    return found + stages + "\nRETURN [" + products + ", " + edge_prefetch.stages_list(len(shape)) + "]"


def products_along(loaders: RequestScope, key: str, along: tuple[Branch, ...]) -> DataLoader[str, Product | None]:
    """Loads products by `key` and caches what `along` prefetches."""
    stages = edge_prefetch.stages_of(along)
    how = reading(partial_records.fields_of(Product, loaders.product_fields, key))
    query = text_along(key, how.alone, edge_prefetch.shape_of(stages))

    async def load(names: list[str]) -> list[Product | None]:
        given = edge_prefetch.asked(loaders, stages)
        rows, found = await loaders.store.read(query, ask=asked(names, how), along=given)
        edge_prefetch.keep(loaders, stages, found)
        known = {getattr(product, key): product for product in how.selected_products(rows)}
        return list(map(known.get, names))

    return DataLoader(load)


def asked(names: Sequence[str], how: Reading) -> dict[str, Any]:
    return {"names": list(names), "keys": how.keys}
