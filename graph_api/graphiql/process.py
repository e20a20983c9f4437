"""A child process that is read line by line in one thread and can be stopped from another."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from graph_api.graphiql.failure import BuildStopped

# The page can wait; the API's requests must not.
POLITELY = ("nice", "-n", "10")


class Stop:
    """Asked once, from any thread; kills the child that is running and lets no other one start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._child: subprocess.Popen[str] | None = None

    def request(self) -> None:
        with self._lock:
            self._asked.set()
            if self._child is not None:
                _kill_group(self._child)

    def check(self) -> None:
        if self._asked.is_set():
            raise BuildStopped

    def pause(self, seconds: float) -> None:
        self._asked.wait(seconds)
        self.check()

    def start(self, command: Sequence[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
        with self._lock:
            self.check()
            self._child = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            return self._child

    def forget(self) -> None:
        with self._lock:
            self._child = None


def run(
    command: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    stop: Stop,
    on_line: Callable[[str], None] = lambda _line: None,
) -> tuple[int, str]:
    """Returns the exit code and the output of both streams. Raises `BuildStopped` if `stop` was requested."""
    polite = (*POLITELY, *command) if shutil.which(POLITELY[0]) else command
    child = stop.start(polite, folder, environment)
    said: list[str] = []
    try:
        with child:
            for line in child.stdout or ():
                said.append(line)
                on_line(line)
    except BaseException:
        _kill_group(child)
        raise
    finally:
        stop.forget()
    stop.check()
    return child.returncode, "".join(said)


def _kill_group(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
