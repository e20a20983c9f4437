"""What the JVM is started with: plain, or with an AOT cache (JDK 25) that holds Neo4j's classes as once loaded.

The cache fits one JVM, one class path and one set of flags, so its folder is named by all of these. A jar's signature
keeps its classes out of an AOT cache, and checking it costs 1.5 s of CPU a start: beside the cache lie copies of the
signed jars (Eclipse Collections) without their signatures, made from jars whose SHA-256 was verified.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..settings import Settings
from .jars import JarLock
from .jvm import class_path, java_version, jvm_flags, jvm_library

CACHE, STAMP = "neo4j.aot", "complete.json"


@dataclass(frozen=True)
class Program:
    """Flags and class path of one start. `folder` is where its AOT cache is, or would be."""

    version: str  # of Neo4j
    flags: list[str]
    class_path: list[str]
    folder: Path
    trained: bool

    @classmethod
    def plain(cls, settings: Settings, jars: Path, lock: JarLock) -> Self:
        flags = jvm_flags(settings.embedded_heap)
        paths = class_path(jars, [jar.name for jar in lock.jars])
        folder = settings.cache_dir.expanduser().absolute() / "aot" / _fingerprint(flags, paths)
        return cls(lock.version, flags, paths, folder, False)

    @classmethod
    def find(cls, settings: Settings, jars: Path, lock: JarLock) -> Self:
        """With the AOT cache, if there is one that fits and is whole."""
        plain = cls.plain(settings, jars, lock)
        if not settings.embedded_aot or not plain.trainable or not is_complete(plain.folder):
            return plain
        os.utime(plain.folder)
        return plain.with_copies((f"-XX:AOTCache={plain.folder / CACHE}",), trained=True)

    @property
    def trainable(self) -> bool:
        """JPype starts a JVM with other letters in its class path in a way that knows no AOT cache."""
        return all(path.isascii() for path in (*self.class_path, str(self.folder)))

    def with_copies(self, flags: tuple[str, ...], trained: bool) -> Self:
        """The same with more flags, and the copies in `folder` in place of the signed jars."""
        paths = [str(copy) if (copy := self.folder / Path(jar).name).exists() else jar for jar in self.class_path]
        return type(self)(self.version, [*self.flags, *flags], paths, self.folder, trained)

    def discard(self) -> None:
        """Forgets an AOT cache that did not work."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _fingerprint(flags: list[str], paths: list[str]) -> str:
    """Of everything an AOT cache depends on; the JVM itself compares sizes and times of the jars."""
    files = (*paths, jvm_library(), support_jar())
    prints = [(str(file), (status := os.stat(file)).st_size, status.st_mtime_ns) for file in files]
    text = json.dumps([java_version(), flags, prints])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def support_jar() -> Path:
    """The jar that JPype appends to every class path."""
    import importlib.util

    spec = importlib.util.find_spec("jpype")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.parent / "org.jpype.jar"


def is_complete(folder: Path) -> bool:
    """Whether each file of a trained folder has the size it was left with: a truncated cache would crash the JVM."""
    try:
        sizes = json.loads((folder / STAMP).read_bytes())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def complete(folder: Path) -> None:
    """Marks a folder whose training came to its end."""
    sizes = {file.name: file.stat().st_size for file in folder.iterdir() if file.suffix in (".aot", ".jar")}
    (folder / STAMP).write_text(json.dumps(sizes))
