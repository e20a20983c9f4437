"""Configuration of a server process, sent by its parent as one JSON object."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerConfig:
    """Configuration of a server process."""

    home: str
    port: int
    password: str
    version: str
    library: str  # of the JVM
    flags: list[str]
    class_path: list[str]
    page_cache: str
    state: str
    pause: str
    lock: int  # the inherited descriptor that holds the lock
    parent: int | None  # None: detached
    reset_password: bool  # the store has another password: set ours before Bolt opens
    recording: bool = False  # a training run: end through the JVM, so that it writes its record
