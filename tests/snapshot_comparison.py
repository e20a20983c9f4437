"""A fixture that compares every product snapshot with its product."""

from collections.abc import AsyncIterator

import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from resolvers.graph import projections
from resolvers.graph.product_snapshot import snapshot_of
from resolvers.model.records import Product

SNAPSHOTS = f"MATCH (p:DataProduct) RETURN [p.snapshot] + {projections.PRODUCT} AS found"


@pytest.fixture(autouse=True)
async def right_snapshots(migrated: Endpoint, driver: neo4j.AsyncDriver) -> AsyncIterator[None]:
    """Looked at after each test of the folders that have this in their `conftest.py`."""
    yield
    records, *_ = await driver.execute_query(SNAPSHOTS, database_=migrated.database)
    for snapshot, *row in (record["found"] for record in records):
        assert snapshot == snapshot_of(Product(*row))
