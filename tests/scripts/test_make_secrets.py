"""The secrets of a Compose project: made once, kept for ever after."""

import runpy
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "containers" / "make_secrets.py"


def make(folder: Path) -> dict[str, str]:
    subprocess.run([sys.executable, SCRIPT, folder], check=True)
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_made_once(tmp_path: Path) -> None:
    first = make(tmp_path)

    assert first.keys() == {"neo4j_password", "neo4j_auth", "token"}
    assert first["neo4j_auth"] == f"neo4j/{first['neo4j_password']}"
    assert len(first["neo4j_password"]) == len(first["token"]) == 43
    assert first["token"] != first["neo4j_password"]
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o444}
    assert make(tmp_path) == first


def test_a_password_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "neo4j_password").write_text("chosen by the operator")

    assert make(tmp_path)["neo4j_auth"] == "neo4j/chosen by the operator"


def test_a_kill_leaves_no_half_written_secret(tmp_path: Path) -> None:
    (tmp_path / "token.part").write_text("hal")
    keep = runpy.run_path(str(SCRIPT))["keep"]

    assert keep(tmp_path / "token", "whole") == "whole"
    assert [file.name for file in tmp_path.iterdir()] == ["token"]
