"""Main loop of a server process: starts Neo4j, handles signals, ends on any failure."""

import fcntl
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, Protocol

from .errors import StartError
from .faults import ServerFault, chain_of, explain
from .server_config import ServerConfig
from .state import ServerState, Status, write_state

STOP_LIMIT = 10.0  # seconds an orderly stop may take before the process ends anyway: the store survives that


class Service(Protocol):
    """The service that the process runs. Every method blocks."""

    def boot(self) -> None: ...
    def open(self) -> None: ...
    def close(self) -> None: ...
    def exit(self) -> None: ...


class Reporter:
    """Sends events to the parent on a descriptor of its own, which Java cannot write to. Ignores a missing parent."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.set_inheritable(self._out, False)
        os.dup2(2, 1)

    def send(self, event: str, **values: object) -> None:
        with suppress(OSError):
            os.write(self._out, json.dumps({"event": event, **values}).encode() + b"\n")

    def close(self) -> None:
        os.close(self._out)
        self._out = -1


class Process:
    """One thread runs Neo4j; the main thread waits for signals and for the end of the parent."""

    def __init__(self, config: ServerConfig, neo4j: Service, reporter: Reporter) -> None:
        self._config = config
        self._reporter = reporter
        self._neo4j = neo4j
        self._state = ServerState(
            pid=os.getpid(), port=config.port, started=datetime.now(UTC).isoformat(timespec="seconds"),
            version=config.version, status="ready", detached=config.parent is None, owner=config.parent,
        )  # fmt: skip
        self._worker: threading.Thread | None = None
        self._signals, write_end = os.pipe()
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            signal.signal(number, lambda *_: None)

    def run(self) -> NoReturn:
        self._work(self._start)
        watched = self._watched()
        while True:
            for source in select.select(watched, [], [])[0]:
                if source == self._signals and os.read(source, 1)[0] == signal.SIGUSR1:
                    self._work(self._pause)
                else:
                    self._stop()

    def _watched(self) -> list[int]:
        """Descriptors that wake this thread: signals, and unless detached stdin and, on Linux, the parent's process."""
        watched = [self._signals]
        if self._config.parent is not None:
            watched.append(0)
            if hasattr(os, "pidfd_open"):
                try:
                    watched.append(os.pidfd_open(self._config.parent))
                except ProcessLookupError:
                    os._exit(1)
        return watched

    def _work(self, task: Callable[[], None]) -> None:
        if self._worker is not None and self._worker.is_alive():
            return
        self._worker = threading.Thread(target=self._guard, args=(task,), daemon=True)
        self._worker.start()

    def _guard(self, task: Callable[[], None]) -> None:
        """Ends the process on any failure: a JVM that remains would keep the store locked."""
        try:
            task()
        except StartError as error:
            self._fail(error)
        except BaseException as error:
            chain = chain_of(error)
            print(chain, file=sys.stderr, flush=True)
            self._fail(explain(chain))

    def _fail(self, error: StartError) -> NoReturn:
        kind = error.kind if isinstance(error, ServerFault) else "other"
        self._reporter.send("error", kind=kind, message=error.message, remedy=error.remedy)
        print(error, file=sys.stderr, flush=True)
        os._exit(1)

    def _start(self) -> None:
        self._neo4j.boot()
        self._reporter.send("phase", text="Opening the Neo4j store")
        self._neo4j.open()
        self._announce("ready")
        self._reporter.send("ready")
        self._reporter.close()

    def _pause(self) -> None:
        self._neo4j.close()
        self._announce("paused")
        with open(self._config.pause, "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
        self._neo4j.open()
        self._announce("ready")

    def _announce(self, status: Status) -> None:
        self._state = replace(self._state, status=status)
        write_state(Path(self._config.state), self._state)

    def _stop(self) -> NoReturn:
        """Stops Neo4j in order. During a start or a pause it ends the process at once, which is safe then."""
        if self._worker is not None and self._worker.is_alive():
            os._exit(0)
        if self._config.recording:
            self._neo4j.close()
            self._neo4j.exit()
        closing = threading.Thread(target=self._close, daemon=True)
        closing.start()
        closing.join(STOP_LIMIT)
        os._exit(0)

    def _close(self) -> None:
        self._neo4j.close()
        self._announce("stopped")
