"""One real Neo4j a test session, and its data wiped between tests.

`MESHWEAVE_TEST_NEO4J_URI` (with `…_USER`, `…_PASSWORD`, `…_DATABASE`) names one whose data may be deleted; else a
container, where a Docker-compatible engine answers; else the embedded one in a temporary folder.
`MESHWEAVE_TEST_NEO4J=embedded` or `=container` insists on one.
"""

import os
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import neo4j
import pytest

from graph_api.neo4j.driver import open_driver
from graph_api.neo4j.embedded import start_embedded
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.layout import new_password
from graph_api.neo4j.migrate import migrate
from graph_api.neo4j.store import Neo4jStore
from graph_api.settings import Settings

IMAGE = os.environ.get("MESHWEAVE_TEST_NEO4J_IMAGE", "neo4j:2026.08.1")
# What migrations leave behind stays: they run once a session.
WIPE = "MATCH (n) WHERE NOT n:Migration DETACH DELETE n"
EMPTY_LOG = "MERGE (t:AuditLog {key: 'tail'}) SET t.seq = 0, t.hash = ''"


@pytest.fixture(scope="session")
async def endpoint(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    """The Neo4j of this session. Its data are anyone's: ask for `clean_database` to start from none."""
    wanted = os.environ.get("MESHWEAVE_TEST_NEO4J", "")
    given = _given()
    if given is not None:
        yield given
    elif wanted == "container" or (wanted != "embedded" and _engine_answers()):
        with _container() as started:
            yield started
    else:
        async with _embedded(tmp_path_factory.mktemp("neo4j")) as started:
            yield started


@pytest.fixture(scope="session")
async def driver(endpoint: Endpoint) -> AsyncIterator[neo4j.AsyncDriver]:
    """A driver on `endpoint` for what a test looks up by itself, beside the code under test."""
    async with neo4j.AsyncGraphDatabase.driver(endpoint.uri, auth=(endpoint.user, endpoint.password)) as opened:
        yield opened


@pytest.fixture(scope="session")
async def migrated(endpoint: Endpoint, driver: neo4j.AsyncDriver) -> Endpoint:
    """`endpoint` with every migration applied."""
    await migrate(driver, endpoint.database)
    return endpoint


@pytest.fixture
async def clean_database(migrated: Endpoint, driver: neo4j.AsyncDriver) -> Endpoint:
    """`endpoint` as right after the migrations; constraints and indexes stay, so this takes milliseconds."""
    await driver.execute_query(WIPE, database_=migrated.database)
    await driver.execute_query(EMPTY_LOG, database_=migrated.database)
    return migrated


@pytest.fixture(scope="session")
async def request_driver(endpoint: Endpoint) -> AsyncIterator[neo4j.AsyncDriver]:
    """A driver as the service opens it, with its limits."""
    async with open_driver(endpoint) as opened:
        yield opened


@pytest.fixture
def store(clean_database: Endpoint, request_driver: neo4j.AsyncDriver) -> Neo4jStore:
    """The store that resolvers get, on an empty, migrated database."""
    return Neo4jStore(request_driver, clean_database.database)


@pytest.fixture
def cypher(endpoint: Endpoint, driver: neo4j.AsyncDriver) -> Callable[..., Awaitable[list[dict[str, Any]]]]:
    """`await cypher("MATCH … RETURN …", name=value)`: the rows as dicts, straight from the database."""

    async def run(query: str, **parameters: Any) -> list[dict[str, Any]]:
        result = await driver.execute_query(query, parameters, database_=endpoint.database)  # type: ignore[arg-type]
        return [record.data() for record in result.records]

    return run


def embedded_settings(data_dir: Path, **changes: Any) -> Settings:
    """Settings of a throw-away instance that shares this machine's jars."""
    return Settings(_env_file=None, data_dir=data_dir, **changes)  # type: ignore[call-arg]


def _given() -> Endpoint | None:
    uri = os.environ.get("MESHWEAVE_TEST_NEO4J_URI")
    if not uri:
        return None
    return Endpoint(
        uri,
        os.environ.get("MESHWEAVE_TEST_NEO4J_USER", "neo4j"),
        os.environ.get("MESHWEAVE_TEST_NEO4J_PASSWORD", "neo4j"),
        os.environ.get("MESHWEAVE_TEST_NEO4J_DATABASE", "neo4j"),
    )


def _engine_answers() -> bool:
    """Whether a Docker-compatible engine answers and has the image or can get it."""
    if not os.environ.get("DOCKER_HOST") and not Path("/var/run/docker.sock").exists():
        return False
    try:
        import docker

        client = docker.from_env(timeout=3)
        try:
            client.ping()
            return bool(client.images.list(IMAGE)) or bool(client.images.get_registry_data(IMAGE).id)
        finally:
            client.close()
    except Exception:  # no engine, no rights, no registry: every kind means the embedded one
        return False


@contextmanager
def _container() -> Iterator[Endpoint]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.waiting_utils import wait_for_logs

        password = new_password()
        container = DockerContainer(IMAGE).with_env("NEO4J_AUTH", f"neo4j/{password}").with_exposed_ports(7687)
        with container as started:
            wait_for_logs(started, "Started.", timeout=180)
            host, port = started.get_container_host_ip(), started.get_exposed_port(7687)
            yield Endpoint(f"bolt://{host}:{port}", "neo4j", password)


@asynccontextmanager
async def _embedded(data_dir: Path) -> AsyncIterator[Endpoint]:
    async with await start_embedded(embedded_settings(data_dir), train=False) as server:
        yield server.endpoint
