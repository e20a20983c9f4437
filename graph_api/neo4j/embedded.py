"""The embedded Neo4j as its users see it: started or found, supervised, stopped."""

import asyncio
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..settings import Settings
from .endpoint import Endpoint
from .errors import StartError, storage_error
from .jars import ensure_jars, read_lock
from .jvm import child_environment, class_path, jvm_flags, jvm_library
from .layout import Layout, new_password, write_private
from .progress import Progress, silent
from .server import ServerConfig
from .state import ServerState, read_state, try_lock

log = logging.getLogger(__name__)

USER, DATABASE = "neo4j", "neo4j"
POLL = 0.1  # seconds between looks at a process or a lock
RESTARTS = 5  # in a row; one that held for STEADY seconds forgives the earlier ones
STEADY = 60.0
STOP_LIMIT = 15.0


async def start_embedded(
    settings: Settings, *, on_progress: Progress = silent, detached: bool = False
) -> "EmbeddedServer":
    """Starts the embedded Neo4j of `settings.data_dir`, or attaches to the one that runs there already.

    The first start fetches Neo4j's jars. The server ends with this process unless `detached`. While the returned
    object is open, a server that dies is started again on the same port.

    Raises:
        StartError: it cannot run; says why and what to do.
    """
    server = EmbeddedServer(settings, on_progress, detached)
    await server.open()
    return server


class EmbeddedServer:
    """A running embedded Neo4j. `owned` says whether `stop()` ends it or merely lets go of it."""

    def __init__(self, settings: Settings, on_progress: Progress = silent, detached: bool = False) -> None:
        self._settings = settings
        self._layout = Layout(settings.data_dir)
        self._on_progress = on_progress
        self._detached = detached
        self._process: subprocess.Popen[bytes] | None = None
        self._state: ServerState | None = None
        self._password = ""
        self._port = 0
        self._guard: asyncio.Task[None] | None = None

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(f"bolt://127.0.0.1:{self._port}", USER, self._password, DATABASE)

    @property
    def pid(self) -> int:
        """Of the server process; another one after it died and was started again."""
        state = self._state if self._process is None else None
        return state.pid if state else self._process.pid if self._process else 0

    @property
    def owned(self) -> bool:
        return self._process is not None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def open(self) -> None:
        """Attaches or starts, then watches. For `start_embedded`."""
        self._layout.create()
        await self._attach_or_start()
        if not self._detached:
            self._guard = asyncio.create_task(self._supervise(), name="embedded Neo4j")

    async def stop(self) -> None:
        """Ends an owned server in order, or lets go of one that another process runs. Twice is once."""
        if self._guard is not None:
            self._guard.cancel()
            await asyncio.wait([self._guard])
            self._guard = None
        if self._process is not None and not self._detached:
            await _stop_process(self._process)
        self._process = None

    async def _attach_or_start(self) -> None:
        told = False
        while True:
            descriptor = try_lock(self._layout.lock)
            if descriptor is not None:
                try:
                    await self._start(descriptor)
                finally:
                    os.close(descriptor)
                return
            state = read_state(self._layout.state)
            if state is not None and state.status == "ready" and _answers(state.port):
                self._attach(state)
                return
            if not told:
                self._on_progress("Waiting for the Neo4j that another process is starting or stopping", None)
                told = True
            await asyncio.sleep(POLL)

    def _attach(self, state: ServerState) -> None:
        password = self._layout.read_password()
        if password is None:
            raise StartError(
                f"The embedded Neo4j runs (process {state.pid}) but its password file {self._layout.password} is gone.",
                "Stop it with `meshweave database stop`; the next start sets a new password.",
            )
        self._state, self._password, self._port, self._process = state, password, state.port, None

    async def _start(self, descriptor: int) -> None:
        """With the lock held: the jars, then the process; damaged jars are repaired and the start is tried again."""
        lock = read_lock()
        jars = await ensure_jars(self._settings.cache_dir, lock, self._settings.maven_url, self._on_progress)
        try:
            await self._start_once(descriptor, jars)
        except ServerFault as fault:
            if fault.kind != "jars":
                raise
            self._on_progress("Verifying the jars of Neo4j", None)
            await ensure_jars(self._settings.cache_dir, lock, self._settings.maven_url, self._on_progress, full=True)
            await self._start_once(descriptor, jars)

    async def _start_once(self, descriptor: int, jars: Path) -> None:
        store = prepare_store(self._layout, read_lock().version)
        self._port = self._port or choose_port(self._settings.embedded_port, self._layout)
        config = self._config(descriptor, jars, store)
        self._on_progress(store.text, None)
        process = _spawn(config, descriptor, self._layout)
        try:
            await self._await_ready(process)
        except BaseException:
            process.kill()
            _reap(process)
            raise
        if store.new_password:
            self._layout.write_password(store.password)
        self._layout.creating.unlink(missing_ok=True)
        self._process, self._password = process, store.password
        self._on_progress("Neo4j is ready", 1.0)

    def _config(self, descriptor: int, jars: Path, store: "Store") -> ServerConfig:
        lock = read_lock()
        return ServerConfig(
            home=str(self._layout.home),
            port=self._port,
            password=store.password,
            version=lock.version,
            library=str(jvm_library()),
            flags=jvm_flags(self._settings.embedded_heap),
            class_path=class_path(jars, [jar.name for jar in lock.jars]),
            page_cache=self._settings.embedded_page_cache,
            state=str(self._layout.state),
            pause=str(self._layout.pause),
            lock=descriptor,
            parent=None if self._detached else os.getpid(),
            reset_password=store.reset_password,
        )

    async def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        while line := await asyncio.to_thread(process.stdout.readline):
            event: dict[str, Any] = json.loads(line)
            match event["event"]:
                case "ready":
                    return
                case "phase":
                    self._on_progress(event["text"], None)
                case "error":
                    raise ServerFault(event["kind"], event["message"], event["remedy"])
        code = await asyncio.to_thread(process.wait)
        raise ServerFault(
            "died", f"The Neo4j process ended while starting ({_ending(code)}).", f"See {self._layout.log}."
        )

    async def _supervise(self) -> None:
        """Starts a server that died again, on the same port, for as long as we are open."""
        failures, since = 0, time.monotonic()
        while True:
            await self._until_gone()
            failures = 1 if time.monotonic() - since > STEADY else failures + 1
            if failures > RESTARTS:
                log.error("The embedded Neo4j died %d times in a row; giving up. See %s", RESTARTS, self._layout.log)
                return
            log.warning("The embedded Neo4j died; starting it again on port %d", self._port)
            await asyncio.sleep(0.5 * (2 ** (failures - 1) - 1))
            since = time.monotonic()
            try:
                await self._attach_or_start()
            except StartError as error:
                log.error("The embedded Neo4j does not start again: %s", error)

    async def _until_gone(self) -> None:
        """Until the server has died, or, when another process ran it, has ended without having been told to for good."""
        while True:
            if self._process is not None:
                if self._process.poll() is not None:
                    _reap(self._process)
                    self._process = None
                    return
            elif (descriptor := try_lock(self._layout.lock)) is not None:
                os.close(descriptor)
                state = read_state(self._layout.state)
                if state is None or state.status != "stopped" or not state.detached:
                    return
            await asyncio.sleep(POLL if self._process is not None else 10 * POLL)


