"""The process that holds the embedded Neo4j: `python -m graph_api.neo4j.server`. The only file that touches its classes.

One JSON object comes in on stdin (`ServerConfig`), events go out on stdout, a JSON object a line:
`{"event": "phase", "text"}`, `{"event": "ready"}`, `{"event": "error", "kind", "message", "remedy"}`.
It stops in order on SIGTERM and, unless detached, when stdin ends or its parent dies. SIGUSR1 closes the store until
`pause.lock` is free again, for a backup. Whatever fails in here ends the process and its JVM with it.
"""

import fcntl
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from .errors import StartError
from .state import ServerState, write_state

STOP_LIMIT = 10.0  # seconds an orderly stop may take before the process ends anyway: the store survives that


@dataclass(frozen=True)
class ServerConfig:
    """What the parent decides."""

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


class Reporter:
    """Events for the parent, on a descriptor that Java knows nothing of; a parent that is gone is no error."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.set_inheritable(self._out, False)
        os.dup2(2, 1)

    def send(self, event: str, **values: object) -> None:
        try:
            os.write(self._out, json.dumps({"event": event, **values}).encode() + b"\n")
        except OSError:
            pass

    def close(self) -> None:
        os.close(self._out)
        self._out = -1


class Neo4j:
    """Neo4j's management service inside this process. Every method blocks."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._service: Any = None

    def boot(self) -> None:
        """Starts the JVM: once a process."""
        import jpype

        jpype.startJVM(
            self._config.library, *self._config.flags, classpath=self._config.class_path, convertStrings=True,
            interrupt=False,
        )  # fmt: skip

    def open(self) -> None:
        """Opens the store and then Bolt; with a password that only we know, at no moment with the default one.

        Raises:
            StartError: the store is there but cannot be used.
        """
        if not (Path(self._config.home) / "data" / "databases" / "system").exists():
            self._write_initial_password()
        elif self._config.reset_password:
            self._reset_password()
        self._service = self._build(bolt=True)
        self._require_available()
        (Path(self._config.home) / "data" / "dbms" / "auth.ini").unlink(missing_ok=True)

    def close(self) -> None:
        service, self._service = self._service, None
        if service is not None:
            service.shutdown()

    def _build(self, bolt: bool) -> Any:
        from jpype import JClass

        builder = JClass("org.neo4j.dbms.api.DatabaseManagementServiceBuilder")(self._path(self._config.home))
        for setting, value in self._settings(bolt):
            builder.setConfig(setting, value)
        return builder.build()

    def _settings(self, bolt: bool) -> list[tuple[Any, Any]]:
        """Neo4j's settings, each beside what its default would do."""
        from jpype import JClass

        main = JClass("org.neo4j.configuration.GraphDatabaseSettings")
        internal = JClass("org.neo4j.configuration.GraphDatabaseInternalSettings")
        connector = JClass("org.neo4j.configuration.connectors.BoltConnector")
        bolt_internal = JClass("org.neo4j.configuration.connectors.BoltConnectorInternalSettings")
        seconds = JClass("java.time.Duration").ofSeconds
        yes, no = JClass("java.lang.Boolean").TRUE, JClass("java.lang.Boolean").FALSE
        zero = JClass("java.lang.Integer").valueOf(0)
        page_cache = JClass("java.lang.Long").valueOf(JClass("org.neo4j.io.ByteUnit").parse(self._config.page_cache))
        address = JClass("org.neo4j.configuration.helpers.SocketAddress")("127.0.0.1", self._config.port)
        network = JClass("inet.ipaddr.IPAddressString")
        everywhere = JClass("java.util.Arrays").asList(network("0.0.0.0/0"), network("::/0"))
        return [
            (connector.enabled, yes if bolt else no),
            (connector.listen_address, address),
            (connector.advertised_address, address),
            (connector.server_bolt_telemetry_enabled, no),
            (bolt_internal.thread_pool_shutdown_wait_time, seconds(0)),  # else every stop takes 10 s
            (main.auth_enabled, yes),
            (main.auth_max_failed_attempts, zero),  # else anyone on this machine locks us out, 3 guesses every 5 s
            (main.allow_file_urls, no),  # else LOAD CSV reads any file of this user
            (internal.cypher_ip_blocklist, everywhere),  # nor does it reach any address
            (main.preallocate_logical_logs, no),  # else an empty store is 500 MB
            (main.lock_acquisition_timeout, seconds(5)),  # else a writer waits for ever
            (main.transaction_timeout, seconds(120)),  # else a forgotten transaction keeps its locks
            (main.pagecache_memory, page_cache),  # else half of the machine's memory
            (main.udc_enabled, no),
        ]

    def _write_initial_password(self) -> None:
        """What `neo4j-admin dbms set-initial-password` does: the first start takes the login from this file."""
        from jpype import JClass

        security = "org.neo4j.server.security"
        file = Path(self._config.home) / "data" / "dbms" / "auth.ini"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        users = JClass(f"{security}.auth.FileUserRepository")(
            JClass("org.neo4j.io.fs.DefaultFileSystemAbstraction")(),
            self._path(str(file)),
            JClass("org.neo4j.logging.NullLogProvider").getInstance(),
            JClass("org.neo4j.memory.EmptyMemoryTracker").INSTANCE,
        )
        users.start()
        password = JClass("org.neo4j.string.UTF8").encode(self._config.password)
        hasher = JClass(f"{security}.SecureHasher")()
        credential = JClass(f"{security}.SystemGraphCredential").createCredentialForPassword(password, hasher)
        users.create(JClass("org.neo4j.kernel.impl.security.User")("neo4j", None, credential, False, False))
        users.shutdown()

    def _reset_password(self) -> None:
        """Sets our password in an existing store with Bolt closed. Through a random one: the same again is refused."""
        service = self._build(bolt=False)
        try:
            system = service.database("system")
            system.executeTransactionally("CREATE USER neo4j IF NOT EXISTS SET PASSWORD randomUUID()")
            for password in (os.urandom(16).hex(), self._config.password):
                system.executeTransactionally(
                    "ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED", {"password": password}
                )
        finally:
            service.shutdown()

    def _require_available(self) -> None:
        if self._service.database("neo4j").isAvailable(60_000):
            return
        raise StartError(*explain(self._status_message())[1:])

    def _status_message(self) -> str:
        """Why the database is not available: what SHOW DATABASES tells an administrator."""
        transaction = self._service.database("system").beginTx()
        try:
            rows = transaction.execute("SHOW DATABASES YIELD name, statusMessage WHERE name = 'neo4j'")
            return str(rows.next().get("statusMessage")) if rows.hasNext() else "the database is missing"
        finally:
            transaction.close()

    def _path(self, path: str) -> Any:
        from jpype import JClass

        return JClass("java.nio.file.Path").of(path)


