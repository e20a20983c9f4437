"""The embedded Neo4j's store and port, looked at before Neo4j starts."""

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
    """What a start finds in the data folder."""

    password: str
    new_password: bool  # to be written down once the server has taken it
    reset_password: bool
    text: str  # for the progress line


def prepare_store(layout: Layout, version: str) -> Store:
    """Looks at the store before Neo4j does, with the lock held.

    Raises:
        StartError: it was written by a later Neo4j than ours, or its disk is full.
    """
    _require_room(layout)
    if layout.replaced.exists() and not layout.home.exists():  # a restore was killed between its two renames
        layout.replaced.rename(layout.home)
    if layout.creating.exists():  # its creation never got to an end: nothing was ever written to it
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
        write_state(layout.state, replace(state, status="stopped"))  # its pid may be anybody's by now
    return Store(password or new_password(), password is None, layout.has_store and password is None, text)


def _require_room(layout: Layout) -> None:
    """On a full disk Neo4j does not fail: it tries to write for ever, at full speed."""
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
            f"The store in {layout.home} was written by Neo4j {written}, this Meshweave brings {version}.",
            "Upgrade Meshweave, or restore a backup that this version made.",
        )


def is_later(version: str, than: str) -> bool:
    """Compares Neo4j versions by their numbers; what is no version is not later."""
    try:
        return [int(part) for part in version.split(".")] > [int(part) for part in than.split(".")]
    except ValueError:
        return False


def choose_port(setting: int, layout: Layout) -> int:
    """The configured port; without one the port of last time if it is free, else any free one.

    Raises:
        StartError: the configured one is taken.
    """
    if setting:
        if is_free(setting):
            return setting
        raise StartError(
            f"Port {setting} is taken by another program.",
            "Set MESHWEAVE_EMBEDDED_PORT to a free port, or to 0 to have one chosen.",
        )
    state = read_state(layout.state)
    if state is not None and is_free(state.port):
        return state.port
    return free_port()


def free_port() -> int:
    """Any port of 127.0.0.1 that nobody uses at this moment."""
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
