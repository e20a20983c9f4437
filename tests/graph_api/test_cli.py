"""The command as its users run it: exit codes, stdout for results, one line and a remedy for what goes wrong."""

import io
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from graph_api.cli import serve
from graph_api.cli.variables import unknown
from graph_api.neo4j.endpoint import Endpoint
from graph_api.serve import Served
from graph_api.settings import Settings

COMMAND = [sys.executable, "-c", "from graph_api.cli.main import main; main()"]
ROOT = Path(__file__).parents[2]


def environment(data_dir: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MESHWEAVE_")}
    return kept | {"MESHWEAVE_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | variables


def run(data_dir: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=120, cwd=data_dir,
        env=environment(data_dir, **variables), check=False,
    )  # fmt: skip


def test_token_prints_the_administrators_and_nothing_else(tmp_path: Path) -> None:
    first, again = run(tmp_path, "token"), run(tmp_path, "token")
    assert (first.returncode, again.stderr) == (0, "")
    assert first.stderr == (
        f"Made just now for {tmp_path}: a service with another data folder has another one (--data-dir).\n"
    )
    assert first.stdout == again.stdout == (tmp_path / "token").read_text()
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_token_of_another_data_folder(tmp_path: Path) -> None:
    other = tmp_path / "other"
    there = run(tmp_path, "token", "--data-dir", str(other))
    assert there.stdout == (other / "token").read_text()
    assert f"Made just now for {other}:" in there.stderr
    assert run(tmp_path, "token").stdout != there.stdout


def test_the_version_is_printed(tmp_path: Path) -> None:
    printed = run(tmp_path, "--version")
    assert (printed.returncode, printed.stdout, printed.stderr) == (0, f"meshweave {version('meshweave')}\n", "")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("MESHWEAVE_DATADIR", "did you mean MESHWEAVE_DATA_DIR?"),
        ("MESHWEAVE_NEO4J_PASWORD", "did you mean MESHWEAVE_NEO4J_PASSWORD?"),
        ("MESHWEAVE_ANONYMOUS_READ", "did you mean MESHWEAVE_ANONYMOUS_READS?"),
        ("MESHWEAVE_QUUX", "docs/settings.md lists those there are."),
    ],
)
def test_a_misspelt_variable_is_told_with_the_nearest(name: str, advice: str) -> None:
    assert unknown([name, "HOME"]) == [f"{name} is not a setting and does nothing; {advice}"]


def test_variables_of_others_are_left_alone() -> None:
    mine = ["MESHWEAVE_PORT", "meshweave_host", "MESHWEAVE_SERVICE_HOST", "MESHWEAVE_PORT_8000_TCP_ADDR"]
    assert unknown([*mine, "MESHWEAVE_API_SERVICE_PORT_HTTP", "MESHWEAVE_TEST_NEO4J_URI"]) == []


def test_misspelt_variables_are_warnings_of_each_command(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MESHWEAVE_PROT=1\n")
    told = run(tmp_path, "token", MESHWEAVE_DATADIR="/nowhere")
    assert told.returncode == 0
    assert told.stderr.splitlines()[:2] == [
        "warning MESHWEAVE_DATADIR is not a setting and does nothing; did you mean MESHWEAVE_DATA_DIR?",
        "warning MESHWEAVE_PROT is not a setting and does nothing; did you mean MESHWEAVE_PORT?",
    ]


def test_names_in_messages_are_printed_as_they_are(tmp_path: Path) -> None:
    names = (":new:", "[bold]x[/]", "[draft]")
    for name in names:
        refused = run(tmp_path, "import", f"{name}.yaml")
        assert refused.returncode == 1
        assert f"{name}.yaml" in refused.stderr


def test_a_schema_cannot_be_written_into_a_missing_folder(tmp_path: Path) -> None:
    ended = run(tmp_path, "schema", "export", "--output", str(tmp_path / "gone" / "mesh.graphql"))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"error There is no folder {tmp_path / 'gone'}.\nremedy Make it, or give another --output.\n"
    )