# In the chain of causes, the first text that is found decides: (text, kind, message, remedy).
CAUSES = (
    ("Address already in use", "port", "The Bolt port is taken by another program.", "Set MESHWEAVE_EMBEDDED_PORT to a free port, or to 0."),
    ("PortBindException", "port", "The Bolt port is taken by another program.", "Set MESHWEAVE_EMBEDDED_PORT to a free port, or to 0."),
    ("No space left on device", "disk", "The disk is full: Neo4j cannot write its store.", "Free some space and start again."),
    ("Disk quota exceeded", "disk", "The disk quota is used up: Neo4j cannot write its store.", "Free some space and start again."),
    ("FileLockException", "lock", "Another Neo4j uses this store.", "Stop it, or point MESHWEAVE_DATA_DIR at another folder."),
    ("Could not create the Java Virtual Machine", "jvm", "The JVM does not start.", "Check MESHWEAVE_EMBEDDED_HEAP and the free memory."),
    ("OutOfMemoryError", "memory", "Neo4j ran out of memory.", "Raise MESHWEAVE_EMBEDDED_HEAP, such as to 1g."),
    ("UnableToMigrate", "version", "The store was written by another version of Neo4j.", "Restore a backup of this version, or install the Meshweave that wrote it."),
    ("StoreVersion", "version", "The store was written by another version of Neo4j.", "Restore a backup of this version, or install the Meshweave that wrote it."),
    ("Unknown store version", "version", "The store was written by another version of Neo4j.", "Restore a backup of this version, or install the Meshweave that wrote it."),
    ("NoClassDefFoundError", "jars", "A jar of Neo4j is damaged.", "Run `meshweave doctor`, which verifies and repairs them."),
    ("ClassNotFoundException", "jars", "A jar of Neo4j is damaged.", "Run `meshweave doctor`, which verifies and repairs them."),
    ("is not found", "jars", "A jar of Neo4j is damaged.", "Run `meshweave doctor`, which verifies and repairs them."),
    ("Zip", "jars", "A jar of Neo4j is damaged.", "Run `meshweave doctor`, which verifies and repairs them."),
)  # fmt: skip


