"""The dependency edges of many products, in either direction: one page or one count for each, in one Cypher."""

from enum import StrEnum
from typing import Any, LiteralString

from aiodataloader import DataLoader

from resolvers.cursors import decode, scope_of
from resolvers.pages import Listing, Page, cut, page_size
from resolvers.projections import DEPENDENCY, PRODUCT, PRODUCT_SLIM
from resolvers.records import Dependency, Product


class Side(StrEnum):
    """Which end of the edge the product at hand is."""

    DEPENDENCIES = "DEPENDENCIES"
    CONSUMERS = "CONSUMERS"


# `p` is the product at the other end.
EDGES: dict[Side, LiteralString] = {
    Side.DEPENDENCIES: "MATCH (a:DataProduct {id: key[0]})-[r:DEPENDS_ON]->(b:DataProduct) WITH a, r, b, b AS p",
    Side.CONSUMERS: "MATCH (b:DataProduct {id: key[0]})<-[r:DEPENDS_ON]-(a:DataProduct) WITH a, r, b, a AS p",
}


class Ends(StrEnum):
    """How much of the product at the other end comes along with an edge."""

    NONE = "NONE"
    SLIM = "SLIM"
    WHOLE = "WHOLE"


OTHERS: dict[Ends, LiteralString] = {Ends.NONE: "null", Ends.SLIM: PRODUCT_SLIM, Ends.WHOLE: PRODUCT}
PAGES: dict[tuple[Side, Ends], LiteralString] = {
    (side, ends): "UNWIND $keys AS key CALL (key) {\n  "
    + edges
    + " WHERE p.urn > key[1]\n  WITH a, r, b, p ORDER BY p.urn LIMIT $limit\n  RETURN collect([p.urn, "
    + DEPENDENCY
    + ", "
    + other
    + "]) AS found\n}\nRETURN collect([key, found])"
    for side, edges in EDGES.items()
    for ends, other in OTHERS.items()
}
COUNTS: dict[Side, LiteralString] = {
    Side.DEPENDENCIES: (
        "MATCH (p:DataProduct) WHERE p.id IN $ids RETURN collect([p.id, COUNT { (p)-[:DEPENDS_ON]->(:DataProduct) }])"
    ),
    Side.CONSUMERS: (
        "MATCH (p:DataProduct) WHERE p.id IN $ids RETURN collect([p.id, COUNT { (p)<-[:DEPENDS_ON]-(:DataProduct) }])"
    ),
}


def page_loader(loaders: Any, side: Side, size: int, ends: Ends) -> DataLoader[tuple[str, str], Page]:
    """Loads the page of (product's id, urn it comes after), by the urn of the other end.

    Other ends that come along are known to `loaders.product`: slim ones only where nobody asks it for more.
    """

    async def load(keys: list[tuple[str, str]]) -> list[Page]:
        query = PAGES[side, ends]
        rows = await loaders.store.read(query, keys=[list(key) for key in keys], limit=size + 1)
        for product in (row[2] for _, found in rows for row in found if row[2]):
            loaders.product.prime(product[0], Product._make(product))
        pages = {
            tuple(key): cut([(Dependency._make(edge), [urn]) for urn, edge, _ in found], size) for key, found in rows
        }
        return [pages[key] for key in keys]

    return DataLoader(load)


def count_loader(loaders: Any, side: Side) -> DataLoader[str, int]:
    async def load(ids: list[str]) -> list[int]:
        found = dict(await loaders.store.read(COUNTS[side], ids=list(ids)))
        return [found.get(id, 0) for id in ids]

    return DataLoader(load)


def edges_of(
    loaders: Any, product: Product, side: Side, first: int | None, after: str | None, ends: Ends
) -> Listing[Dependency]:
    """The product's edges on that side, by the urn of the other end."""
    size = page_size(first)
    scope = scope_of("dependencies", side.value, product.id)
    place = decode(after, scope, str)
    return Listing(
        scope,
        place,
        lambda: loaders.once(page_loader, side, size, ends).load((product.id, place[0] if place else "")),
        lambda: loaders.once(count_loader, side).load(product.id),
    )
