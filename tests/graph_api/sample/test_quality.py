"""The sample's files and their quality history."""

from pathlib import Path

import pytest

from graph_api.neo4j.store import Neo4jStore
from graph_api.sample.data import DAYS, folder_of, prepare, sample_sources
from graph_api.sample.load import load_sample
from graph_api.sample.quality import ORIGIN, URN, record_history
from graph_api.serve import data_reader
from resolvers.quality.records import RunState, runs_of
from tests.checksum import checksum
from tests.conftest import embedded_settings

duckdb = pytest.importorskip("duckdb", reason="needs meshweave[data]")


async def test_the_files_are_made_once_and_checked_day_by_day(store: Neo4jStore, tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path)
    assert sample_sources(settings) == ()
    await load_sample(store)
    assert await prepare(settings) is True
    folder = folder_of(settings)
    files = {str(file.relative_to(folder)): file.stat().st_mtime_ns for file in folder.rglob("*.parquet")}
    assert len([name for name in files if name.startswith("events/day=")]) == DAYS
    assert {name.split("/")[0] for name in files} == {
        *("events", "consents", "loyalty_cards", "identity_graph", "profiles"),
        *("interactions", "preferences", "lifetime_value", "segments"),
    }
    assert not list(folder.rglob("*.jsonl"))
    assert await prepare(settings) is True
    assert files == {str(file.relative_to(folder)): file.stat().st_mtime_ns for file in folder.rglob("*.parquet")}

    reader = data_reader(settings)
    assert await record_history(store, reader) == DAYS

    product_id = await store.read("MATCH (p:DataProduct {urn: $urn}) RETURN p.id", urn=URN)
    runs = await runs_of(store, product_id, "", "9999", 100)
    assert [run.state for run in runs] == [RunState.FINISHED] * DAYS
    assert [run.origin for run in runs] == ["meshweave"] + [ORIGIN] * (DAYS - 1)
    scores = [run.overall for run in runs if run.overall is not None]
    assert len(scores) == DAYS
    assert min(scores[1:]) == scores[DAYS - 10] < 0.95 < sorted(scores)[1]
    checks = {one["id"]: one for one in runs[0].checks}
    assert checks["timestamp-iso-8601"]["origin"] == "domain"
    assert 0 < checks["customer-named"]["score"] < 1
    assert runs[0].rows == DAYS * 200
    before = await checksum(store)
    assert await record_history(store, reader) == 0
    assert await checksum(store) == before
