"""Starts, supervises and stops the embedded Neo4j."""

import asyncio
import logging
import os
import signal
import socket
import time
from types import TracebackType
from typing import Self

from ..settings import Settings
from .endpoint import Endpoint
from .errors import StartError
from .faults import ServerFault
from .jars import ensure_jars, read_lock
from .jvm import jvm_library
from .layout import Layout
from .program import Program
from .progress import Progress, silent, waiting
from .server_config import ServerConfig
from .server_process import ServerProcess
from .state import ServerState, is_locked, read_state, try_lock
from .store_folder import Store, choose_port, prepare_store
from .training import Trainer

log = logging.getLogger(__name__)

USER, DATABASE = "neo4j", "neo4j"
POLL = 0.1  # seconds between checks of a process or a lock
RESTARTS = 5  # in a row; the count starts again after STEADY seconds of service
STEADY = 60.0
STOP_LIMIT = 15.0


async def start_embedded(
    settings: Settings, *, on_progress: Progress = silent, detached: bool = False, train: bool = True
) -> "EmbeddedServer":
    """Starts the embedded Neo4j of `settings.data_dir`, or attaches to the one that is running there.

    The first start fetches Neo4j's jars. The server ends with this process unless `detached`. While the returned
    object is open, a server that dies is started again on the same port.

    Args:
        detached: the server outlives this process.
        train: when no AOT cache fits, train one in the background once `begin_training` is called (see `training.py`);
            a detached server begins by itself.

    Raises:
        StartError: it cannot run; says why and what to do.
    """
    server = EmbeddedServer(settings, on_progress, detached, train)
    await server.open()
    return server


async def stop_embedded(settings: Settings) -> ServerState | None:
    """Stops the detached server of `settings.data_dir`; returns its last state, or None if none was running.

    Raises:
        StartError: it belongs to another process, which would restart it.
    """
    layout = Layout(settings.data_dir)
    state = running(layout)
    if state is None:
        return None
    if not state.detached:
        raise StartError(
            f"The embedded Neo4j belongs to process {state.owner}.", "Stop that process, `meshweave serve`, instead."
        )
    os.kill(state.pid, signal.SIGTERM)
    limit = time.monotonic() + STOP_LIMIT
    while is_locked(layout.lock):
        if time.monotonic() > limit:
            os.kill(state.pid, signal.SIGKILL)
        await asyncio.sleep(POLL / 2)
    return state


def running(layout: Layout) -> ServerState | None:
    """State of the server that holds the store, or None until it has published its state."""
    state = read_state(layout.state)
    return state if state is not None and state.status != "stopped" and is_locked(layout.lock) else None


