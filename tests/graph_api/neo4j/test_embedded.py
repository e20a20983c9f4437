"""One server for the tests that only look; those that kill or damage something start their own."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import neo4j
import pytest
from neo4j.exceptions import AuthError, ClientError, DatabaseError, Neo4jError

from graph_api.neo4j.embedded import EmbeddedServer, running, start_embedded
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.jars import ensure_jars, jar_folder, read_lock
from graph_api.neo4j.layout import Layout
from graph_api.neo4j.program import CACHE, Program, complete
from graph_api.neo4j.state import is_locked
from graph_api.settings import Settings
from tests.conftest import embedded_settings

from .repository import serving

PATIENCE = 120.0  # seconds until a test that waits for a process gives up; no figure of ours


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return embedded_settings(tmp_path_factory.mktemp("instance"))


@pytest.fixture(scope="module")
async def server(settings: Settings) -> AsyncIterator[EmbeddedServer]:
    async with await start_embedded(settings, train=False) as started:
        yield started


async def ask(endpoint: Endpoint, query: str, password: str | None = None) -> list[list[object]]:
    auth = (endpoint.user, password or endpoint.password)
    async with neo4j.AsyncGraphDatabase.driver(endpoint.uri, auth=auth) as driver:
        return [record.values() for record in (await driver.execute_query(query)).records]  # type: ignore[arg-type]


async def until(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        await asyncio.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Neither gone nor a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_store_without_data_is_small(server: EmbeddedServer, settings: Settings) -> None:
    size = sum(file.stat().st_size for file in Layout(settings.data_dir).home.rglob("*") if file.is_file())
    assert 0 < size <= 10_000_000


async def test_it_is_the_locked_neo4j(server: EmbeddedServer) -> None:
    rows = await ask(
        server.endpoint, "CALL dbms.components() YIELD name, versions, edition RETURN name, versions, edition"
    )
    assert ["Neo4j Kernel", [read_lock().version], "community"] in rows


@pytest.mark.parametrize("password", ["neo4j", "password", "wrong"])
async def test_other_passwords_are_refused(server: EmbeddedServer, password: str) -> None:
    with pytest.raises(AuthError):
        await ask(server.endpoint, "RETURN 1", password)


async def test_wrong_guesses_do_not_lock_us_out(server: EmbeddedServer) -> None:
    for _ in range(5):
        with pytest.raises(AuthError):
            await ask(server.endpoint, "RETURN 1", "guess")
    assert await ask(server.endpoint, "RETURN 1") == [[1]]


async def test_no_login_is_refused(server: EmbeddedServer) -> None:
    async with neo4j.AsyncGraphDatabase.driver(server.endpoint.uri) as driver:
        with pytest.raises(Neo4jError) as failure:
            await driver.execute_query("RETURN 1")
    assert failure.value.code == "Neo.ClientError.Security.Unauthorized"


def test_only_this_user_reads_the_password(server: EmbeddedServer, settings: Settings) -> None:
    layout = Layout(settings.data_dir)
    assert layout.read_password() == server.endpoint.password
    assert [file.stat().st_mode & 0o777 for file in (layout.password, layout.state, layout.folder)] == [
        0o600,
        0o600,
        0o700,
    ]
    assert not (layout.home / "data" / "dbms" / "auth.ini").exists()


async def test_load_csv_reads_no_file(server: EmbeddedServer, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("secret\n")
    with pytest.raises(ClientError) as failure:
        await ask(server.endpoint, f"LOAD CSV FROM 'file://{tmp_path}/secret.csv' AS row RETURN row")
    assert "secret\n" not in str(failure.value)


async def test_load_csv_reaches_no_address(server: EmbeddedServer) -> None:
    with serving() as repository:
        repository.files["data.csv"] = b"secret\n"
        for host in ("127.0.0.1", "localhost", "[::1]"):
            url = f"http://{host}:{repository.server_port}/repository/data.csv"
            with pytest.raises((ClientError, DatabaseError)):
                await ask(server.endpoint, f"LOAD CSV FROM '{url}' AS row RETURN row")
        assert repository.asked == []


def test_bolt_listens_on_loopback_alone(server: EmbeddedServer) -> None:
    port = f"{int(server.endpoint.uri.rsplit(':', 1)[1]):04X}"
    listening = [
        line.split()[1].rsplit(":", 1)
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{port}")
    ]
    assert len(listening) == 1
    assert listening[0][0] in ("0100007F", "0000000000000000FFFF00000100007F")


async def test_a_second_start_attaches(server: EmbeddedServer, settings: Settings) -> None:
    async with await start_embedded(settings) as second:
        assert (second.owned, second.pid, second.endpoint) == (False, server.pid, server.endpoint)
    assert server.owned
    assert await ask(server.endpoint, "RETURN 1") == [[1]]


async def test_a_killed_server_recovers_by_itself(server: EmbeddedServer) -> None:
    endpoint, pid = server.endpoint, server.pid
    await ask(endpoint, "MERGE (n:Survivor) SET n.name = 'kept' RETURN count(*)")
    os.kill(pid, signal.SIGKILL)
    await until(lambda: server.recovering)
    await until(lambda: not server.recovering)
    assert server.pid not in (0, pid)
    assert server.endpoint == endpoint
    assert await ask(endpoint, "MATCH (n:Survivor) RETURN n.name") == [["kept"]]


def start_in_another_process(data_dir: Path) -> subprocess.Popen[bytes]:
    """It prints the pid of its server once that is ready."""
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from graph_api.neo4j.embedded import start_embedded\n"
        "from graph_api.settings import Settings\n"
        "async def main():\n"
        "    settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]))\n"
        "    server = await start_embedded(settings, train=False)\n"
        "    print(server.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    return subprocess.Popen([sys.executable, "-c", program, data_dir], stdout=subprocess.PIPE)


async def test_no_jvm_outlives_a_killed_parent_and_who_had_attached_takes_over(tmp_path: Path) -> None:
    parent = start_in_another_process(tmp_path)
    assert parent.stdout is not None
    try:
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        follower = await start_embedded(embedded_settings(tmp_path), train=False)
        assert (follower.owned, follower.pid) == (False, pid)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    async with follower:
        await until(lambda: not is_alive(pid))
        await until(lambda: follower.owned)
        assert follower.pid != pid
        assert await ask(follower.endpoint, "RETURN 1") == [[1]]
    assert not is_locked(Layout(tmp_path).lock)
    assert running(Layout(tmp_path)) is None


async def test_a_jvm_that_cannot_start_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path, embedded_heap="999999g")
    with pytest.raises(StartError) as failure:
        await start_embedded(settings, train=False)
    assert len(str(failure.value).splitlines()) == 1
    assert failure.value.remedy
    assert not is_locked(Layout(tmp_path).lock)


async def test_a_taken_port_is_one_line_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} is used"):
            await start_embedded(embedded_settings(tmp_path, embedded_port=port), train=False)
    assert not Layout(tmp_path).log.exists()


async def test_damage_that_no_stamp_shows_is_repaired_at_the_start(tmp_path: Path) -> None:
    """A jar damaged without a change of its size and time, and an AOT cache of garbage: it starts all the same."""
    await ensure_jars(embedded_settings(tmp_path).cache_dir, read_lock())
    settings = cache_of_our_own(tmp_path)
    lock, folder = read_lock(), jar_folder(settings.cache_dir, read_lock())
    damaged = next(jar for jar in lock.jars if jar.coordinates.startswith("org.neo4j:neo4j-kernel:"))
    damage(folder / damaged.name)
    garbage(Program.plain(settings, folder, lock))
    with serving() as repository:
        repository.files[damaged.path] = jar_folder(embedded_settings(tmp_path).cache_dir, lock) / damaged.name
        repaired = settings.model_copy(update={"maven_url": repository.url})
        async with await start_embedded(repaired, train=False) as server:
            assert await ask(server.endpoint, "RETURN 1") == [[1]]
        assert [path for path, _ in repository.asked] == [damaged.path]


def cache_of_our_own(tmp_path: Path) -> Settings:
    """A cache folder with the jars of the real one, linked, and its stamp."""
    settings = embedded_settings(tmp_path / "data", cache_dir=tmp_path / "cache")
    source = jar_folder(embedded_settings(tmp_path).cache_dir, read_lock())
    target = jar_folder(settings.cache_dir, read_lock())
    shutil.copytree(source, target, copy_function=link, ignore=shutil.ignore_patterns("*.part", "*.lock"))
    return settings


def link(source: str, target: str) -> None:
    """A hard link, or a copy with its times where there is another file system between."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def damage(file: Path) -> None:
    """Other bytes, same size, same time; in a file of its own, not in what it is linked with."""
    status = file.stat()
    file.unlink()
    file.write_bytes(os.urandom(status.st_size))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def garbage(program: Program) -> None:
    program.folder.mkdir(parents=True)
    (program.folder / CACHE).write_bytes(os.urandom(1_000_000))
    complete(program.folder)


def test_the_service_flags_hold_no_secret(server: EmbeddedServer) -> None:
    command = Path(f"/proc/{server.pid}/cmdline").read_text()
    environment = Path(f"/proc/{server.pid}/environ").read_text()
    assert server.endpoint.password not in command + environment
    assert re.search(r"graph_api\.neo4j\.server", command)
