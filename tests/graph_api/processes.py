"""Processes of a started service: which there are, and a limit of their CPU time."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PERIOD = 0.1
LOOK_AGAIN = 0.5


def descendants(root: int) -> set[int]:
    """`root` and all processes below it, whatever sessions they are in."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(folder.name))
    found, waiting = set(), [root]
    while waiting:
        process = waiting.pop()
        found.add(process)
        waiting += children.get(process, ())
    return found


def command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


class Throttle(threading.Thread):
    """Stops a process and all below it for most of each tenth of a second. `commands` are those that ran."""

    def __init__(self, root: int, share: float) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._share = share
        self._processes: set[int] = set()
        self._ended = threading.Event()
        self.commands: set[str] = set()
        self.stops = 0

    def run(self) -> None:
        looked = 0.0
        try:
            while not self._ended.is_set():
                if time.monotonic() - looked > LOOK_AGAIN:
                    self._processes = descendants(self._root)
                    self.commands |= set(map(command_of, self._processes))
                    looked = time.monotonic()
                self._send(signal.SIGSTOP)
                self.stops += 1
                time.sleep(PERIOD * (1 - self._share))
                self._send(signal.SIGCONT)
                time.sleep(PERIOD * self._share)
        finally:
            self._processes = descendants(self._root)
            self._send(signal.SIGCONT)

    def end(self) -> None:
        self._ended.set()
        self.join()

    def _send(self, number: int) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, number)


@contextmanager
def limited(root: int, share: float) -> Iterator[Throttle]:
    """Leaves `root` and its descendants `share` of the CPU time while the block runs."""
    throttle = Throttle(root, share)
    throttle.start()
    try:
        yield throttle
    finally:
        throttle.end()
