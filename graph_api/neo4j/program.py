"""Flags and class path of the JVM, with or without an AOT cache (JDK 25) of Neo4j's loaded classes.

A cache is valid for one JVM, class path and set of flags, so its folder is named by a hash of them. A jar's signature
keeps its classes out of an AOT cache, and checking it takes CPU at each start: the cache folder holds copies of the
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
    """Flags and class path of one start. `folder` is the place of its AOT cache, which need not exist."""

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
        """The program with its AOT cache if a valid, complete one exists."""
        plain = cls.plain(settings, jars, lock)
        if not settings.embedded_aot or not plain.trainable or not is_complete(plain.folder):
            return plain
        os.utime(plain.folder)
        return plain.with_copies((f"-XX:AOTCache={plain.folder / CACHE}",), trained=True)

    @property
    def trainable(self) -> bool:
        """Whether an AOT cache can be used: JPype cannot use one if the class path has non-ASCII letters."""
        return all(path.isascii() for path in (*self.class_path, str(self.folder)))

    def with_copies(self, flags: tuple[str, ...], trained: bool) -> Self:
        """The program with more flags and with the copies in `folder` instead of the signed jars."""
        paths = [str(copy) if (copy := self.folder / Path(jar).name).exists() else jar for jar in self.class_path]
        return type(self)(self.version, [*self.flags, *flags], paths, self.folder, trained)

    def discard(self) -> None:
        """Deletes an AOT cache that did not work."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _fingerprint(flags: list[str], paths: list[str]) -> str:
    """Hash of everything an AOT cache depends on, except sizes and times of the jars, which the JVM compares."""
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
    """Whether each file of a trained folder has its recorded size; a truncated cache would crash the JVM."""
    try:
        sizes = json.loads((folder / STAMP).read_bytes())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def complete(folder: Path) -> None:
    """Marks a folder as completely trained."""
    sizes = {file.name: file.stat().st_size for file in folder.iterdir() if file.suffix in (".aot", ".jar")}
    (folder / STAMP).write_text(json.dumps(sizes))
