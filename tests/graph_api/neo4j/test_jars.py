import errno
import hashlib
import os
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_api.neo4j import jars
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.jars import Jar, JarLock, check_jars, ensure_jars, jar_folder, missing_jars, read_lock

from .repository import Repository, serving

CONTENTS = {
    "org.neo4j:neo4j:1.0": b"kernel" * 50_000,
    "org.neo4j:neo4j-bolt:1.0": b"bolt" * 10_000,
    "io.netty:netty-epoll:4.2:linux-x86_64": b"native" * 1_000,
}
BOLT = "org/neo4j/neo4j-bolt/1.0/neo4j-bolt-1.0.jar"


@pytest.fixture
def lock() -> JarLock:
    return JarLock(
        tuple(Jar(name, hashlib.sha256(content).hexdigest(), len(content)) for name, content in CONTENTS.items()), "1"
    )


@pytest.fixture
def repository(lock: JarLock) -> Iterator[Repository]:
    with serving() as started:
        started.files = {jar.path: CONTENTS[jar.coordinates] for jar in lock.jars}
        yield started


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "PAUSE", 0.0)


def contents_of(folder: Path, lock: JarLock) -> dict[str, bytes]:
    return {jar.coordinates: (folder / jar.name).read_bytes() for jar in lock.jars}


def test_the_lock_names_each_jar_once_without_an_address() -> None:
    lock = read_lock()
    assert lock.version == "2026.08.1"
    assert len({jar.name for jar in lock.jars}) == len(lock.jars) == 225
    assert "://" not in jars.LOCK_FILE.read_text()
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in lock.jars)


def test_a_classifier_is_part_of_the_name() -> None:
    jar = Jar("io.netty:netty-epoll:4.2:linux-x86_64", "", 0)
    assert jar.path == "io/netty/netty-epoll/4.2/netty-epoll-4.2-linux-x86_64.jar"


async def test_fetches_everything_and_tells_how_far_it_is(
    tmp_path: Path, lock: JarLock, repository: Repository
) -> None:
    told: list[tuple[str, float | None]] = []
    folder = await ensure_jars(tmp_path, lock, repository.url, lambda *report: told.append(report))
    assert folder == tmp_path / "jars" / "1.0"
    assert contents_of(folder, lock) == CONTENTS
    fractions = [fraction for _, fraction in told if fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert "3 jars" in told[0][0]


async def test_a_second_start_asks_for_nothing(tmp_path: Path, lock: JarLock, repository: Repository) -> None:
    await ensure_jars(tmp_path, lock, repository.url)
    repository.asked.clear()
    await ensure_jars(tmp_path, lock, repository.url)
    assert repository.asked == []
    assert missing_jars(jar_folder(tmp_path, lock), lock) == []


async def test_a_truncated_jar_is_fetched_again(tmp_path: Path, lock: JarLock, repository: Repository) -> None:
    folder = await ensure_jars(tmp_path, lock, repository.url)
    os.truncate(folder / "neo4j-bolt-1.0.jar", 100)
    repository.asked.clear()
    await ensure_jars(tmp_path, lock, repository.url)
    assert repository.asked == [(BOLT, None)]
    assert contents_of(folder, lock) == CONTENTS


async def test_a_change_behind_the_stamp_is_found_by_the_full_check(
    tmp_path: Path, lock: JarLock, repository: Repository
) -> None:
    folder = await ensure_jars(tmp_path, lock, repository.url)
    file = folder / "neo4j-bolt-1.0.jar"
    times = file.stat()
    file.write_bytes(b"x" * times.st_size)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert check_jars(folder, lock) == []
    assert [jar.name for jar in check_jars(folder, lock, full=True)] == ["neo4j-bolt-1.0.jar"]
    await ensure_jars(tmp_path, lock, repository.url, full=True)
    assert contents_of(folder, lock) == CONTENTS


async def test_what_arrived_before_an_interruption_is_kept(
    tmp_path: Path, lock: JarLock, repository: Repository
) -> None:
    folder = jar_folder(tmp_path, lock)
    folder.mkdir(parents=True)
    (folder / "neo4j-bolt-1.0.jar.part").write_bytes(CONTENTS["org.neo4j:neo4j-bolt:1.0"][:30_000])
    await ensure_jars(tmp_path, lock, repository.url)
    assert (BOLT, "bytes=30000-") in repository.asked
    assert contents_of(folder, lock) == CONTENTS


async def test_a_connection_that_breaks_is_resumed(tmp_path: Path, lock: JarLock, repository: Repository) -> None:
    repository.broken[BOLT] = 2
    folder = await ensure_jars(tmp_path, lock, repository.url)
    assert [wanted for path, wanted in repository.asked if path == BOLT] == [None, "bytes=20000-", "bytes=30000-"]
    assert contents_of(folder, lock) == CONTENTS


async def test_a_corrupt_jar_is_fetched_twice_and_then_named(
    tmp_path: Path, lock: JarLock, repository: Repository
) -> None:
    repository.files[BOLT] = b"evil" * 10_000
    with pytest.raises(StartError, match=r"neo4j-bolt-1\.0\.jar was corrupt after two downloads") as failure:
        await ensure_jars(tmp_path, lock, repository.url)
    assert "MESHWEAVE_MAVEN_URL" in failure.value.remedy
    assert [path for path, _ in repository.asked].count(BOLT) == 2
    assert not (jar_folder(tmp_path, lock) / "neo4j-bolt-1.0.jar").exists()
    repository.files[BOLT] = CONTENTS["org.neo4j:neo4j-bolt:1.0"]
    assert contents_of(await ensure_jars(tmp_path, lock, repository.url), lock) == CONTENTS


async def test_a_jar_without_end_is_cut_off(tmp_path: Path, lock: JarLock, repository: Repository) -> None:
    repository.files[BOLT] = b"evil" * 5_000_000
    with pytest.raises(StartError, match="was corrupt after two downloads"):
        await ensure_jars(tmp_path, lock, repository.url)


async def test_a_repository_without_the_jar(tmp_path: Path, lock: JarLock, repository: Repository) -> None:
    del repository.files[BOLT]
    with pytest.raises(StartError, match=r"returned 404 for org\.neo4j:neo4j-bolt:1\.0"):
        await ensure_jars(tmp_path, lock, repository.url)


async def test_no_network(tmp_path: Path, lock: JarLock, repository: Repository) -> None:
    with pytest.raises(StartError, match=r"Cannot download Neo4j from 127\.0\.0\.1") as failure:
        await ensure_jars(tmp_path, lock, "http://user:geheim@127.0.0.1:1/repository")
    assert "Check the network" in failure.value.remedy
    assert "geheim" not in str(failure.value)


async def test_a_disk_too_small_is_told_before_anything_is_fetched(
    tmp_path: Path, lock: JarLock, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(jars.shutil, "disk_usage", lambda _: usage(1, 1, 1000))
    with pytest.raises(StartError, match="The disk is full") as failure:
        await ensure_jars(tmp_path, lock, repository.url)
    assert "MESHWEAVE_CACHE_DIR" in failure.value.remedy
    assert repository.asked == []


async def test_a_disk_that_fills_up_on_the_way(
    tmp_path: Path, lock: JarLock, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(jars, "_download", full)
    with pytest.raises(StartError, match=f"The disk is full: cannot write to {tmp_path}"):
        await ensure_jars(tmp_path, lock, repository.url)


async def test_a_cache_that_cannot_be_made(tmp_path: Path, lock: JarLock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="Cannot write to"):
        await ensure_jars(tmp_path / "file", lock, "http://127.0.0.1:1")