def explain(chain: str) -> tuple[str, str, str]:
    """Kind, message and remedy for a chain of causes, outermost first, one a line."""
    for text, kind, message, remedy in CAUSES:
        if text in chain:
            return kind, message, remedy
    last = chain.strip().splitlines()[-1] if chain.strip() else "unknown cause"
    return "other", f"Neo4j does not start: {last[:300]}.", "Its log tells more: neo4j/server.log and neo4j/home/logs in the data folder."


def chain_of(error: BaseException) -> str:
    """Every cause of a Java or Python exception, `Class: message` a line, outermost first."""
    lines: list[str] = []
    cause: Any = error
    while cause is not None and len(lines) < 20:
        java = hasattr(cause, "getCause")
        message = cause.getMessage() if java else str(cause)
        lines.append(f"{type(cause).__name__}: {str(message or '').splitlines()[0] if message else ''}")
        cause = cause.getCause() if java else cause.__cause__
    return "\n".join(lines)


class Process:
    """The life of the process: one thread works for Neo4j, this one listens to whoever may stop it."""

    def __init__(self, config: ServerConfig, reporter: Reporter) -> None:
        self._config = config
        self._reporter = reporter
        self._neo4j = Neo4j(config)
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
                if source != self._signals:
                    self._stop()
                number = os.read(self._signals, 1)[0]
                if number == signal.SIGUSR1:
                    self._work(self._pause)
                else:
                    self._stop()

    def _watched(self) -> list[int]:
        """What wakes this thread: signals, and of a parent that can die its end of stdin and, on Linux, itself."""
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
        """Whatever fails ends the process: a JVM left alone would keep the store locked."""
        try:
            task()
        except StartError as error:
            self._fail("other", error.message, error.remedy)
        except BaseException as error:
            chain = chain_of(error)
            print(chain, file=sys.stderr, flush=True)
            self._fail(*explain(chain))

    def _fail(self, kind: str, message: str, remedy: str) -> NoReturn:
        self._reporter.send("error", kind=kind, message=message, remedy=remedy)
        print(f"{message} {remedy}", file=sys.stderr, flush=True)
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

    def _announce(self, status: Any) -> None:
        self._state = replace(self._state, status=status)
        write_state(Path(self._config.state), self._state)

    def _stop(self) -> NoReturn:
        """An orderly stop. In the middle of a start or a pause there is nothing to close that a kill would harm."""
        if self._worker is not None and self._worker.is_alive():
            os._exit(0)
        closing = threading.Thread(target=self._close, daemon=True)
        closing.start()
        closing.join(STOP_LIMIT)
        os._exit(0)

    def _close(self) -> None:
        self._neo4j.close()
        self._announce("stopped")


def main() -> NoReturn:
    reporter = Reporter()
    try:
        config = ServerConfig(**json.loads(sys.stdin.buffer.readline()))
        os.set_inheritable(config.lock, False)
        Process(config, reporter).run()
    except BaseException as error:
        reporter.send("error", kind="other", message=f"The Neo4j process failed: {error!r}.", remedy="")
        print(chain_of(error), file=sys.stderr, flush=True)
        os._exit(1)


if __name__ == "__main__":
    main()
