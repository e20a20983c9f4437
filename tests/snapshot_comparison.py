"""Cards tell what their products do, whatever was written."""

from collections.abc import AsyncIterator

import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from resolvers.graph import projections
from resolvers.graph.product_snapshot import card_of
from resolvers.model.records import Product

CARDS = f"MATCH (p:DataProduct) RETURN [p.card] + {projections.PRODUCT} AS found"


@pytest.fixture(autouse=True)
async def right_cards(migrated: Endpoint, driver: neo4j.AsyncDriver) -> AsyncIterator[None]:
    """Looked at after each test of the folders that have this in their `conftest.py`."""
    yield
    records, *_ = await driver.execute_query(CARDS, database_=migrated.database)
    for card, *row in (record["found"] for record in records):
        assert card == card_of(Product(*row))
