"""Translates a chain of Java exceptions into one message and its remedy."""

from typing import Any

from .errors import StartError


class ServerFault(StartError):
    """Failure that the server process reported before it ended; `kind` decides whether a retry can help."""

    def __init__(self, kind: str, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.kind = kind


PORT = ("port", "The Bolt port is used by another program.", "Set MESHWEAVE_EMBEDDED_PORT to a free port, or to 0.")
DISK = ("disk", "The disk is full: Neo4j cannot write its store.", "Free some space and start again.")
LOCK = ("lock", "Another Neo4j uses this store.", "Stop it, or point MESHWEAVE_DATA_DIR at another folder.")
JVM = ("jvm", "The JVM does not start.", "Check MESHWEAVE_EMBEDDED_HEAP against the free memory.")
MEMORY = ("memory", "Neo4j ran out of memory.", "Raise MESHWEAVE_EMBEDDED_HEAP, such as to 1g.")
VERSION = (
    "version",
    "The store was written by another version of Neo4j, or is damaged.",
    "Install the Meshweave that wrote it, or restore a backup that this one made.",
)
STORE = (
    "store",
    "The store does not open: a file of it is damaged or missing.",
    "Restore a backup (`meshweave database restore`); neo4j/home/logs/debug.log in the data folder tells more.",
)
JARS = ("jars", "A jar of Neo4j is damaged.", "Run `meshweave doctor --repair`.")

UNAVAILABLE = "The database is not available."

# The first of these texts that occurs in the chain decides.
CAUSES = {
    "Address already in use": PORT,
    "PortBindException": PORT,
    "No space left on device": DISK,
    "Disk quota exceeded": DISK,
    "FileLockException": LOCK,
    "Could not create the Java Virtual Machine": JVM,
    "OutOfMemoryError": MEMORY,
    "UnableToMigrate": VERSION,
    "StoreVersion": VERSION,
    "store version": VERSION,
    "NoClassDefFoundError": JARS,
    "ClassNotFoundException": JARS,
    "NoSuchMethodError": JARS,
    "NoSuchFieldError": JARS,
    "ClassFormatError": JARS,
    "VerifyError": JARS,
    "IncompatibleClassChangeError": JARS,
    "Class org.neo4j": JARS,  # JPype: `Class … is not found`
    "Zip": JARS,
    UNAVAILABLE: STORE,
}


def explain(chain: str) -> ServerFault:
    """The fault for a chain of causes, one a line, outermost first."""
    for text, fault in CAUSES.items():
        if text in chain:
            return ServerFault(*fault)
    lines = chain.strip().splitlines() or ["unknown cause"]
    remedy = "Its logs tell more: neo4j/server.log and neo4j/home/logs in the data folder."
    return ServerFault("other", f"Neo4j does not start: {lines[-1][:300]}", remedy)


def chain_of(error: BaseException) -> str:
    """Every cause of a Java or Python exception, `Class: message` a line, outermost first."""
    lines: list[str] = []
    cause: Any = error
    while cause is not None and len(lines) < 20:
        java = hasattr(cause, "getCause")
        message = str((cause.getMessage() if java else cause) or "")
        lines.append(f"{type(cause).__name__}: {message.splitlines()[0] if message else ''}")
        cause = cause.getCause() if java else cause.__cause__
    return "\n".join(lines)
