"""Checks the store and chooses the port before the embedded Neo4j starts."""

import json
import shutil
import socket
from dataclasses import dataclass, replace

from .errors import StartError, storage_error
from .layout import Layout, new_password, write_private
from .state import read_state, write_state

ROOM = 64_000_000  # bytes a start needs: an empty store of 3 MB, a transaction log, logs


@dataclass(frozen=True)
class Store:
    """State of the data folder before a start."""

    password: str
    new_password: bool  # stored once the server has accepted it
    reset_password: bool
    text: str  # for the progress line


def prepare_store(layout: Layout, version: str) -> Store:
    """Checks the store. Call it with the lock held.

    Raises:
        StartError: it was written by a later Neo4j than ours, or its disk is full.
    """
    _require_room(layout)
    if layout.replaced.exists() and not layout.home.exists():  # a restore was killed between its two renames
        layout.replaced.rename(layout.home)
    if layout.creating.exists():  # its creation was interrupted, so it holds no data
        shutil.rmtree(layout.home, ignore_errors=True)
    try:
        if not layout.has_store:
            layout.creating.touch()
            layout.home.mkdir(mode=0o700, exist_ok=True)
        else:
            require_version_of_store(layout, version)
        write_private(layout.store_version, json.dumps({"neo4j": version}) + "\n")
    except OSError as error:
        raise storage_error(error, layout.folder) from error
    password = layout.read_password()
    state = read_state(layout.state)
    text = "Starting Neo4j"
    if state is not None and state.status != "stopped":
        text = "Recovering Neo4j after an unclean stop"
        write_state(layout.state, replace(state, status="stopped"))  # its pid may belong to another process by now
    return Store(password or new_password(), password is None, layout.has_store and password is None, text)


def _require_room(layout: Layout) -> None:
    """Raises on a full disk, where Neo4j would retry its writes without end."""
    free = shutil.disk_usage(layout.folder).free
    if free < ROOM:
        raise StartError(
            f"The disk is full: {layout.folder} has {free / 1e6:.0f} MB left, Neo4j needs {ROOM / 1e6:.0f} MB.",
            "Free some space there, or point MESHWEAVE_DATA_DIR at a larger disk.",
        )


def require_version_of_store(layout: Layout, version: str) -> None:
    try:
        written = str(json.loads(layout.store_version.read_bytes())["neo4j"])
    except (FileNotFoundError, ValueError, KeyError):
        return
    if is_later(written, version):
        raise StartError(
            f"The store in {layout.home} was written by Neo4j {written}, this Meshweave includes {version}.",
            "Upgrade Meshweave, or restore a backup that this version made.",
        )


def is_later(version: str, than: str) -> bool:
    """Whether a Neo4j version is later than another. Text that is not a version is not later."""
    try:
        return [int(part) for part in version.split(".")] > [int(part) for part in than.split(".")]
    except ValueError:
        return False


def choose_port(setting: int, layout: Layout) -> int:
    """The configured port. Without one: the port of the last start if it is free, else any free port.

    Raises:
        StartError: the configured port is in use.
    """
    if setting:
        if is_free(setting):
            return setting
        raise StartError(
            f"Port {setting} is used by another program.",
            "Set MESHWEAVE_EMBEDDED_PORT to a free port, or to 0 to choose any free port.",
        )
    state = read_state(layout.state)
    if state is not None and is_free(state.port):
        return state.port
    return free_port()


def free_port() -> int:
    """A free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
