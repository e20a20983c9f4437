"""Reads of data products by id or urn."""

from collections.abc import Sequence
from functools import cache
from typing import Any, LiteralString

from aiodataloader import DataLoader

from resolvers.catalog import edge_prefetch
from resolvers.catalog.edge_prefetch import Branch, Side
from resolvers.graph import partial_records
from resolvers.graph.product_snapshot import Reading, ReadingOf, keyed, read_products
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.model.portions import giving_way, mapped
from resolvers.model.records import Product

# Each key of a product with how those of `$ask.names` are found by it, and the one of `$arguments.name`.
MANY: dict[str, LiteralString] = {
    "id": "UNWIND $arguments.names AS name MATCH (p:DataProduct {id: name}) ",
    "urn": "UNWIND $arguments.names AS name MATCH (p:DataProduct {urn: name}) ",
}
ONE: dict[str, LiteralString] = {
    "id": "MATCH (p:DataProduct {id: $arguments.name}) ",
    "urn": "MATCH (p:DataProduct {urn: $arguments.name}) ",
}
VALUES: LiteralString = keyed("p", "$arguments.keys")
FIND_MANY: dict[str, LiteralString] = {key: text + "RETURN collect(" + VALUES + ")" for key, text in MANY.items()}
FIND_ONE: dict[str, LiteralString] = {key: text + "RETURN " + VALUES for key, text in ONE.items()}


async def by_ids(store: Store, ids: Sequence[str], fields: tuple[str, ...] = Product._fields) -> list[Product | None]:
    """Aligned with `ids`; None where there is no such product. `fields` are to be read, `id` among them."""
    return await by(store, "id", ids, fields)


async def by_urns(store: Store, urns: Sequence[str], fields: tuple[str, ...] = Product._fields) -> list[Product | None]:
    """Aligned with `urns`; None where there is no such product. `fields` are to be read, `urn` among them."""
    return await by(store, "urn", urns, fields)


async def by(store: Store, key: str, names: Sequence[str], fields: tuple[str, ...]) -> list[Product | None]:

    async def read(reading_of: ReadingOf) -> list[Product | None]:
        how = reading_of(fields)
        if len(names) == 1:  # the most frequent case, and cheaper for the database than a list of one
            row = await store.read(FIND_ONE[key], arguments={"name": names[0], "keys": how.keys})
            return [None] if row is None else [*how.products([row])]
        rows = await store.read(FIND_MANY[key], arguments=requested(names, how))
        products = await giving_way(mapped(lambda some: how.products(list(some)), rows))
        products_by_key = {getattr(product, key): product for product in products}
        return list(map(products_by_key.get, names))

    return await read_products(read)


@cache
def text_along(key: str, shape: tuple[tuple[Side, int], ...]) -> LiteralString:
    stages = edge_prefetch.following(shape)
    products: LiteralString = "[p IN startsR | " + VALUES + "]"
    text = MANY[key] + "WITH collect(p) AS startsR"
    return text + stages + "\nRETURN [" + products + ", " + edge_prefetch.stages_list(len(shape)) + "]"


def products_along(loaders: RequestScope, key: str, along: tuple[Branch, ...]) -> DataLoader[str, Product | None]:
    """Loads products by `key` and caches what `along` prefetches."""
    stages = edge_prefetch.stages_of(along)
    fields = partial_records.fields_of(Product, loaders.product_fields, key)
    query = text_along(key, edge_prefetch.shape_of(stages))

    async def load(names: list[str]) -> list[Product | None]:
        async def read(reading_of: ReadingOf) -> list[Product | None]:
            how = reading_of(fields)
            parameters = edge_prefetch.parameters_of(loaders, stages, reading_of)
            rows, prefetched = await loaders.store.read(query, arguments=requested(names, how), along=parameters)
            edge_prefetch.keep(loaders, stages, prefetched, reading_of)
            products_by_key = {getattr(product, key): product for product in how.products(rows)}
            return list(map(products_by_key.get, names))

        return await read_products(read)

    return DataLoader(load)


def requested(names: Sequence[str], how: Reading) -> dict[str, Any]:
    return {"names": list(names), "keys": how.keys}
