import asyncio
import os

import pytest
from neo4j import AsyncDriver
from neo4j.exceptions import CypherSyntaxError

from graph_api.neo4j import migrate as module
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.migrate import Migration, load_migrations, migrate, split

APPLIED = "MATCH (n:Migration) WHERE n.appliedAt IS NOT NULL RETURN n.number AS number ORDER BY number"


def test_files_have_numbers_of_their_own() -> None:
    numbers = [migration.number for migration in load_migrations()]
    assert numbers == sorted(set(numbers))


def test_split_drops_comments_and_keeps_statements_whole() -> None:
    assert split("// why\nCREATE (a:A)\n  SET a.x = 1;\nMATCH (n) RETURN n;\n") == (
        "CREATE (a:A)\n  SET a.x = 1",
        "MATCH (n) RETURN n",
    )


async def test_it_applies_once(migrated: Endpoint, driver: AsyncDriver) -> None:
    assert await migrate(driver, migrated.database) == []
    result = await driver.execute_query(APPLIED, database_=migrated.database)
    assert [record["number"] for record in result.records] == [m.number for m in load_migrations()]


async def test_replicas_that_start_together_apply_each_file_once(
    migrated: Endpoint, driver: AsyncDriver, monkeypatch
) -> None:
    scratch = [Migration(9001, "9001_a.cypher", ("CREATE (:MigrationProbe)",)), Migration(9002, "9002_b.cypher", ())]
    monkeypatch.setattr(module, "load_migrations", lambda: scratch)
    try:
        names = await asyncio.gather(*(migrate(driver, migrated.database) for _ in range(4)))
        probes = await driver.execute_query(
            "MATCH (n:MigrationProbe) RETURN count(n) AS n", database_=migrated.database
        )
        assert sorted(name for applied in names for name in applied) == ["9001_a.cypher", "9002_b.cypher"]
        assert probes.records[0]["n"] == 1
    finally:
        await driver.execute_query(
            "MATCH (n) WHERE n:MigrationProbe OR (n:Migration AND n.number > 9000) DETACH DELETE n",
            database_=migrated.database,
        )


async def test_a_file_that_failed_halfway_runs_again_from_its_start(
    migrated: Endpoint, driver: AsyncDriver, monkeypatch
) -> None:
    merge = "MERGE (:MigrationProbe {step: 1})"
    broken = [Migration(9001, "9001_a.cypher", (merge, "THIS IS NOT CYPHER"))]
    mended = [Migration(9001, "9001_a.cypher", (merge, "MERGE (:MigrationProbe {step: 2})"))]
    try:
        monkeypatch.setattr(module, "load_migrations", lambda: broken)
        with pytest.raises(CypherSyntaxError):
            await migrate(driver, migrated.database)
        monkeypatch.setattr(module, "load_migrations", lambda: mended)
        assert await migrate(driver, migrated.database) == ["9001_a.cypher"]
        steps = await driver.execute_query(
            "MATCH (n:MigrationProbe) RETURN collect(n.step) AS steps", database_=migrated.database
        )
        assert sorted(steps.records[0]["steps"]) == [1, 2]
    finally:
        await driver.execute_query(
            "MATCH (n) WHERE n:MigrationProbe OR (n:Migration AND n.number > 9000) DETACH DELETE n",
            database_=migrated.database,
        )


@pytest.mark.skipif(
    "MESHWEAVE_TEST_NEO4J_URI" in os.environ, reason="the given database may have known the names before"
)
async def test_the_names_that_lists_read_are_the_youngest(migrated: Endpoint, driver: AsyncDriver) -> None:
    """Properties are kept in this order, the youngest first, and cost what is passed on the way to them."""
    result = await driver.execute_query(
        "CALL db.propertyKeys() YIELD propertyKey RETURN collect(propertyKey) AS names", database_=migrated.database
    )
    names = result.records[0]["names"]
    order = names[: names.index("id") + 1]
    assert order[-7:] == ["ownerTeam", "domain", "status", "type", "urn", "name", "id"]
    assert {"searchWords", "fieldWords", "metadataJson", "createdAt"} < set(order[:-7])
