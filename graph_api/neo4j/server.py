"""The process that holds the embedded Neo4j, `python -m graph_api.neo4j.server`: the only module that uses Neo4j's
classes.

One JSON object comes in on stdin (`ServerConfig`), events go out on stdout, a JSON object a line:
`{"event": "phase", "text"}`, `{"event": "ready"}`, `{"event": "error", "kind", "message", "remedy"}`.
It stops in order on SIGTERM and, unless detached, when stdin ends or its parent dies. SIGUSR1 closes the store until
`pause.lock` is free again, for a backup. Any failure ends the process and its JVM.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from .faults import UNAVAILABLE, chain_of, explain
from .priority import lower_priority
from .server_config import ServerConfig
from .server_life import Process, Reporter

# Seconds from the start of the server until its database is available, after recovery. A failed database is reported at
# once; one that is slow, on a busy machine or with a long log, is waited for.
AVAILABLE_LIMIT = 3600.0
# What was written since the last checkpoint is read again after a crash: a quarter of an hour, unless set.
CHECKPOINT_SECONDS = 60


class Neo4j:
    """Neo4j's management service inside this process. Every method blocks."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._service: Any = None

    def boot(self) -> None:
        """Starts the JVM. Call it once in a process."""
        import jpype

        jpype.startJVM(
            self._config.library, *self._config.flags, classpath=self._config.class_path, convertStrings=True,
            interrupt=False,
        )  # fmt: skip

    def open(self) -> None:
        """Opens the store, then Bolt. The default password is never valid.

        Raises:
            ServerFault: the store exists but cannot be used.
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

    def exit(self) -> None:
        """Ends the process through the JVM, which then writes the record of `-XX:AOTMode=record`."""
        from jpype import JClass

        JClass("java.lang.System").exit(0)

    def _build(self, bolt: bool) -> Any:
        from jpype import JClass

        builder = JClass("org.neo4j.dbms.api.DatabaseManagementServiceBuilder")(self._path(self._config.home))
        for setting, value in self._settings(bolt):
            builder.setConfig(setting, value)
        return builder.build()

    def _settings(self, bolt: bool) -> list[tuple[Any, Any]]:
        """Neo4j's settings, each with the reason why the default does not fit."""
        from jpype import JClass

        main = JClass("org.neo4j.configuration.GraphDatabaseSettings")
        internal = JClass("org.neo4j.configuration.GraphDatabaseInternalSettings")
        connector = JClass("org.neo4j.configuration.connectors.BoltConnector")
        bolt_internal = JClass("org.neo4j.configuration.connectors.BoltConnectorInternalSettings")
        keep_alive = JClass("org.neo4j.configuration.connectors.BoltConnector$KeepAliveRequestType")
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
            (connector.connection_keep_alive_type, keep_alive.OFF),  # else the driver sets a timer for each read
            (bolt_internal.thread_pool_shutdown_wait_time, seconds(0)),  # else every stop takes 10 s
            (main.auth_enabled, yes),
            (main.auth_max_failed_attempts, zero),  # else any local user can lock us out with three wrong passwords
            (main.allow_file_urls, no),  # else LOAD CSV reads any file of this user
            (internal.cypher_ip_blocklist, everywhere),  # LOAD CSV reaches no address
            (main.check_point_interval_time, seconds(CHECKPOINT_SECONDS)),
            (main.preallocate_logical_logs, no),  # else an empty store is 500 MB
            (main.lock_acquisition_timeout, seconds(5)),  # else a writer can wait without end
            (main.transaction_timeout, seconds(120)),  # else a forgotten transaction keeps its locks
            (main.pagecache_memory, page_cache),  # else half of the machine's memory
            (main.udc_enabled, no),
        ]

    def _write_initial_password(self) -> None:
        """Writes the file that `neo4j-admin dbms set-initial-password` writes; the first start reads the login from
        it."""
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
        """Sets our password in an existing store while Bolt is closed. Sets a random one first, since Neo4j refuses the
        same password again."""
        service = self._build(bolt=False)
        try:
            system = service.database("system")
            for query, password in (
                ("CREATE USER neo4j IF NOT EXISTS SET PASSWORD $password", os.urandom(16).hex()),
                ("ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED", os.urandom(16).hex()),
                ("ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED", self._config.password),
            ):
                system.executeTransactionally(query, {"password": password})
        finally:
            service.shutdown()

    def _require_available(self) -> None:
        """Raises if the database failed to start; the server would run on and only refuse connections."""
        from jpype import JClass

        database, system = self._service.database("neo4j"), self._service.database("system")
        states = system.getDependencyResolver().resolveDependency(JClass("org.neo4j.dbms.DatabaseStateService"))
        limit = time.monotonic() + AVAILABLE_LIMIT
        while not database.isAvailable(200):
            failure = states.causeOfFailure(database.databaseId())
            if failure.isPresent():
                chain = f"{UNAVAILABLE}\n{chain_of(failure.get())}"
                print(chain, file=sys.stderr, flush=True)
                raise explain(chain)
            if time.monotonic() > limit:
                raise explain(UNAVAILABLE)

    def _path(self, path: str) -> Any:
        from jpype import JClass

        return JClass("java.nio.file.Path").of(path)


def main() -> NoReturn:
    reporter = Reporter()
    try:
        config = ServerConfig(**json.loads(sys.stdin.buffer.readline()))
        os.set_inheritable(config.lock, False)
        if config.recording:  # it has a session of its own, which its parent's priority does not reach
            lower_priority()
        Process(config, Neo4j(config), reporter).run()
    except BaseException as error:
        chain = chain_of(error)
        fault = explain(chain)
        reporter.send("error", kind=fault.kind, message=fault.message, remedy=fault.remedy)
        print(chain, file=sys.stderr, flush=True)
        os._exit(1)


if __name__ == "__main__":
    main()
