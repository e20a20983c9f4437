"""Opens the database of one instance: connects to it or starts it, checks its version, and migrates it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple
from urllib.parse import urlsplit

from neo4j import AsyncDriver
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConnectionAcquisitionTimeoutError,
    DriverError,
    Neo4jError,
)

from graph_api.fair_gate import GateStatistics
from graph_api.neo4j.driver import Connections, connections_of, open_driver
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.migrate import APPLIED, load_migrations, migrate
from graph_api.neo4j.progress import Progress, silent, waiting
from graph_api.neo4j.store import PATIENT_SECONDS, WRITE_SECONDS, Gates, Neo4jStore, open_gates
from graph_api.settings import Settings

if TYPE_CHECKING:
    from graph_api.neo4j.embedded import EmbeddedServer

OLDEST = (5, 26)
SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
RETRY_SECONDS = 1.0
ALIVE = "RETURN 1"


class Database(NamedTuple):
    """An open driver and the database it is for."""

    driver: AsyncDriver
    name: str
    server: "EmbeddedServer | None" = None
    gates: Gates | None = None

    def store(self, bookmarks: tuple[str, ...] = (), write_seconds: float = WRITE_SECONDS) -> Neo4jStore:
        """A store that sees at least what wrote `bookmarks`, and whose writes take at most `write_seconds`."""
        return Neo4jStore(self.driver, self.name, bookmarks, write_seconds, gates=self.gates)

    def patient_store(self) -> Neo4jStore:
        """A store for local jobs, which no client waits for: its reads and writes have all the time they
        need, however busy the machine is."""
        return Neo4jStore(self.driver, self.name, patient=True)

    def pool(self) -> Connections:
        """The driver's connections."""
        return connections_of(self.driver)

    def gate_statistics(self) -> dict[str, GateStatistics]:
        """How full the gates of requests' sessions are."""
        if self.gates is None:
            return {}
        return {"database_reads": self.gates.reads.statistics(), "database_writes": self.gates.writes.statistics()}

    async def read(self, query: LiteralString) -> Any:
        """The one value that `query` returns, tried once: the caller decides about trying again."""
        async with self.driver.session(database=self.name) as session:
            return (await (await session.run(query)).single(strict=True))[0]

    async def unanswered(self) -> str | None:
        """None when the database answers; for the readiness probe."""
        if self.server is not None and self.server.recovering:
            return "recovering: Neo4j ended unexpectedly and is being started again"
        try:
            await self.read(ALIVE)
        except (Neo4jError, DriverError):
            return "does not answer"
        return None

    async def unmigrated(self) -> str | None:
        """None when every migration of this version is applied."""
        try:
            applied = await self.read(APPLIED)
        except (Neo4jError, DriverError):
            return "cannot be read"
        missing = [migration.name for migration in load_migrations() if migration.number not in applied]
        return f"missing: {', '.join(missing)}" if missing else None


@asynccontextmanager
async def open_database(settings: Settings, on_progress: Progress = silent) -> AsyncIterator[Database]:
    """The embedded Neo4j, or the one at `neo4j_uri`, for as long as the block runs.

    Raises:
        StartError: it does not start, answer or fit; says what to do.
    """
    if settings.neo4j_uri is not None:
        async with connected(configured_endpoint(settings), settings.neo4j_wait_seconds, on_progress) as database:
            yield database
    else:
        # Here, not above: where there is a Neo4j already, an image may well leave the JVM and its bridge out.
        from graph_api.neo4j.embedded import start_embedded

        async with (
            await start_embedded(settings, on_progress=on_progress) as server,
            connected(server.endpoint, PATIENT_SECONDS, on_progress) as database,
        ):
            yield database._replace(server=server)


def configured_endpoint(settings: Settings) -> Endpoint:
    """Raises `StartError` for an address of another form, or no password."""
    assert settings.neo4j_uri is not None
    check_address(settings.neo4j_uri)
    password = settings.neo4j_password.get_secret_value() if settings.neo4j_password else None
    if password is None and settings.neo4j_password_file is not None:
        try:
            password = settings.neo4j_password_file.read_text().strip()
        except OSError as error:
            raise StartError(
                f"Cannot read {settings.neo4j_password_file}: {error.strerror}.", "Check MESHWEAVE_NEO4J_PASSWORD_FILE."
            ) from error
    if password is None:
        raise StartError(
            "MESHWEAVE_NEO4J_URI is set, but no password.",
            "Set MESHWEAVE_NEO4J_PASSWORD or MESHWEAVE_NEO4J_PASSWORD_FILE.",
        )
    return Endpoint(settings.neo4j_uri, settings.neo4j_user, password, settings.neo4j_database)


