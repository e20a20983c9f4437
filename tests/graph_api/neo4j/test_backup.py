import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import neo4j
import pytest
from neo4j.exceptions import AuthError

from graph_api.neo4j.backup import back_up, restore
from graph_api.neo4j.embedded import start_embedded
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.jars import read_lock
from graph_api.neo4j.layout import Layout
from graph_api.neo4j.state import is_locked, try_lock
from tests.conftest import embedded_settings


async def ask(endpoint: Endpoint, query: str) -> list[list[object]]:
    async with neo4j.AsyncGraphDatabase.driver(endpoint.uri, auth=(endpoint.user, endpoint.password)) as driver:
        return [record.values() for record in (await driver.execute_query(query)).records]  # type: ignore[arg-type]


async def test_a_backup_of_a_running_server_brings_its_data_back_and_a_damaged_store_is_told(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path / "instance")
    layout = Layout(settings.data_dir)
    async with await start_embedded(settings, train=False) as server:
        before = server.endpoint
        await ask(before, "UNWIND range(1, 100) AS i CREATE (:Kept {i: i}) RETURN count(*)")
        pid = server.pid
        archive, manifest = await back_up(layout, tmp_path)
        assert server.pid == pid
        assert await ask(before, "MATCH (n:Kept) RETURN count(*), sum(n.i)") == [[100, 5050]]
        await ask(before, "MATCH (n:Kept) WHERE n.i > 10 DELETE n")
        await ask(before, "CREATE (:Later)")
        with pytest.raises(StartError, match="A server is using the store"):
            await restore(layout, archive, force=True)
    assert manifest.neo4j == read_lock().version
    assert archive.stat().st_mode & 0o777 == 0o600
    assert before.password.encode() not in gzip.decompress(archive.read_bytes())
    with pytest.raises(StartError, match="There is a store"):
        await restore(layout, archive)
    await restore(layout, archive, force=True)
    async with await start_embedded(settings, train=False) as server:
        assert await ask(server.endpoint, "MATCH (n:Kept) RETURN count(*), sum(n.i)") == [[100, 5050]]
        assert await ask(server.endpoint, "MATCH (n:Later) RETURN count(*)") == [[0]]
        assert server.endpoint.password != before.password
        with pytest.raises(AuthError):
            await ask(Endpoint(server.endpoint.uri, "neo4j", before.password), "RETURN 1")
    assert sorted(path.name for path in layout.folder.iterdir()) == [
        "home", "password", "pause.lock", "server.json", "server.lock", "server.log",
    ]  # fmt: skip
    os.truncate(layout.home / "data" / "databases" / "neo4j" / "neostore", 100)
    with pytest.raises(StartError, match=r"is damaged\. .*restore a backup"):
        await start_embedded(settings, train=False)
    assert not is_locked(layout.lock)


# From here on the store is a folder of files: what they mean is Neo4j's, the archive is ours.

FILES = {"data/databases/neo4j/neostore": b"nodes" * 1000, "data/transactions/neo4j/checkpoint.0": b"log" * 500}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "instance")
    made.create()
    for name, content in FILES.items():
        (made.home / name).parent.mkdir(parents=True)
        (made.home / name).write_bytes(content)
    made.store_version.write_text(json.dumps({"neo4j": read_lock().version}))
    made.write_password("geheim")
    return made


def contents(layout: Layout) -> dict[str, bytes]:
    files = (file for file in layout.home.rglob("*") if file.is_file())
    return {file.relative_to(layout.home).as_posix(): file.read_bytes() for file in files}


