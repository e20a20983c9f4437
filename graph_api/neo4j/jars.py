"""Downloads the jars of the embedded Neo4j into a shared cache: resumable, verified by SHA-256.

A warm start compares sizes and modification times with a stamp file. A jar that differs is hashed again and, if its
hash is not the locked one, downloaded again.
"""

import asyncio
import fcntl
import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .errors import StartError, storage_error
from .progress import Progress, silent

if TYPE_CHECKING:
    import httpx

LOCK_FILE = Path(__file__).with_name("jars.lock")
CONNECTIONS = 16
ATTEMPTS = 4
PAUSE = 0.5  # seconds before the second attempt, twice that before the third
STAMP = "verified.json"


@dataclass(frozen=True)
class Jar:
    """One line of the lock: `group:artifact:version[:classifier]`, SHA-256 in hex, size in bytes."""

    coordinates: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """File name in the repository."""
        _, artifact, version, *classifier = self.coordinates.split(":")
        return "-".join((artifact, version, *classifier)) + ".jar"

    @property
    def path(self) -> str:
        """The path inside any Maven repository."""
        group, artifact, version, *_ = self.coordinates.split(":")
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.name}"


@dataclass(frozen=True)
class JarLock:
    """The jars of one Neo4j version, in the order of the lock, and the SHA-256 of the lock itself."""

    jars: tuple[Jar, ...]
    digest: str

    @property
    def version(self) -> str:
        """The Neo4j version, such as `2026.08.1`."""
        return next(
            jar.coordinates.split(":")[2] for jar in self.jars if jar.coordinates.startswith("org.neo4j:neo4j:")
        )


@cache
def read_lock(file: Path = LOCK_FILE) -> JarLock:
    text = file.read_text()
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return JarLock(
        tuple(Jar(coordinates, sha256, int(size)) for coordinates, sha256, size in rows),
        hashlib.sha256(text.encode()).hexdigest(),
    )


def repository_url(setting: str | None) -> str:
    """URL of the Maven repository, without a trailing slash. The default comes from jgo."""
    if setting:
        return setting.rstrip("/")
    from jgo.constants import MAVEN_CENTRAL_URL

    return MAVEN_CENTRAL_URL.rstrip("/")


def jar_folder(cache_dir: Path, lock: JarLock) -> Path:
    return cache_dir / "jars" / lock.version


async def ensure_jars(
    cache_dir: Path, lock: JarLock, url: str | None = None, on_progress: Progress = silent, full: bool = False
) -> Path:
    """Downloads missing jars and returns the folder that holds every jar of `lock`.

    Args:
        url: the Maven repository; None means the central one.
        full: hash every jar, whether or not the stamp matches (0.3 s or more for 150 MB).
    Raises:
        StartError: no network, a jar that stays corrupt, a full disk, a cache folder that cannot be written.
    """
    folder = jar_folder(cache_dir, lock)
    if not full and not missing_jars(folder, lock):
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        async with _folder_lock(folder, on_progress):
            missing = await asyncio.to_thread(check_jars, folder, lock, full)
            if missing:
                await _fetch(folder, missing, repository_url(url), on_progress)
            _write_stamp(folder, lock)
    except OSError as error:
        raise storage_error(error, folder) from error
    return folder


def missing_jars(folder: Path, lock: JarLock) -> list[Jar]:
    """The jars whose size or time differs from the stamp: absent, truncated, touched or never verified."""
    stamp = _read_stamp(folder, lock)
    return [jar for jar in lock.jars if jar.name not in stamp or stamp[jar.name] != _print_of(folder / jar.name)]


def check_jars(folder: Path, lock: JarLock, full: bool = False) -> list[Jar]:
    """The jars whose hash differs from the lock. Jars with a valid stamp are not hashed unless `full`."""
    suspects: Iterable[Jar] = lock.jars if full else missing_jars(folder, lock)
    return [jar for jar in suspects if not _is_intact(folder / jar.name, jar)]


def _is_intact(file: Path, jar: Jar) -> bool:
    try:
        if file.stat().st_size != jar.size:
            return False
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