def check_address(uri: str) -> None:
    parts = urlsplit(uri)
    if "@" in parts.netloc:  # shown nowhere: what stands before it is a login
        raise StartError(
            "MESHWEAVE_NEO4J_URI contains a login.",
            "Set MESHWEAVE_NEO4J_USER and MESHWEAVE_NEO4J_PASSWORD, and remove the login from the address.",
        )
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise StartError(
            f"'{uri}' is not a Neo4j address.",
            f"Set MESHWEAVE_NEO4J_URI to scheme://host:port, with one of the schemes {', '.join(SCHEMES)}.",
        )


@asynccontextmanager
async def connected(endpoint: Endpoint, wait_seconds: float, on_progress: Progress) -> AsyncIterator[Database]:
    try:
        driver = open_driver(endpoint)
    except (ConfigurationError, DriverError, ValueError) as error:
        raise StartError(
            f"'{endpoint.uri}' is not a Neo4j address: {error}",
            "Set MESHWEAVE_NEO4J_URI to e.g. neo4j://host:7687, bolt+s://host:7687.",
        ) from error
    async with driver:
        database = Database(driver, endpoint.database, gates=open_gates())
        await await_answer(database, endpoint, wait_seconds, on_progress)
        await require_version(driver, endpoint)
        await migrate_all(database, endpoint, wait_seconds, on_progress)
        yield database


async def await_answer(database: Database, endpoint: Endpoint, wait_seconds: float, on_progress: Progress) -> None:
    """Returns once the database answers; a wrong login or name is not a reason to wait."""
    deadline = monotonic() + wait_seconds
    while True:
        try:
            await database.read(ALIVE)
            return
        except AuthError as error:
            raise StartError(
                f"The Neo4j at {endpoint.uri} rejects this user and password.",
                "Check MESHWEAVE_NEO4J_USER and MESHWEAVE_NEO4J_PASSWORD (or …_PASSWORD_FILE).",
            ) from error
        except ClientError as error:
            raise StartError(
                f"The Neo4j at {endpoint.uri} has no database '{database.name}' that this user may read.",
                "Check MESHWEAVE_NEO4J_DATABASE.",
            ) from error
        except (Neo4jError, DriverError) as error:
            if monotonic() + RETRY_SECONDS > deadline:
                raise StartError(
                    f"No Neo4j answers at {endpoint.uri}: {reason(error)}.",
                    "Start it, or check MESHWEAVE_NEO4J_URI; unset it to use the embedded Neo4j.",
                ) from error
        on_progress(f"Waiting for the Neo4j at {endpoint.uri}", None)
        await asyncio.sleep(RETRY_SECONDS)


def reason(error: Exception) -> str:
    """The first line of what the driver says, which may go on for pages about every address it tried."""
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__


async def require_version(driver: AsyncDriver, endpoint: Endpoint) -> None:
    """Raises `StartError` for a Neo4j older than we are written for."""
    agent = str((await driver.get_server_info()).agent)
    numbers = re.search(r"(\d+)\.(\d+)", agent)
    if numbers is not None and tuple(map(int, numbers.groups())) < OLDEST:
        raise StartError(
            f"The Neo4j at {endpoint.uri} is {agent.removeprefix('Neo4j/')}, Meshweave needs 5.26 or later.",
            "Upgrade it, or unset MESHWEAVE_NEO4J_URI to use the embedded one.",
        )


async def migrate_all(database: Database, endpoint: Endpoint, wait_seconds: float, on_progress: Progress) -> None:
    """Applies the migrations. While the database is away or has no connection to spare it tries again: each statement
    may be repeated."""
    on_progress("Preparing the database", None)
    deadline = monotonic() + wait_seconds
    async with waiting(on_progress, "Preparing the database", None):
        while True:
            try:
                await migrate(database.driver, database.name)
                return
            except (Neo4jError, DriverError) as error:
                passes = error.is_retryable() or isinstance(error, ConnectionAcquisitionTimeoutError)
                if not passes or monotonic() > deadline:
                    raise StartError(
                        f"The database '{database.name}' at {endpoint.uri} cannot be prepared: {reason(error)}.",
                        "Give the user the rights to create constraints and indexes, and start again.",
                    ) from error
            await asyncio.sleep(RETRY_SECONDS)
