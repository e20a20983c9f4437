"""State of the server process that runs the store: a lock that is released when the process ends, and a file with its
address."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from .layout import write_private

Status = Literal["ready", "paused", "stopped"]


@dataclass(frozen=True)
class ServerState:
    """Last state that the server process wrote. If the lock is free, any status but `stopped` means that it was
    killed."""

    pid: int
    port: int
    started: str  # ISO 8601, UTC
    version: str  # of Neo4j
    status: Status
    detached: bool  # a daemon, not the child of a running `serve`
    owner: int | None  # the process it belongs to, unless detached


def read_state(file: Path) -> ServerState | None:
    try:
        return ServerState(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def write_state(file: Path, state: ServerState) -> None:
    write_private(file, json.dumps(asdict(state)) + "\n")


def try_lock(file: Path) -> int | None:
    """Returns a descriptor that holds the lock while any process has it open, or None if another process holds the
    lock."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_locked(file: Path) -> bool:
    if not file.exists():
        return False
    descriptor = try_lock(file)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
