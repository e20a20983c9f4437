"""Reads of contracts and their fields."""

from collections.abc import Sequence
from typing import LiteralString

from aiodataloader import DataLoader

from resolvers.graph.product_references import decoded, is_urn
from resolvers.graph.projections import CONTRACT, FIELD
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.model.records import Contract, ContractField, Product
from resolvers.paging.connection import Listing, Page, cut, page_size
from resolvers.paging.cursors import ListScope, decode

BY_IDS: LiteralString = "MATCH (c:DataContract) WHERE c.id IN $ids RETURN collect(" + CONTRACT + ")"
FIELDS: LiteralString = (
    "MATCH (c:DataContract) WHERE c.id IN $ids RETURN collect([c.id, "
    "COLLECT { MATCH (c)-[:HAS_FIELD]->(f:ContractField) RETURN " + FIELD + " ORDER BY f.position, f.path }])"
)
OF_REFERENCES: LiteralString = """
UNWIND $arguments.references AS asked
MATCH (p:DataProduct {urn: asked.urn})
OPTIONAL MATCH (c:DataContract {productId: p.id, version: asked.version})
WITH asked, CASE WHEN asked.version IS NULL THEN p.contractId ELSE c.id END AS id
WHERE id IS NOT NULL
RETURN collect([asked.reference, id])
"""
LAST = "\U0010ffff"
OF_PRODUCTS: LiteralString = (
    "UNWIND $keys AS key CALL (key) {\n  MATCH (:DataProduct {id: key[0]})-[:HAS_CONTRACT]->(c:DataContract)\n"
    "  WHERE c.publishedAt <= key[1] AND (c.publishedAt < key[1] OR c.id < key[2])\n"
    "  WITH c ORDER BY c.publishedAt DESC, c.id DESC LIMIT $limit RETURN collect(" + CONTRACT + ") AS found\n"
    "}\nRETURN collect([key, found])"
)
COUNT_OF_PRODUCTS: LiteralString = (
    "MATCH (p:DataProduct) WHERE p.id IN $ids RETURN collect([p.id, COUNT { (p)-[:HAS_CONTRACT]->(:DataContract) }])"
)


async def by_ids(store: Store, ids: Sequence[str]) -> list[Contract | None]:
    """Aligned with `ids`; None where there is no such contract."""
    contracts = {row[0]: Contract(*row) for row in await store.read(BY_IDS, ids=list(ids))}
    return [contracts.get(id) for id in ids]


def is_contract_reference(reference: str) -> bool:
    """Whether it names a contract by its product's urn: `urn` for the one in force, `urn@version` for any version."""
    return is_urn(reference)


async def ids_of(store: Store, references: Sequence[str]) -> list[str]:
    """The ids of contracts named by urn; one that names no contract stays as it is. Aligned with `references`."""
    named = [
        {"reference": reference, "urn": urn.lower(), "version": version or None}
        for reference in references
        for urn, _, version in (decoded(reference).partition("@"),)
    ]
    ids_by_reference = dict(await store.read(OF_REFERENCES, arguments={"references": named}))
    return [ids_by_reference.get(reference, reference) for reference in references]


async def fields_of(store: Store, ids: Sequence[str]) -> list[list[ContractField]]:
    """The fields of each contract, in the order of its JSON Schema; aligned with `ids`."""
    fields_by_id = {id: [ContractField(*row) for row in rows] for id, rows in await store.read(FIELDS, ids=list(ids))}
    return [fields_by_id.get(id, []) for id in ids]


def page_loader(loaders: RequestScope, size: int) -> DataLoader[tuple[str, str, str], Page]:
    """Loads the page of (product id, publishedAt and id to continue after)."""

    async def load(keys: list[tuple[str, str, str]]) -> list[Page]:
        rows = await loaders.store.read(OF_PRODUCTS, keys=[list(key) for key in keys], limit=size + 1)
        pages = {tuple(key): [Contract._make(row) for row in contracts] for key, contracts in rows}
        return [cut(pages[key], size, lambda c: [c.published_at, c.id]) for key in keys]

    return DataLoader(load)


def count_loader(loaders: RequestScope) -> DataLoader[str, int]:
    async def load(ids: list[str]) -> list[int]:
        counts = dict(await loaders.store.read(COUNT_OF_PRODUCTS, ids=list(ids)))
        return [counts.get(id, 0) for id in ids]

    return DataLoader(load)


def versions_of(loaders: RequestScope, product: Product, first: int | None, after: str | None) -> Listing[Contract]:
    """All contract versions of the product, most recently published first."""
    size = page_size(first)
    scope = ListScope("dataProduct.contracts", product.id)
    place = decode(after, scope, str, str)
    start = place or [LAST, LAST]
    return Listing(
        scope,
        place,
        lambda: loaders.once(page_loader, size).load((product.id, *start)),
        lambda: loaders.once(count_loader).load(product.id),
    )