class EmbeddedServer:
    """A running embedded Neo4j. `owned` says whether `stop()` ends the server or only detaches from it."""

    def __init__(
        self, settings: Settings, on_progress: Progress = silent, detached: bool = False, train: bool = True
    ) -> None:
        self._settings = settings
        self._layout = Layout(settings.data_dir)
        self._on_progress = on_progress
        self._detached = detached
        self._process: ServerProcess | None = None
        self._state: ServerState | None = None
        self._password = ""
        self._port = 0
        self._guard: asyncio.Task[None] | None = None
        self._train = train and settings.embedded_aot
        self._trainer: Trainer | None = None
        self._untrained: Program | None = None
        self._recovering = False

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(f"bolt://127.0.0.1:{self._port}", USER, self._password, DATABASE)

    @property
    def pid(self) -> int:
        """Process id of the server; changes when the server is restarted."""
        if self._process is not None:
            return self._process.pid
        return self._state.pid if self._state is not None else 0

    @property
    def owned(self) -> bool:
        return self._process is not None

    @property
    def recovering(self) -> bool:
        """Whether the server died and its replacement does not answer yet."""
        return self._recovering

    def begin_training(self) -> None:
        """Trains an AOT cache in the background if none fits. Call it after the work of the first start: training
        takes as much of the CPU as others leave."""
        if self._untrained is not None and self._trainer is None:
            self._trainer = Trainer.spawn(self._settings, self._untrained, self._detached)
        self._untrained = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def open(self) -> None:
        """Attaches to a server or starts one, then supervises it. For `start_embedded`."""
        self._layout.create()
        await self._attach_or_start()
        if not self._detached:
            self._guard = asyncio.create_task(self._supervise(), name="embedded Neo4j")

    async def stop(self) -> None:
        """Stops an owned server, or detaches from one of another process. Idempotent."""
        if self._guard is not None:
            self._guard.cancel()
            await asyncio.wait([self._guard])
            self._guard = None
        if self._trainer is not None:
            self._trainer.stop()
            self._trainer = None
        if self._process is not None:
            if self._detached:
                self._process.detach()
            else:
                await self._process.stop(STOP_LIMIT)
            self._process = None

    async def _attach_or_start(self) -> None:
        reported = False
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
            if not reported:
                self._on_progress("Waiting for the Neo4j that another process is starting or stopping", None)
                reported = True
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
        """Fetches the jars and starts the process, with the lock held. Repairs and retries once where that can help."""
        lock = read_lock()
        jars = await ensure_jars(self._settings.cache_dir, lock, self._settings.maven_url, self._on_progress)
        program = Program.find(self._settings, jars, lock)
        try:
            await self._run(descriptor, program)
        except ServerFault as fault:
            if fault.kind != "jars" and not (fault.kind == "died" and program.trained):
                raise
            program.discard()
            self._on_progress("Verifying the jars of Neo4j", None)
            await ensure_jars(self._settings.cache_dir, lock, self._settings.maven_url, self._on_progress, full=True)
            program = Program.plain(self._settings, jars, lock)
            await self._run(descriptor, program)
        if self._train and program.trainable and not program.trained:
            self._untrained = program
            if self._detached:  # no caller remains to call `begin_training` later
                self.begin_training()

    async def _run(self, descriptor: int, program: Program) -> None:
        store = prepare_store(self._layout, program.version)
        self._port = self._port or choose_port(self._settings.embedded_port, self._layout)
        self._on_progress(store.text, None)
        process = ServerProcess.spawn(self._config(descriptor, program, store), self._layout.log)
        try:
            async with waiting(self._on_progress, store.text, None):
                await process.until_ready(self._on_progress)
        except BaseException:
            process.kill()
            raise
        if store.new_password:
            self._layout.write_password(store.password)
        self._layout.creating.unlink(missing_ok=True)
        self._process, self._password = process, store.password
        self._on_progress("Neo4j is ready", 1.0)

    def _config(self, descriptor: int, program: Program, store: Store) -> ServerConfig:
        return ServerConfig(
            home=str(self._layout.home),
            port=self._port,
            password=store.password,
            version=program.version,
            library=str(jvm_library()),
            flags=program.flags,
            class_path=program.class_path,
            page_cache=self._settings.embedded_page_cache,
            state=str(self._layout.state),
            pause=str(self._layout.pause),
            lock=descriptor,
            parent=None if self._detached else os.getpid(),
            reset_password=store.reset_password,
        )

    async def _supervise(self) -> None:
        """Restarts a server that died, on the same port, until `stop()`."""
        failures, since = 0, time.monotonic()
        while True:
            await self._until_gone()
            self._recovering = True
            if self._trainer is not None:  # free the CPU for the restart; the next start trains again
                self._trainer.stop()
                self._trainer = None
            failures = 1 if time.monotonic() - since > STEADY else failures + 1
            if failures > RESTARTS:
                log.error("The embedded Neo4j died %d times in a row; giving up. See %s", RESTARTS, self._layout.log)
                return
            log.warning("The embedded Neo4j died; starting it again on port %d", self._port)
            await asyncio.sleep(0.5 * (2 ** (failures - 1) - 1))
            since = time.monotonic()
            try:
                await self._attach_or_start()
                self._recovering = False
            except (StartError, OSError) as error:
                log.error("The embedded Neo4j does not start again: %s", error)

    async def _until_gone(self) -> None:
        """Returns when the server has died or, if another process owned it, ended in any way but `database stop`."""
        while True:
            if self._process is not None:
                if self._process.has_ended:
                    self._process.reap()
                    self._process = None
                    return
            elif (descriptor := try_lock(self._layout.lock)) is not None:
                os.close(descriptor)
                state = read_state(self._layout.state)
                if state is None or state.status != "stopped" or not state.detached:
                    return
            await asyncio.sleep(POLL if self._process is not None else 10 * POLL)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
