import socket
from pathlib import Path

from graph_api.diagnostics import Check, run_checks
from graph_api.neo4j.layout import Layout
from graph_api.settings import Settings
from tests.conftest import embedded_settings


async def verdicts(settings: Settings) -> dict[str, Check]:
    return {check.name: check async for check in run_checks(settings)}


async def test_a_new_instance_lacks_nothing(tmp_path: Path) -> None:
    found = await verdicts(embedded_settings(tmp_path / "instance", port=0))
    assert [check for check in found.values() if check.verdict == "fail"] == []
    assert found["Java"].found.startswith("25.")
    assert not (tmp_path / "instance").exists()


async def test_jars_that_are_missing_are_a_warning_and_fetched_by_a_start(tmp_path: Path) -> None:
    found = await verdicts(embedded_settings(tmp_path, cache_dir=tmp_path / "cache", port=0))
    assert found["Neo4j's jars"].verdict == "warn"
    assert "225 of 225" in found["Neo4j's jars"].found
    assert "158 MB" in found["Neo4j's jars"].remedy


async def test_a_taken_port_fails(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = await verdicts(embedded_settings(tmp_path, port=port, embedded_port=port))
    assert (found["HTTP port"].verdict, found["Bolt port"].verdict) == ("fail", "fail")
    assert "MESHWEAVE_PORT" in found["HTTP port"].remedy


async def test_a_password_that_others_can_read_fails(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    layout.write_password("geheim")
    assert (await verdicts(embedded_settings(tmp_path, port=0)))["secret files"].verdict == "ok"
    layout.password.chmod(0o644)
    check = (await verdicts(embedded_settings(tmp_path, port=0)))["secret files"]
    assert check.verdict == "fail"
    assert check.remedy == f"chmod 600 {layout.password}"


async def test_a_store_of_a_later_neo4j_fails(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (layout.home / "data" / "databases").mkdir(parents=True)
    layout.store_version.write_text('{"neo4j": "2099.01.0"}')
    check = (await verdicts(embedded_settings(tmp_path, port=0)))["store"]
    assert check.verdict == "fail"
    assert "2099.01.0" in check.found


async def test_a_neo4j_that_does_not_answer_fails_and_spares_the_embedded_ones_checks(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path, port=0, neo4j_uri="bolt://127.0.0.1:1", neo4j_password="x")
    found = await verdicts(settings)
    assert found["Neo4j"].verdict == "fail"
    assert "No Neo4j answers at bolt://127.0.0.1:1" in found["Neo4j"].found
    assert "Neo4j's jars" not in found


async def test_a_neo4j_without_a_password_fails(tmp_path: Path) -> None:
    check = (await verdicts(embedded_settings(tmp_path, port=0, neo4j_uri="bolt://127.0.0.1:1")))["Neo4j"]
    assert (check.verdict, check.found) == ("fail", "MESHWEAVE_NEO4J_URI is set, but no password.")
