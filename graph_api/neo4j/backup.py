"""Backup and restore of the embedded store.

A backup closes the store while its files are copied; a running server does that itself and reopens the store. The
archive (tar, gzip) begins with `manifest.json`: versions, date, and size and SHA-256 of each file. It holds no
password: the first start after a restore sets a new one.
"""

import asyncio
import hashlib
import io
import json
import os
import shutil
import signal
import tarfile
import tempfile
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from .errors import StartError, storage_error
from .jars import read_lock
from .layout import Layout
from .progress import Progress, silent
from .state import Status, read_state, try_lock
from .store_folder import is_later

FORMAT = 1
MANIFEST = "manifest.json"
PAUSE_LIMIT = 120.0  # seconds a running server may take to close its store, or to open it again
CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """Content and origin of an archive."""

    format: int
    neo4j: str  # version
    jars: str  # SHA-256 of the jar lock
    made: str  # ISO 8601, UTC
    files: dict[str, tuple[int, str]] = field(repr=False)  # path in the store -> bytes, SHA-256

    @property
    def size(self) -> int:
        """Size of the store in bytes."""
        return sum(size for size, _ in self.files.values())


async def back_up(layout: Layout, target: Path, on_progress: Progress = silent) -> tuple[Path, Manifest]:
    """Writes an archive of the store to `target`, a new file or an existing folder; returns the file and its manifest.

    Raises:
        StartError: no store, the file exists, a full disk, a server that does not close its store.
    """
    if not layout.has_store:
        raise StartError(f"There is no store in {layout.home}.", "`meshweave serve` creates it.")
    file = await asyncio.to_thread(_target_file, target)
    try:
        with tempfile.TemporaryDirectory(prefix="backup-", dir=layout.folder) as scratch:
            copy = Path(scratch) / "home"
            async with _closed_store(layout, on_progress):
                on_progress("Copying the store", None)
                await asyncio.to_thread(_copy_store, layout.home, copy)
            return file, await asyncio.to_thread(_write_archive, copy, file, on_progress)
    except OSError as error:
        raise storage_error(error, file.parent) from error


async def restore(layout: Layout, source: Path, force: bool = False, on_progress: Progress = silent) -> Manifest:
    """Replaces the store with that of an archive, once the whole archive is verified.

    Raises:
        StartError: a damaged or foreign archive, a running server, a present store without `force`, a full disk.
    """
    layout.create()
    lock = try_lock(layout.lock)
    if lock is None:
        raise StartError(
            "A server is using the store.", "Stop `meshweave serve`, or run `meshweave database stop`, first."
        )
    try:
        if layout.has_store and not force:
            raise StartError(f"There is a store in {layout.home}.", "Back it up if you need it, then use --force.")
        with tempfile.TemporaryDirectory(prefix="restore-", dir=layout.folder) as scratch:
            fresh = Path(scratch) / "home"
            manifest = await asyncio.to_thread(_extract, source, fresh, on_progress)
            _swap(layout, fresh)
        return manifest
    except OSError as error:
        raise storage_error(error, layout.folder) from error
    finally:
        os.close(lock)


def _target_file(target: Path) -> Path:
    target = target.expanduser().absolute()
    if target.is_dir():
        target = target / f"meshweave-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    if target.exists():
        raise StartError(f"{target} exists already.", "Choose another name: a backup never replaces a file.")
    if not target.parent.is_dir():
        raise StartError(f"The folder {target.parent} does not exist.", "Create it, or choose another.")
    return target


@asynccontextmanager
async def _closed_store(layout: Layout, on_progress: Progress) -> AsyncIterator[None]:
    """Holds the store closed: by its lock, or by a pause lock that the running server waits for."""
    lock = try_lock(layout.lock)
    if lock is not None:
        try:
            yield
        finally:
            os.close(lock)
        return
    pause = try_lock(layout.pause)
    if pause is None:
        raise StartError("Another backup of this store is running.", "Wait until it ends.")
    try:
        on_progress("Closing the store of the running server", None)
        await _pause_server(layout)
        yield
    finally:
        os.close(pause)
    on_progress("Opening the store again", None)
    await _until_status(layout, "ready")


async def _pause_server(layout: Layout) -> None:
    state = read_state(layout.state)
    if state is None or state.status != "ready":
        raise StartError("The server is starting or stopping.", "Try again in a moment.")
    os.kill(state.pid, signal.SIGUSR1)
    await _until_status(layout, "paused")


async def _until_status(layout: Layout, status: Status) -> None:
    limit = time.monotonic() + PAUSE_LIMIT
    while (state := read_state(layout.state)) is None or state.status != status:
        lock = try_lock(layout.lock)
        if lock is not None:
            os.close(lock)
            raise StartError("The server ended during the backup.", "Check `meshweave database status` and try again.")
        if time.monotonic() > limit:
            raise StartError(f"The server is not {status} after {PAUSE_LIMIT:.0f} s.", f"See {layout.log}.")
        await asyncio.sleep(0.05)


