"""Reads of dependency edges in either direction: one page or one count for each of many products, in one query."""

from collections.abc import Callable
from typing import Any, LiteralString

from aiodataloader import DataLoader

from resolvers.catalog import edge_prefetch
from resolvers.catalog.edge_prefetch import Branch, Side
from resolvers.graph.product_snapshot import ReadingOf, read_products
from resolvers.graph.request_scope import RequestScope
from resolvers.model.records import Dependency, Product
from resolvers.paging.connection import Listing, Page, page_size
from resolvers.paging.cursors import ListScope, decode

FIND: dict[Side, LiteralString] = {
    side: "UNWIND $arguments.keys AS key CALL (key) {\n  MATCH (p:DataProduct {id: key[0]}) "
    + arrow
    + " WHERE q.urn > key[1]\n  WITH r, q ORDER BY q.urn LIMIT $arguments.limit\n  RETURN collect("
    + edge_prefetch.EDGE
    + ") AS page, collect(q) AS others\n}\nWITH collect([key, page]) AS pages, collect(others) AS others\n"
    "CALL (others) { UNWIND others AS some UNWIND some AS q RETURN collect(DISTINCT q) AS startsR }"
    for side, arrow in edge_prefetch.ARROWS.items()
}
PRODUCTS: LiteralString = "CASE WHEN $arguments.ends THEN [q IN startsR | " + edge_prefetch.ASKED + "] ELSE [] END"
COUNTS: dict[Side, LiteralString] = {
    Side.DEPENDENCIES: (
        "UNWIND $arguments.ids AS id MATCH (p:DataProduct {id: id}) "
        "RETURN collect([p.id, COUNT { (p)-[:DEPENDS_ON]->(:DataProduct) }])"
    ),
    Side.CONSUMERS: (
        "UNWIND $arguments.ids AS id MATCH (p:DataProduct {id: id}) "
        "RETURN collect([p.id, COUNT { (p)<-[:DEPENDS_ON]-(:DataProduct) }])"
    ),
}


def pages_text(side: Side, stages: tuple[edge_prefetch.Stage, ...]) -> LiteralString:
    text = FIND[side] + edge_prefetch.following(edge_prefetch.shape_of(stages))
    return text + "\nRETURN [pages, " + PRODUCTS + ", " + edge_prefetch.stages_list(len(stages)) + "]"


def page_loader(loaders: RequestScope, branch: Branch) -> DataLoader[tuple[str, str], Page]:
    """Loads the page of (product id, urn to continue after), ordered by the urn of the other end. Prefetched records
    are cached.
    """
    stages = edge_prefetch.stages_of(branch.below)
    query = pages_text(branch.side, stages)

    async def load(keys: list[tuple[str, str]]) -> list[Page]:
        arguments = {"keys": [list(key) for key in keys], "limit": branch.size + 1, "ends": branch.ends}

        async def read(reading_of: ReadingOf) -> list[Any]:
            along = edge_prefetch.parameters_of(loaders, stages, reading_of)
            rows, products, prefetched = await loaders.store.read(query, arguments=arguments, along=along)
            edge_prefetch.keep_products(loaders, products, reading_of)
            edge_prefetch.keep(loaders, stages, prefetched, reading_of)
            return rows

        rows = await read_products(read)
        make = edge_prefetch.page_maker(loaders, branch.side, branch.size)
        pages = {tuple(key): make(key[0], edges) for key, edges in rows}
        return [pages[key] for key in keys]

    return DataLoader(load)


def count_loader(loaders: RequestScope, side: Side) -> DataLoader[str, int]:
    async def load(ids: list[str]) -> list[int]:
        counts = dict(await loaders.store.read(COUNTS[side], arguments={"ids": list(ids)}))
        return [counts.get(id, 0) for id in ids]

    return DataLoader(load)


def edges_of(
    loaders: RequestScope,
    product: Product,
    side: Side,
    first: int | None,
    after: str | None,
    requested: Callable[[], tuple[bool, tuple[Branch, ...]]],
) -> Listing[Dependency]:
    """The product's edges on that side, by the urn of the other end. `requested` tells, should they have to be read,
    whether the products at the other ends are asked for, and what hangs off those."""
    size = page_size(first)
    scope = ListScope("dependencies", side.value, product.id)
    place = decode(after, scope, str)
    return Listing(
        scope,
        place,
        lambda: loaders.once(page_loader, Branch(side, size, *requested())).load(
            (product.id, place[0] if place else "")
        ),
        lambda: loaders.once(count_loader, side).load(product.id),
        None if place else loaders.edge_pages.get((side, size, product.id)),
    )