class ServerFault(StartError):
    """What the server process said before it ended; `kind` decides whether a second try can help."""

    def __init__(self, kind: str, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.kind = kind


@dataclass(frozen=True)
class Store:
    """What a start finds in the data folder."""

    password: str
    new_password: bool  # to be written down once the server has taken it
    reset_password: bool
    text: str  # for the progress line


def prepare_store(layout: Layout, version: str) -> Store:
    """Looks at the store before Neo4j does, with the lock held.

    Raises:
        StartError: it was written by a later Neo4j than ours.
    """
    if layout.creating.exists():  # its creation never got to an end: nothing was ever written to it
        shutil.rmtree(layout.home, ignore_errors=True)
    try:
        if not layout.has_store:
            layout.creating.touch()
            layout.home.mkdir(mode=0o700, exist_ok=True)
        else:
            _require_version(layout, version)
        write_private(layout.store_version, json.dumps({"neo4j": version}) + "\n")
    except OSError as error:
        raise storage_error(error, layout.folder) from error
    password = layout.read_password()
    state = read_state(layout.state)
    text = "Starting Neo4j" if state is None or state.status == "stopped" else "Recovering Neo4j after an unclean stop"
    return Store(password or new_password(), password is None, layout.has_store and password is None, text)


def _require_version(layout: Layout, version: str) -> None:
    try:
        written = str(json.loads(layout.store_version.read_bytes())["neo4j"])
    except (FileNotFoundError, ValueError, KeyError):
        return
    if [int(part) for part in written.split(".")] > [int(part) for part in version.split(".")]:
        raise StartError(
            f"The store in {layout.home} was written by Neo4j {written}, this Meshweave brings {version}.",
            "Upgrade Meshweave, or restore a backup that this version made.",
        )


def choose_port(setting: int, layout: Layout) -> int:
    """The configured port; without one the port of last time if it is free, else any free one.

    Raises:
        StartError: the configured one is taken.
    """
    if setting:
        if _is_free(setting):
            return setting
        raise StartError(
            f"Port {setting} is taken by another program.",
            "Set MESHWEAVE_EMBEDDED_PORT to a free port, or to 0 to have one chosen.",
        )
    state = read_state(layout.state)
    if state is not None and _is_free(state.port):
        return state.port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _spawn(config: ServerConfig, descriptor: int, layout: Layout) -> subprocess.Popen[bytes]:
    """The server process, in a session of its own so that Ctrl-C reaches us alone."""
    root = Path(__file__).parents[2]
    with layout.log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "graph_api.neo4j.server"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            cwd=root, env=child_environment(), pass_fds=(descriptor,), start_new_session=True,
        )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(config)).encode() + b"\n")
    process.stdin.flush()
    return process


async def _stop_process(process: subprocess.Popen[bytes]) -> None:
    """Ends the process by ending its stdin; kills it if that takes too long."""
    assert process.stdin is not None
    process.stdin.close()
    limit = time.monotonic() + STOP_LIMIT
    while process.poll() is None:
        if time.monotonic() > limit:
            process.kill()
        await asyncio.sleep(0.02)
    _reap(process)


def _reap(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                pass


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