def rewritten(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A copy of an archive whose members `change` has changed."""
    with tarfile.open(archive) as source:
        members = {entry.name: source.extractfile(entry).read() for entry in source}  # type: ignore[union-attr]
    change(members)
    copy = archive.with_name("changed.tar.gz")
    with tarfile.open(copy, "w:gz") as target:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            target.addfile(entry, io.BytesIO(content))
    return copy


def manifest_with(**changes: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | changes).encode()

    return change


def outsider(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["files"]["data/../../outside"] = [4, hashlib.sha256(b"evil").hexdigest()]
    members["manifest.json"] = json.dumps(manifest).encode()
    members["data/../../outside"] = b"evil"


async def test_a_cold_backup_holds_every_file_and_nothing_else(layout: Layout, tmp_path: Path) -> None:
    archive, manifest = await back_up(layout, tmp_path / "one.tar.gz")
    assert archive == tmp_path / "one.tar.gz"
    expected = contents(layout)
    assert manifest.files == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in expected.items()
    }
    fresh = Layout(tmp_path / "other")
    await restore(fresh, archive)
    assert contents(fresh) == expected
    assert fresh.read_password() is None


async def test_a_restore_replaces_the_store_and_forgets_its_password(layout: Layout, tmp_path: Path) -> None:
    archive, _ = await back_up(layout, tmp_path)
    expected = contents(layout)
    (layout.home / "data" / "databases" / "neo4j" / "neostore").write_bytes(b"changed")
    (layout.home / "data" / "new").touch()
    await restore(layout, archive, force=True)
    assert contents(layout) == expected
    assert layout.read_password() is None
    assert not layout.replaced.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update({"data/databases/neo4j/neostore": b"NODES" * 1000}), "content of .*neostore has changed"),
        (lambda m: m.update({"data/databases/neo4j/neostore": b"nodes"}), "is not what its manifest says"),
        (lambda m: m.pop("data/databases/neo4j/neostore"), "1 files are missing"),
        (lambda m: m.update({"data/extra": b"x"}), "data/extra is not what its manifest says"),
        (lambda m: m.pop("manifest.json"), "does not begin with a manifest"),
        (lambda m: m.update({"manifest.json": b"[]"}), "manifest cannot be read"),
        (outsider, "manifest cannot be read"),
        (manifest_with(neo4j="2099.01.0"), r"was written by Neo4j 2099\.01\.0"),
        (manifest_with(format=2), "format 2"),
    ],
)  # fmt: skip
async def test_a_wrong_archive_changes_nothing(
    layout: Layout, tmp_path: Path, change: Callable[[dict[str, bytes]], None], message: str
) -> None:
    archive, _ = await back_up(layout, tmp_path)
    expected = contents(layout)
    with pytest.raises(StartError, match=message):
        await restore(layout, rewritten(archive, change), force=True)
    assert contents(layout) == expected
    assert layout.read_password() == "geheim"
    assert not (tmp_path / "outside").exists()
    assert not list(layout.folder.glob("restore-*"))


@pytest.mark.parametrize("share", [0.01, 0.5, 0.8])
async def test_a_truncated_archive_changes_nothing(layout: Layout, tmp_path: Path, share: float) -> None:
    archive, _ = await back_up(layout, tmp_path)
    expected = contents(layout)
    os.truncate(archive, int(archive.stat().st_size * share))
    with pytest.raises(StartError, match="is not a complete backup"):
        await restore(layout, archive, force=True)
    assert contents(layout) == expected


async def test_a_backup_never_replaces_a_file(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "there.tar.gz").write_text("precious")
    with pytest.raises(StartError, match="exists already"):
        await back_up(layout, tmp_path / "there.tar.gz")
    assert (tmp_path / "there.tar.gz").read_text() == "precious"


async def test_a_backup_without_a_store(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="There is no store"):
        await back_up(Layout(tmp_path), tmp_path / "one.tar.gz")


async def test_a_server_that_is_starting_is_not_backed_up(layout: Layout, tmp_path: Path) -> None:
    lock = try_lock(layout.lock)
    assert lock is not None
    try:
        with pytest.raises(StartError, match="starting or stopping"):
            await back_up(layout, tmp_path / "one.tar.gz")
    finally:
        os.close(lock)
    assert not (tmp_path / "one.tar.gz").exists()
