"""Runs the most frequent queries once after the start, so that the database has planned them before the first requests
need them.

Neo4j plans a query text when it first sees it, which takes seconds for all texts of a governed write on a busy machine.
The warm-up runs beside the first requests: lineage at each depth, one product and pages of products, by their snapshots
and by all properties, the report of a product, and a creation that is rolled back like a dry run.
"""

import logging
from typing import Any, LiteralString

from resolvers import lineage
from resolvers.catalog import products
from resolvers.discovery.search import ProductFilter, discover
from resolvers.governance.engine.facts_cypher import Scope
from resolvers.governance.report import report_on
from resolvers.graph.store import Store
from resolvers.model.access import Caller, Role
from resolvers.model.errors import MeshError
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.inputs import ProductInput
from resolvers.writes.dependency_edges import DependencyInput
from resolvers.writes.pipeline import WriteOptions

log = logging.getLogger("meshweave.warm")

SYSTEM = Caller("meshweave", frozenset({Role.GOVERNANCE}))
SOME_PRODUCT: LiteralString = "MATCH (p:DataProduct) RETURN [p.id, p.domain] LIMIT 1"
CONTRACT = {
    "version": "1.0.0",
    "format": "json",
    "jsonSchema": {"type": "object", "properties": {"id": {"type": "string"}}},
    "classification": "INTERNAL",
    "retention": {"days": 1},
}


async def warm(store: Store) -> None:
    """Never raises for what the mesh or the database makes of it: nothing depends on it."""
    try:
        await lineage.warm(store)
        rows = await store.read(SOME_PRODUCT)
        if rows is not None:
            await run(store, *rows)
    except MeshError as error:
        log.warning("Not everything is warmed up: %s", error)


async def run(store: Store, product_id: str, domain: str) -> None:
    await products.by_ids(store, [product_id])
    for filter in (ProductFilter(), ProductFilter(domains=(domain,))):
        await discover(store, filter, None, None, None, 1, None).items()
    await discover(store, ProductFilter(), domain, None, None, 1, None).items()
    await report_on(store, Scope(ids=(product_id,)))
    await create_product(store, SYSTEM, trial(product_id, domain), WriteOptions(dry_run=True))


def trial(provider: str, domain: str) -> ProductInput:
    arguments: dict[str, Any] = {"contract": CONTRACT, "dependencies": [DependencyInput(provider)]}
    return ProductInput(domain, "warm-up", "DERIVED", description="Rolled back", **arguments)
