"""The daemon, through the command as a user types it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


class Command:
    """`meshweave` with an instance of its own."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        ours = {"MESHWEAVE_DATA_DIR": str(data_dir), "MESHWEAVE_EMBEDDED_AOT": "false", "MESHWEAVE_PORT": "0"}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MESHWEAVE_")}
        self._environment = inherited | ours | environment

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = "from graph_api.cli.main import main; main()"
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env=self._environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip


def test_a_daemon_from_start_to_stop(tmp_path: Path) -> None:
    meshweave = Command(tmp_path / "instance")
    assert meshweave("database", "status").returncode == 1
    try:
        started = meshweave("database", "start")
        assert started.returncode == 0, started.stderr
        assert re.fullmatch(r"bolt://127\.0\.0\.1:\d+", started.stdout.strip())
        again = meshweave("database", "start")
        assert again.stdout == started.stdout
        assert "Running already" in again.stderr
        status = meshweave("database", "status")
        assert status.returncode == 0
        assert started.stdout.strip() in status.stdout
        assert "a daemon" in status.stdout
        doctor = meshweave("doctor")
        assert doctor.returncode == 0, doctor.stdout
        assert "fail" not in doctor.stdout
        refused = meshweave("database", "restore", str(tmp_path / "none.tar.gz"), "--force")
        assert refused.returncode == 1
        assert "A server is using the store." in refused.stderr
    finally:
        stopped = meshweave("database", "stop")
    assert stopped.returncode == 0
    assert "Stopped process" in stopped.stderr
    assert meshweave("database", "status").returncode == 1
    assert "No embedded Neo4j is running." in meshweave("database", "stop").stderr


@pytest.mark.parametrize("arguments", [("start",), ("stop",), ("status",), ("backup", "x"), ("restore", "x")])
def test_a_neo4j_of_ones_own_is_left_alone(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    meshweave = Command(tmp_path, MESHWEAVE_NEO4J_URI="bolt://127.0.0.1:1")
    answer = meshweave("database", *arguments)
    assert answer.returncode == 1
    assert answer.stderr.splitlines()[0].startswith("error MESHWEAVE_NEO4J_URI names another Neo4j")
    assert answer.stderr.splitlines()[1].startswith("remedy ")
    assert list(tmp_path.iterdir()) == []