@pytest.mark.parametrize("target", ["gone/", "gone/mesh.tar.gz"])
def test_a_backup_cannot_be_written_into_a_missing_folder(tmp_path: Path, target: str) -> None:
    (tmp_path / "neo4j" / "home" / "data" / "databases").mkdir(parents=True)
    ended = run(tmp_path, "database", "backup", target)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[0].startswith("error The folder ")
    assert ended.stderr.splitlines()[1:] == ["remedy Create it, or choose another."]
    assert not (tmp_path / "gone").exists()


def test_a_terminal_is_shown_the_sign_in_link_with_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served = Served("http://127.0.0.1:1", "http://127.0.0.1:1/sign-in#secret", True, None)
    for terminal, link in ((True, "/sign-in#secret"), (False, "/sign-in")):
        output = io.StringIO()
        monkeypatch.setattr(output, "isatty", lambda terminal=terminal: terminal)
        # `force_terminal` is what FORCE_COLOR does, as many a build server sets it, whose log others read.
        printed = Console(file=output, force_terminal=True, soft_wrap=True, highlight=False)
        monkeypatch.setattr(serve, "out", printed)
        serve.announce(served, Settings(data_dir=tmp_path))  # type: ignore[call-arg]
        assert f"sign in  http://127.0.0.1:1{link}\n" in printed.file.getvalue()  # type: ignore[attr-defined]


def test_tokens_are_issued_listed_and_revoked(tmp_path: Path, clean_database: Endpoint) -> None:
    given = at(clean_database)
    unknown = run(tmp_path, "token", "issue", "ann", "--role", "domain-owner", "--domain", "customer", **given)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "error There is no domain 'customer'." in unknown.stderr
    issued = run(tmp_path, "token", "issue", "ann", "--role", "domain-owner", "--domain", "*", "--days", "7", **given)
    assert (issued.returncode, len(issued.stdout.strip())) == (0, 43)
    again = run(tmp_path, "token", "issue", "ann", "--role", "reader", **given)
    assert (again.returncode, again.stdout) == (1, "")
    assert "error There is a token for 'ann' already.\nremedy Run `meshweave token revoke ann` first.\n" in again.stderr
    listed = run(tmp_path, "token", "list", COLUMNS="200", **given).stdout
    name, role, domains, clearance, began, ends = listed.splitlines()[1].split()
    assert (name, role, domains, clearance) == ("ann", "domain-owner", "*", "by-role")
    assert datetime.fromisoformat(ends) - datetime.fromisoformat(began) == timedelta(days=7)
    assert issued.stdout.strip() not in listed
    assert run(tmp_path, "token", "revoke", "ann", **given).returncode == 0
    assert run(tmp_path, "token", "revoke", "ann", **given).returncode == 1


def test_the_schema_is_printed_written_and_checked(tmp_path: Path) -> None:
    printed = run(tmp_path, "schema", "export")
    assert printed.returncode == 0
    assert "type Query" in printed.stdout
    file = tmp_path / "mesh.graphql"
    assert run(tmp_path, "schema", "export", "--output", str(file)).returncode == 0
    assert file.read_text() == printed.stdout
    assert run(tmp_path, "schema", "export", "--check", "--output", str(file)).returncode == 0
    file.write_text(printed.stdout + "#")
    stale = run(tmp_path, "schema", "export", "--check", "--output", str(file))
    assert (stale.returncode, file.read_text()[-1]) == (1, "#")
    assert "is not the schema of this version" in stale.stderr