def _copy_store(home: Path, copy: Path) -> None:
    shutil.copytree(home / "data", copy / "data", ignore=shutil.ignore_patterns("store_lock", "database_lock"))
    shutil.copy2(home / "meshweave.json", copy / "meshweave.json")


def _write_archive(store: Path, file: Path, on_progress: Progress) -> Manifest:
    manifest = _describe(store)
    part = file.with_name(f".{file.name}.part")
    done = 0
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as archive:
            _add_manifest(archive, manifest)
            for name, (size, _) in manifest.files.items():
                archive.add(store / name, name, recursive=False)
                done += size
                on_progress("Writing the archive", done / max(1, manifest.size))
        _sync(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _describe(store: Path) -> Manifest:
    lock = read_lock()
    paths = sorted(path for path in store.rglob("*") if path.is_file())
    files = {path.relative_to(store).as_posix(): (path.stat().st_size, _digest(path)) for path in paths}
    return Manifest(FORMAT, lock.version, lock.digest, datetime.now(UTC).isoformat(timespec="seconds"), files)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _add_manifest(archive: tarfile.TarFile, manifest: Manifest) -> None:
    content = json.dumps(asdict(manifest), indent=1).encode()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size, entry.mtime, entry.mode = len(content), int(time.time()), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(source: Path, why: str) -> StartError:
    return StartError(f"{source} is not a complete backup: {why}.", "Use another archive; the store is unchanged.")


def _extract(source: Path, fresh: Path, on_progress: Progress) -> Manifest:
    """Writes the files that the manifest names, and only these, and compares size and hash of each."""
    source = source.expanduser()
    if not source.is_file():
        raise StartError(f"There is no file {source}.", "Give the path of an archive that `database backup` wrote.")
    try:
        with tarfile.open(source, "r|gz") as archive:
            manifest = _read_manifest(archive, source)
            _require_space(fresh.parent, manifest.size)
            names: set[str] = set()
            done = 0
            while (entry := archive.next()) is not None:
                size, sha256 = manifest.files.get(entry.name, (-1, ""))
                if not entry.isfile() or entry.size != size or entry.name in names:
                    raise _damaged(source, f"{entry.name} is not what its manifest says")
                if _write_entry(archive, entry, fresh / entry.name) != sha256:
                    raise _damaged(source, f"the content of {entry.name} has changed")
                names.add(entry.name)
                done += size
                on_progress("Verifying the archive", done / max(1, manifest.size))
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise _damaged(source, str(error) or "it ends too early") from error
    if missing := manifest.files.keys() - names:
        raise _damaged(source, f"{len(missing)} files are missing, such as {min(missing)}")
    return manifest


def _read_manifest(archive: tarfile.TarFile, source: Path) -> Manifest:
    entry = archive.next()
    stream = archive.extractfile(entry) if entry is not None and entry.name == MANIFEST else None
    if stream is None:
        raise _damaged(source, "it does not begin with a manifest")
    try:
        manifest = Manifest(**json.loads(stream.read()))
        files = {_safe(name): (int(size), str(sha256)) for name, (size, sha256) in manifest.files.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise _damaged(source, "its manifest cannot be read") from error
    if manifest.format != FORMAT or is_later(manifest.neo4j, read_lock().version):
        raise StartError(
            f"{source} was written by Neo4j {manifest.neo4j}, format {manifest.format}; this Meshweave includes "
            f"{read_lock().version}, format {FORMAT}.",
            "Upgrade Meshweave, or use a backup that this version made.",
        )
    return Manifest(manifest.format, manifest.neo4j, manifest.jars, manifest.made, files)


def _safe(name: str) -> str:
    """A path inside the store, or ValueError."""
    parts = name.split("/")
    if name != "meshweave.json" and (parts[0] != "data" or not all(parts) or {".", ".."} & set(parts)):
        raise ValueError(name)
    return name


def _require_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StartError(
            f"The disk is full: the store needs {needed / 1e6:.0f} MB, {folder} has {free / 1e6:.0f} MB.", "Free some."
        )


def _write_entry(archive: tarfile.TarFile, entry: tarfile.TarInfo, file: Path) -> str:
    """Returns the SHA-256 of the written bytes."""
    stream = archive.extractfile(entry)
    assert stream is not None
    digest = hashlib.sha256()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as target:
        while chunk := stream.read(CHUNK):
            target.write(chunk)
            digest.update(chunk)
    return digest.hexdigest()


def _swap(layout: Layout, fresh: Path) -> None:
    """A kill at any point leaves a whole store: a start without `home` takes `replaced` back. The new store has another
    password, so ours goes first."""
    layout.password.unlink(missing_ok=True)
    layout.creating.unlink(missing_ok=True)
    shutil.rmtree(layout.replaced, ignore_errors=True)
    if layout.home.exists():
        layout.home.rename(layout.replaced)
    fresh.rename(layout.home)
    shutil.rmtree(layout.replaced, ignore_errors=True)
