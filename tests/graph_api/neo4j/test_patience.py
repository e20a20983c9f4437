"""Local jobs have no time limit and say what they wait for; training runs behind everybody else."""

import asyncio
import subprocess
import sys
from pathlib import Path

import neo4j
import pytest

from graph_api.database import Database
from graph_api.neo4j import store as neo4j_store
from graph_api.neo4j.embedded import EmbeddedServer
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.priority import AUTOGROUP
from graph_api.neo4j.program import Program
from graph_api.neo4j.progress import waiting
from graph_api.neo4j.store import Neo4jStore
from graph_api.neo4j.training import Trainer
from resolvers.graph.store import Transaction
from resolvers.model.errors import StoreError
from tests.conftest import embedded_settings

SLOW = "UNWIND range(1, 40000000) AS i WITH i WHERE i % 7 = 3 RETURN count(i)"


async def test_a_patient_store_has_no_limit(
    store: Neo4jStore, request_driver: neo4j.AsyncDriver, migrated: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_store, "QUERY_SECONDS", 0.05)
    database = Database(request_driver, migrated.database)

    async def work(tx: Transaction) -> int:
        return await tx.run(SLOW)

    short = Neo4jStore(request_driver, migrated.database, write_seconds=0.05)
    for refused in (store.read(SLOW), short.write(work)):
        with pytest.raises(StoreError) as caught:
            await refused
        assert caught.value.code == "TIMEOUT"
    patient = database.patient_store()
    assert await patient.read(SLOW) == 5_714_286
    assert await patient.write(work) == 5_714_286


async def test_a_patient_store_tries_again_what_others_lock(
    request_driver: neo4j.AsyncDriver, migrated: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [StoreError("locked", "TIMEOUT"), StoreError("away")]
    patient = Database(request_driver, migrated.database).patient_store()
    ordinary = Neo4jStore(request_driver, migrated.database)
    written = Neo4jStore._write

    async def failing(self: Neo4jStore, work):
        if failures:
            raise failures.pop(0)
        return await written(self, work)

    monkeypatch.setattr(Neo4jStore, "_write", failing)

    async def work(tx: Transaction) -> int:
        return await tx.run("RETURN 1")

    with pytest.raises(StoreError, match="locked"):
        await ordinary.write(work)
    assert await patient.write(work) == 1
    assert failures == []


async def test_a_job_says_what_it_waits_for() -> None:
    told: list[tuple[str, float | None]] = []
    async with waiting(lambda *said: told.append(said), "Loading the sample mesh: sales", 0.5, seconds=0.01):
        await asyncio.sleep(0.1)
    said = len(told)
    assert told[0] == ("Loading the sample mesh: sales: waiting for the database, 0 s so far", 0.5)
    await asyncio.sleep(0.05)
    assert len(told) == said >= 1


def test_the_lowest_priority_is_that_of_the_session_too() -> None:
    code = (
        "from graph_api.neo4j.priority import AUTOGROUP, lower_priority; import os; lower_priority(); "
        "print(os.nice(0), AUTOGROUP.read_text() if AUTOGROUP.exists() else '')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, start_new_session=True, check=True
    )
    nice, _, group = ended.stdout.strip().partition(" ")
    assert nice == "19"
    if AUTOGROUP.exists():
        assert group.endswith("nice 19")


class Spawned:
    """Takes the place of a training."""

    def __init__(self) -> None:
        self.stopped = 0

    def stop(self) -> None:
        self.stopped += 1


def test_training_waits_until_there_is_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spawned: list[Program] = []

    def spawn(_settings, program: Program, _detached: bool) -> Spawned:
        spawned.append(program)
        return Spawned()

    monkeypatch.setattr(Trainer, "spawn", spawn)
    server = EmbeddedServer(embedded_settings(tmp_path))
    server.begin_training()
    assert spawned == []  # nothing to train
    program = Program("1", [], [], tmp_path, False)
    server._untrained = program
    server.begin_training()
    server.begin_training()
    assert spawned == [program]


async def test_readiness_says_that_the_database_recovers(
    request_driver: neo4j.AsyncDriver, migrated: Endpoint, tmp_path: Path
) -> None:
    server = EmbeddedServer(embedded_settings(tmp_path))
    database = Database(request_driver, migrated.database, server)
    assert await database.unanswered() is None
    server._recovering = True
    assert await database.unanswered() == "recovering: Neo4j ended unexpectedly and is being started again"
