"""Paths of one instance's embedded Neo4j, all below `MESHWEAVE_DATA_DIR/neo4j`."""

import os
import secrets
from pathlib import Path

from .errors import storage_error


class Layout:
    """Paths only; creating the object reads and writes nothing."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir.expanduser().absolute() / "neo4j"
        self.home = self.folder / "home"  # what Neo4j itself writes: data/ and logs/
        self.replaced = self.folder / "home.replaced"  # the former store, while a restore puts the new one in place
        self.password = self.folder / "password"
        self.state = self.folder / "server.json"
        self.lock = self.folder / "server.lock"  # held by the server process while it runs
        self.pause = self.folder / "pause.lock"  # held by a backup while it copies
        self.log = self.folder / "server.log"
        self.creating = self.folder / "creating"  # exists while a new store is created
        self.store_version = self.home / "meshweave.json"

    @property
    def has_store(self) -> bool:
        return (self.home / "data" / "databases").exists()

    def create(self) -> None:
        """Creates the folder with access for this user only.

        Raises:
            StartError: it cannot be written.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chmod(self.folder, 0o700)
        except OSError as error:
            raise storage_error(error, self.folder) from error

    def read_password(self) -> str | None:
        try:
            return self.password.read_text().strip() or None
        except FileNotFoundError:
            return None

    def write_password(self, password: str) -> None:
        write_private(self.password, password + "\n")


def new_password() -> str:
    return secrets.token_urlsafe(32)


def write_private(file: Path, text: str) -> None:
    """Replaces `file` atomically; only this user can read it."""
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
