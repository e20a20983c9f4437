"""A first start with a fifth of the CPU comes to an end, and says meanwhile what it waits for."""

import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.graph_api.processes import limited
from tests.graph_api.test_cli import COMMAND, announced, environment

SHARE = 0.2
PATIENCE = 1_200.0  # seconds until the test gives up; no figure of ours
PROFILES = '{ dataProduct(id: "urn:mesh:customer:profiles") { name consumers(first: 100) { totalCount } } }'
PHASES = ("Starting Neo4j", "Opening the Neo4j store", "Preparing the database", "Loading the sample mesh: ")
WAITING = "waiting for the database"


@pytest.mark.timeout(PATIENCE + 300)
@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_the_sample_is_served_with_a_fifth_of_the_cpu(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--sample", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    said: list[str] = []
    reader = threading.Thread(target=lambda lines=process.stderr: said.extend(map(str.rstrip, lines)), daemon=True)
    reader.start()
    try:
        with limited(process.pid, SHARE) as throttle:
            url = announced(process)["Meshweave answers at"]
            ready = httpx.get(url.replace("/graphql", "/health/ready"), timeout=120)
            answer = httpx.post(url, json={"query": PROFILES}, timeout=120)
            # Nothing is trained beside the first load.
            assert not [command for command in throttle.commands if "graph_api.neo4j.training" in command]
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert answer.json() == {"data": {"dataProduct": {"name": "profiles", "consumers": {"totalCount": 16}}}}
        assert throttle.stops > 10
    finally:
        process.terminate()
        try:
            process.wait(120)
        finally:
            process.kill()
            process.wait()
            reader.join(60)
            patience.cancel()
            if not reader.is_alive():
                process.stderr.close()
            process.stdout.close()
    assert process.returncode == 0, said
    places = [next((place for place, line in enumerate(said) if line.startswith(phase)), None) for phase in PHASES]
    assert None not in places, said
    assert places == sorted(places)  # type: ignore[type-var]
    assert [line for line in said if WAITING in line], said
    assert not [line for line in said if "Traceback" in line or "did not finish" in line], "\n".join(said)
