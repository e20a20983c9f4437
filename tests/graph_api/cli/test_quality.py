"""`meshweave quality` as its users run it."""

import json
from pathlib import Path

import pytest

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from tests.graph_api.test_cli import at, run
from tests.resolvers.mutations.test_quality_report_submit import SODA
from tests.writes import a_domain, a_product, contract

duckdb = pytest.importorskip("duckdb", reason="needs meshweave[data]")

SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


async def test_a_run_and_a_submitted_result(clean_database: Endpoint, store: Neo4jStore, tmp_path: Path) -> None:
    await a_domain(store)
    points = [{"kind": "API", "uri": "https://a.example/x"}, {"kind": "BATCH", "uri": "file:///data/rows.csv"}]
    await a_product(store, contract=contract(jsonSchema=SCHEMA, format="csv"), access_points=points)
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "rows.csv").write_text("id\n1\n2\n4\n")
    (tmp_path / "sources.yaml").write_text(f"- uri: file:///data/\n  root: {tmp_path / 'root'}\n")
    given = {**at(clean_database), "MESHWEAVE_SOURCES": str(tmp_path / "sources.yaml"), "COLUMNS": "160"}

    good = run(tmp_path, "quality", "run", "urn:mesh:sales:orders", **given)

    assert good.returncode == 0, good.stderr
    lines = good.stdout.splitlines()
    assert lines[0].split() == ["dimension", "score", "threshold", "passed", "why", "not"]
    assert lines[1].split() == ["completeness", "1.0000", "0.9000", "yes"]
    assert lines[-1].startswith("The run of 3 rows against contract 1.0.0 passed, overall 1.0000 (meshweave, qrn_")
    assert "Checking urn:mesh:sales:orders, batch" in good.stderr

    (tmp_path / "root" / "rows.csv").write_text("id,x\n1,a\n,b\n,c\n")
    bad = run(tmp_path, "quality", "run", "urn:mesh:sales:orders", "--access-point", "batch", **given)
    assert bad.returncode == 1
    assert ["completeness:id", "1", "3", "null,", "null"] in [line.split() for line in bad.stdout.splitlines()]

    (tmp_path / "soda.json").write_text(json.dumps(SODA))
    kept = run(tmp_path, "quality", "submit", "urn:mesh:sales:orders", "soda.json", **given)
    assert kept.returncode == 0, kept.stderr
    assert kept.stdout.splitlines()[-1].startswith("The run of 200 rows against contract 1.0.0 passed, overall 0.99")

    (tmp_path / "none.json").write_text("{}")
    refused = run(tmp_path, "quality", "submit", "urn:mesh:sales:orders", "none.json", **given)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "error This is not a report of Meshweave, Great Expectations or Soda." in refused.stderr
    absent = run(tmp_path, "quality", "run", "urn:mesh:sales:none", **given)
    assert "error There is no data product 'urn:mesh:sales:none'." in absent.stderr
    unreadable = run(tmp_path, "quality", "run", "urn:mesh:sales:orders", "--access-point", "api", **given)
    assert unreadable.returncode == 1
    assert "The output could not be checked: Access points with the scheme https: cannot be read" in unreadable.stderr
