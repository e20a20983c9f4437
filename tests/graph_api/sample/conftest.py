import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from graph_api.sample.load import load_sample
from tests.conftest import EMPTY_LOG, WIPE


@pytest.fixture(scope="module")
async def sample(migrated: Endpoint, driver: neo4j.AsyncDriver, request_driver: neo4j.AsyncDriver) -> Neo4jStore:
    """A store with the sample mesh in it, loaded once for the tests of a module: they must only look."""
    for statement in (WIPE, EMPTY_LOG):
        await driver.execute_query(statement, database_=migrated.database)
    store = Neo4jStore(request_driver, migrated.database)
    await load_sample(store)
    return store
