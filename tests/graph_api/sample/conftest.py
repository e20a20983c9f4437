import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from tests.sample_mesh import fresh_sample


@pytest.fixture(scope="module")
async def sample(migrated: Endpoint, driver: neo4j.AsyncDriver, request_driver: neo4j.AsyncDriver) -> Neo4jStore:
    """A store with the sample mesh in it, loaded once for the tests of a module: they must only look."""
    return await fresh_sample(migrated, driver, request_driver)
