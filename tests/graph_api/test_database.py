"""A database is awaited, checked and migrated before it is served, and each failure says what to do."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from neo4j import AsyncDriver

from graph_api.database import Database, configured_endpoint, open_database, require_version
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.errors import StartError
from tests.graph_api.tiny import settings


def given(tmp_path: Path, endpoint: Endpoint, **changes: Any) -> Any:
    own = {
        "neo4j_uri": endpoint.uri,
        "neo4j_user": endpoint.user,
        "neo4j_password": endpoint.password,
        "neo4j_database": endpoint.database,
        "neo4j_wait_seconds": 2,
    }
    return settings(tmp_path, **own | changes)


async def test_a_given_neo4j_is_opened_and_migrated(tmp_path: Path, endpoint: Endpoint) -> None:
    told: list[str] = []
    async with open_database(given(tmp_path, endpoint), lambda text, _fraction: told.append(text)) as database:
        assert await database.store().read("RETURN 1") == 1
        assert (await database.unanswered(), await database.unmigrated()) == (None, None)
    assert told == ["Preparing the database"]


async def test_a_missing_migration_is_not_ready(tmp_path: Path, endpoint: Endpoint, driver: AsyncDriver) -> None:
    async with open_database(given(tmp_path, endpoint)) as database:
        await driver.execute_query(
            "MATCH (m:Migration {number: 1}) SET m.appliedAt = null", database_=endpoint.database
        )
        assert await database.unmigrated() == "missing: 001_catalog.cypher"
    async with open_database(given(tmp_path, endpoint)) as database:
        assert await database.unmigrated() is None


@pytest.mark.parametrize(
    ("changes", "message", "remedy"),
    [
        ({"neo4j_password": "wrong"}, "rejects this user and password.", "MESHWEAVE_NEO4J_PASSWORD"),
        (
            {"neo4j_database": "nowhere"},
            "has no database 'nowhere' that this user may read.",
            "MESHWEAVE_NEO4J_DATABASE",
        ),
        ({"neo4j_uri": "bolt://127.0.0.1:1"}, "No Neo4j answers at bolt://127.0.0.1:1", "MESHWEAVE_NEO4J_URI"),
        ({"neo4j_uri": "http://127.0.0.1:1"}, "is not a Neo4j address", "MESHWEAVE_NEO4J_URI"),
        ({"neo4j_uri": "bolt://neo4j:hunter2@db:7687"}, "contains a login", "MESHWEAVE_NEO4J_USER"),
        ({"neo4j_uri": "nonsense"}, "is not a Neo4j address", "MESHWEAVE_NEO4J_URI"),
        ({"neo4j_password": None}, "no password", "MESHWEAVE_NEO4J_PASSWORD"),
        (
            {"neo4j_password": None, "neo4j_password_file": Path("/nonexistent")},
            "Cannot read /nonexistent",
            "MESHWEAVE_NEO4J_PASSWORD_FILE",
        ),
    ],
)
async def test_what_keeps_it_from_opening_is_told(
    tmp_path: Path, endpoint: Endpoint, changes: dict[str, Any], message: str, remedy: str
) -> None:
    with pytest.raises(StartError) as caught:
        async with open_database(given(tmp_path, endpoint, **changes)):
            raise AssertionError("opened")
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert endpoint.password not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert len(caught.value.message.splitlines()) == 1


def test_the_password_may_come_from_a_mounted_secret(tmp_path: Path, endpoint: Endpoint) -> None:
    (tmp_path / "secret").write_text("hidden\n")
    found = configured_endpoint(given(tmp_path, endpoint, neo4j_password=None, neo4j_password_file=tmp_path / "secret"))
    assert found == Endpoint(endpoint.uri, endpoint.user, "hidden", endpoint.database)


class Informed:
    def __init__(self, agent: str) -> None:
        self.agent = agent

    async def get_server_info(self) -> "Informed":
        return self


@pytest.mark.parametrize(
    ("agent", "old"),
    [
        ("Neo4j/4.4.30", True),
        ("Neo4j/5.25.1", True),
        ("Neo4j/5.26.0", False),
        ("Neo4j/5.27-aura", False),
        ("Neo4j/2026.08.1", False),
    ],
)
async def test_a_neo4j_before_5_26_is_refused(endpoint: Endpoint, agent: str, old: bool) -> None:
    expected = pytest.raises(StartError, match=f"is {re.escape(agent[6:])}, Meshweave needs 5.26 or later")
    with expected if old else nullcontext():
        await require_version(Informed(agent), endpoint)  # type: ignore[arg-type]


async def test_a_database_that_went_away_is_not_ready(tmp_path: Path, endpoint: Endpoint) -> None:
    import neo4j

    async with neo4j.AsyncGraphDatabase.driver(
        "bolt://127.0.0.1:1", auth=("neo4j", "x"), connection_acquisition_timeout=1, max_transaction_retry_time=0
    ) as gone:
        database = Database(gone, "neo4j")
        assert await database.unanswered() == "does not answer"
        assert await database.unmigrated() == "cannot be read"