@pytest.mark.parametrize(
    ("variables", "arguments", "message"),
    [
        ({"MESHWEAVE_PORT": "x"}, (), "MESHWEAVE_PORT: Input should be a valid integer"),
        ({"MESHWEAVE_TOKEN": "short"}, (), "MESHWEAVE_TOKEN has 5 characters"),
        ({"MESHWEAVE_HOST": "203.0.113.1"}, (), "'203.0.113.1' is not an address of this machine."),
        ({"MESHWEAVE_NEO4J_URI": "bolt://127.0.0.1:1"}, (), "MESHWEAVE_NEO4J_URI is set, but no password."),
        ({"MESHWEAVE_DATA_DIR": "/proc/nowhere"}, (), "Cannot write to /proc/nowhere"),
    ],
)
def test_what_keeps_it_from_serving_is_one_line_and_a_remedy(
    tmp_path: Path, variables: dict[str, str], arguments: tuple[str, ...], message: str
) -> None:
    ended = run(tmp_path, "serve", "--port", "0", *arguments, **variables)
    assert (ended.returncode, ended.stdout) == (1, "")
    error, remedy = ended.stderr.splitlines()
    assert error.startswith(f"error {message}")
    assert remedy.startswith("remedy ")


def test_a_taken_port_is_told_before_anything_slow(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = run(tmp_path, "serve", "--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[0] == f"error Port {port} is used by another program."


def at(endpoint: Endpoint) -> dict[str, str]:
    """The variables that name this database."""
    return {
        "MESHWEAVE_NEO4J_URI": endpoint.uri,
        "MESHWEAVE_NEO4J_USER": endpoint.user,
        "MESHWEAVE_NEO4J_PASSWORD": endpoint.password,
        "MESHWEAVE_NEO4J_DATABASE": endpoint.database,
    }


@contextmanager
def serving(data_dir: Path, endpoint: Endpoint, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    database = at(endpoint)
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=data_dir, env=environment(data_dir, **database | variables),
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def announced(process: subprocess.Popen[str]) -> dict[str, str]:
    """What the server says of itself once it answers."""
    assert process.stdout is not None
    lines = {}
    for line in process.stdout:
        words = line.split()
        lines[" ".join(words[:-1])] = words[-1]
        if "data" in lines:
            return lines
    raise AssertionError(process.communicate()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, endpoint: Endpoint, number: signal.Signals) -> None:
    with serving(tmp_path, endpoint) as process:
        lines = announced(process)
        url = lines["Meshweave answers at"]
        token = (tmp_path / "token").read_text().strip()
        assert lines["sign in"] == url.removesuffix("/graphql") + "/sign-in"
        assert lines["data"] == str(tmp_path)
        body = {"query": "{ viewer { name roles } }"}
        anonymous = httpx.post(url, json=body)
        assert anonymous.json() == {"data": {"viewer": {"name": "anonymous", "roles": ["READER"]}}}
        signed_in = httpx.post(url, json=body, headers={"authorization": f"Bearer {token}"})
        assert signed_in.json()["data"]["viewer"]["name"] == "administrator"
        assert httpx.post(url, json=body, headers={"authorization": "Bearer wrong"}).status_code == 401
        ready = httpx.get(url.replace("/graphql", "/health/ready"))
        assert ready.json() == {"status": "ready", "checks": {"database": "ok", "migrations": "ok"}}
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
        assert "Traceback" not in process.stderr.read()  # type: ignore[union-attr]


def test_a_token_the_operator_gave_is_not_printed(tmp_path: Path, endpoint: Endpoint) -> None:
    with serving(tmp_path, endpoint, MESHWEAVE_TOKEN="the operator's own token") as process:
        lines = announced(process)
        assert lines["sign in"].endswith("/sign-in")
        assert not (tmp_path / "token").exists()
        process.terminate()
        assert "the operator's own token" not in "".join(process.communicate())


def test_a_start_that_waits_can_be_stopped(tmp_path: Path) -> None:
    nowhere = Endpoint("bolt://127.0.0.1:1", "neo4j", "x")
    with serving(tmp_path, nowhere) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Waiting for the Neo4j at bolt://127.0.0.1:1\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        assert process.communicate()[0] == ""
