"""Reads of the products of many domains: one page, one count or one set of facets for each, in one query."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, LiteralString

from aiodataloader import DataLoader

from resolvers.discovery.cypher import VALUES, filters
from resolvers.discovery.facets import SPREAD, Facets, to_facets
from resolvers.discovery.search import ProductFilter, ProductListing, filter_names, parameters_for
from resolvers.graph import partial_records
from resolvers.graph.product_snapshot import ReadingOf, read_products
from resolvers.graph.request_scope import RequestScope
from resolvers.model.records import Domain, Product
from resolvers.paging.connection import Page, cut, page_size
from resolvers.paging.cursors import ListScope, decode

EACH: LiteralString = (
    "UNWIND $keys AS key CALL (key) {\n  MATCH (p:DataProduct) WHERE p.domain = key[0] AND p.urn IS NOT NULL AND "
)
_FOUND: LiteralString = " AS found\n}\nRETURN collect([key, found])"


@cache
def pages(alone: bool) -> LiteralString:
    """A page of each domain. `alone`: filtered by nothing else."""
    page: LiteralString = "\n  WITH p ORDER BY p.domain, p.urn LIMIT $limit RETURN collect(" + VALUES + ")"
    return EACH + "p.urn > key[1] AND " + filters(alone) + page + _FOUND


@cache
def counts(alone: bool) -> LiteralString:
    return EACH + filters(alone) + "\n  RETURN count(p)" + _FOUND


@cache
def facets(alone: bool) -> LiteralString:
    return EACH + filters(alone) + SPREAD + _FOUND


def ready_loader(loaders: RequestScope, filter: ProductFilter) -> Callable[[], Awaitable[dict[str, Any]]]:
    return parameters_for(loaders, filter)


def page_loader(loaders: RequestScope, filter: ProductFilter, size: int) -> DataLoader[tuple[str, str], Page]:
    """Loads the page of (domain name, urn to continue after)."""
    ready = loaders.once(ready_loader, filter)
    fields = partial_records.fields_of(Product, loaders.product_fields, "id", "urn")
    query = pages(not filter_names(filter))

    async def load(keys: list[tuple[str, str]]) -> list[Page]:
        async def read(reading_of: ReadingOf) -> dict[tuple[str, ...], list[Product]]:
            how = reading_of(fields)
            parameters = {**await ready(), "keys": how.keys}
            rows = await loaders.store.read(query, keys=[list(key) for key in keys], f=parameters, limit=size + 1)
            return {tuple(key): how.products(products) for key, products in rows}

        by_domain = await read_products(read)
        return [cut(by_domain[key], size, lambda product: [product.urn]) for key in keys]

    return DataLoader(load)


def count_loader(loaders: RequestScope, filter: ProductFilter) -> DataLoader[str, int]:
    ready = loaders.once(ready_loader, filter)
    query = counts(not filter_names(filter))

    async def load(names: list[str]) -> list[int]:
        rows = await loaders.store.read(query, keys=[[name] for name in names], f=await ready())
        by_domain = {key[0]: number for key, number in rows}
        return [by_domain[name] for name in names]

    return DataLoader(load)


def facet_loader(loaders: RequestScope, filter: ProductFilter, names: frozenset[str]) -> DataLoader[str, Facets]:
    want = {name: name in names for name in Facets._fields}
    ready = loaders.once(ready_loader, filter)
    query = facets(not filter_names(filter))

    async def load(domains: list[str]) -> list[Facets]:
        parameters = await ready()
        rows = await loaders.store.read(query, keys=[[domain] for domain in domains], f=parameters, want=want)
        by_domain = {key[0]: to_facets(*facets) for key, facets in rows}
        return [by_domain[domain] for domain in domains]

    return DataLoader(load)


def products_of(
    loaders: RequestScope, domain: Domain, filter: ProductFilter, first: int | None, after: str | None
) -> ProductListing:
    """The domain's products by urn; `loaders` is the request's `resolvers.loading.loaders.Loaders`."""
    size = page_size(first)
    scope = ListScope("domain.dataProducts", domain.id, filter)
    place = decode(after, scope, str)
    pages = loaders.once(page_loader, filter, size)
    return ProductListing(
        scope,
        place,
        lambda: pages.load((domain.name, place[0] if place else "")),
        lambda: loaders.once(count_loader, filter).load(domain.name),
        lambda names: loaders.once(facet_loader, filter, names).load(domain.name),
    )