def _print_of(file: Path) -> list[int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _read_stamp(folder: Path, lock: JarLock) -> dict[str, list[int]]:
    try:
        stamp = json.loads((folder / STAMP).read_bytes())
        return stamp["jars"] if stamp["lock"] == lock.digest else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write_stamp(folder: Path, lock: JarLock) -> None:
    stamp = {"lock": lock.digest, "jars": {jar.name: _print_of(folder / jar.name) for jar in lock.jars}}
    part = folder / f"{STAMP}.part"
    part.write_text(json.dumps(stamp))
    part.replace(folder / STAMP)


@asynccontextmanager
async def _folder_lock(folder: Path, on_progress: Progress) -> AsyncIterator[None]:
    """Only one process downloads; the others wait and then find the jars in the cache."""
    with (folder / "fetch.lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                on_progress("Waiting for another process that fetches Neo4j", None)
                await asyncio.sleep(0.2)
        yield


class _Meter:
    """Reports the downloaded bytes of all jars after each chunk."""

    def __init__(self, jars: list[Jar], on_progress: Progress) -> None:
        self._total = max(1, sum(jar.size for jar in jars))
        self._text = f"Fetching Neo4j: {len(jars)} jars, {self._total / 1e6:.0f} MB"
        self._there: dict[str, int] = {}
        self._sum = 0
        self._on_progress = on_progress

    def set(self, jar: Jar, size: int) -> None:
        self._sum += size - self._there.get(jar.name, 0)
        self._there[jar.name] = size
        self._on_progress(self._text, min(1.0, self._sum / self._total))


async def _fetch(folder: Path, jars: list[Jar], url: str, on_progress: Progress) -> None:
    import httpx

    _require_space(folder, jars)
    meter = _Meter(jars, on_progress)
    queue = sorted(jars, key=lambda jar: -jar.size)
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    timeout = httpx.Timeout(30, connect=10, pool=None)
    try:
        async with (
            httpx.AsyncClient(timeout=timeout, limits=limits, follow_redirects=True) as client,
            asyncio.TaskGroup() as group,
        ):
            gate = asyncio.Semaphore(CONNECTIONS)
            for jar in queue:
                group.create_task(_fetch_jar(client, gate, folder, jar, url, meter))
    except BaseExceptionGroup as failures:
        raise _first(failures) from failures


def _require_space(folder: Path, jars: list[Jar]) -> None:
    needed, free = sum(jar.size for jar in jars), shutil.disk_usage(folder).free
    if free < needed + (16 << 20):
        raise StartError(
            f"The disk is full: {folder} needs {needed / 1e6:.0f} MB for Neo4j and has {free / 1e6:.0f} MB left.",
            "Free some space there, or point MESHWEAVE_CACHE_DIR at a larger disk.",
        )


def _first(failures: BaseExceptionGroup) -> BaseException:
    """The failure that caused the others."""
    leaves = [leaf for e in failures.exceptions for leaf in ([_first(e)] if isinstance(e, BaseExceptionGroup) else [e])]
    return min(leaves, key=lambda leaf: not isinstance(leaf, StartError | OSError))


async def _fetch_jar(
    client: "httpx.AsyncClient", gate: asyncio.Semaphore, folder: Path, jar: Jar, url: str, meter: _Meter
) -> None:
    """Downloads one jar, resuming its `.part`; retries a corrupt one once from the start."""
    part = folder / f"{jar.name}.part"
    async with gate:
        for _ in range(2):
            await _download_with_retries(client, url, part, jar, meter)
            if await asyncio.to_thread(_is_intact, part, jar):
                part.replace(folder / jar.name)
                return
            part.unlink()
    raise StartError(
        f"{jar.name} was corrupt after two downloads: its SHA-256 differs from the one in jars.lock.",
        "Try again later, or set MESHWEAVE_MAVEN_URL to another repository.",
    )


async def _download_with_retries(client: "httpx.AsyncClient", url: str, part: Path, jar: Jar, meter: _Meter) -> None:
    import httpx

    for attempt in range(ATTEMPTS):
        try:
            return await _download(client, f"{url}/{jar.path}", part, jar, meter)
        except httpx.HTTPStatusError as error:
            if error.response.status_code < 500 and error.response.status_code != 429:
                raise _no_such_jar(jar, error.response.status_code) from error
            if attempt + 1 == ATTEMPTS:
                raise _unreachable(url, error) from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            if attempt + 1 == ATTEMPTS:
                raise _unreachable(url, error) from error
        await asyncio.sleep(PAUSE * 2**attempt)
    return None


async def _download(client: "httpx.AsyncClient", url: str, part: Path, jar: Jar, meter: _Meter) -> None:
    """Appends to `part` until it has the size of the jar. The caller checks the hash."""
    have = _size(part)
    if have >= jar.size:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    async with client.stream("GET", url, headers=headers) as response:
        response.raise_for_status()
        resumed = response.status_code == 206
        have = have if resumed else 0
        with part.open("ab" if resumed else "wb") as stream:
            async for chunk in response.aiter_bytes():
                stream.write(chunk)
                have += len(chunk)
                meter.set(jar, have)
                if have > jar.size:  # larger than the jar: another file
                    return


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _no_such_jar(jar: Jar, status: int) -> StartError:
    return StartError(
        f"The Maven repository returned {status} for {jar.coordinates}.",
        "Check MESHWEAVE_MAVEN_URL: the mirror must have everything in jars.lock.",
    )


def _unreachable(url: str, error: Exception) -> StartError:
    host = urlsplit(url).hostname or url  # host only: the URL of a mirror may contain a password
    return StartError(
        f"Cannot download Neo4j from {host}: {str(error) or type(error).__name__}.",
        "Check the network or its proxy, or set MESHWEAVE_MAVEN_URL to a mirror; what has arrived is kept. "
        "With a Neo4j of your own, set MESHWEAVE_NEO4J_URI instead.",
    )
