"""`meshweave serve`: starts all parts of the server in order, and stops them."""

import asyncio
import errno
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import uvicorn
from starlette.applications import Starlette

from graph_api.app import create_app
from graph_api.auth.hosts import is_loopback
from graph_api.auth.tokens import Tokens
from graph_api.database import Database, open_database
from graph_api.graphiql.routes import graphiql_routes
from graph_api.graphiql.state import GraphiQL, preparing
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.progress import Progress, silent
from graph_api.settings import Settings
from resolvers.model.clearance import parse_clearances
from resolvers.model.errors import StoreError

log = logging.getLogger("meshweave.serve")

# Garbage cycles are few here and decoding a large answer allocates hundreds of thousands of objects: the default of
# 700 makes the collector walk them over and over (12 to 17 % of the time of a large lineage).
GC_THRESHOLD = 50_000


class Served(NamedTuple):
    """Where a server that has just come up is to be found."""

    url: str
    sign_in: str
    graphiql_ready: bool
    sample: str | None


async def serve(
    settings: Settings,
    *,
    sample: bool = False,
    on_progress: Progress = silent,
    on_ready: Callable[[Served], None] = lambda _served: None,
) -> None:
    """Serves until SIGINT or SIGTERM.

    Raises:
        StartError: something keeps it from starting; nothing of it runs any more.
    """
    tokens = Tokens(settings)
    tokens.administrator()
    with listening(settings.host, settings.port) as listener, stoppable() as stopper:
        # A second of CPU, while Neo4j starts elsewhere.
        schemas = asyncio.create_task(asyncio.to_thread(import_schemas, settings))
        graphiql = GraphiQL(settings.cache_dir)
        try:
            # The page is built while a first start still downloads, which takes the network and little else.
            async with preparing(graphiql), open_database(settings, on_progress) as database:
                await Tokens(settings, database.store()).adopt()
                loaded = await load_sample(database, on_progress) if sample else None
                readable = sample and await import_module("graph_api.sample.data").prepare(settings)
                app = compose(settings, await schemas, database, graphiql, readable)
                settle_memory()
                url = f"http://{shown_host(settings.host)}:{listener.getsockname()[1]}{settings.root_path}"

                def ready() -> None:
                    on_ready(Served(url, sign_in_link(url, settings, tokens), graphiql.status == "ready", loaded))

                await stopper.run(make_server(app, settings, ready), listener)
        finally:
            schemas.cancel()


def import_schemas(settings: Settings) -> tuple[Any, Any]:
    """The schema that `/graphql` serves, and the one of our own pages."""
    plain = import_module("schema.schema").schema
    if not settings.federated:
        return plain, plain
    return import_module("graph_api.federation").federated_schema(settings), plain


def compose(
    settings: Settings, schemas: tuple[Any, Any], database: Database, graphiql: GraphiQL, sample: bool = False
) -> Starlette:
    """`sample`: the sample mesh is served, which gets a quality history."""
    module, process = shared(settings, database)
    return create_app(
        settings,
        schemas[0],
        database.store,
        lambda store, caller: module.Context(store, caller, process),
        access=database.store(),
        checks={"database": database.unanswered, "migrations": database.unmigrated},
        pages=graphiql_routes(graphiql),
        lifespan=lambda: meanwhile(settings, database, sample),
        plain_schema=schemas[1],
        pool=database.pool,
        gates=database.gate_statistics,
    )


def shared(settings: Settings, database: Database) -> tuple[Any, Any]:
    """`schema.context`, and its `Process` that all requests share."""
    module = import_module("schema.context")
    coalescer = module.ReadCoalescer()
    tail = module.Tail(database.store())
    reader, clearances = data_reader(settings), parse_clearances(settings.clearances)
    shared_parts = (tail, settings.webhook_private_addresses, coalescer, reader, clearances)
    return module, module.Process(*shared_parts, provisioner(settings), prices(settings))


def data_reader(settings: Settings) -> Any:
    """What reads outputs; without the extra `meshweave[data]` it says that it cannot."""
    if find_spec("duckdb") is None:
        return import_module("resolvers.quality.reader").NoReader()
    more = import_module("graph_api.sample.data").sample_sources(settings)
    return import_module("graph_api.data.reader").ProcessReader(settings.sources, more=more)


def provisioner(settings: Settings) -> Any:
    """What applies infrastructure.

    Raises:
        StartError: a file of its credentials cannot be read.
    """
    try:
        return import_module("graph_api.provisioning.provisioner").provisioner_of(settings)
    except OSError as error:
        raise StartError(
            f"Credentials for provisioning cannot be read: {error}", "Mend MESHWEAVE_S3_KEY_FILE."
        ) from error


def prices(settings: Settings) -> Any:
    """The price table, or None.

    Raises:
        StartError: the file cannot be read or is not a price table.
    """
    try:
        return import_module("graph_api.provisioning.prices").read_prices(settings.prices)
    except (OSError, ValueError) as error:
        raise StartError(f"The price table cannot be read: {error}", "Mend MESHWEAVE_PRICES.") from error


async def load_sample(database: Database, on_progress: Progress) -> str:
    """What was loaded, in words.

    Raises:
        StartError: the database holds data of its own, or cannot be written.
    """
    on_progress("Loading the sample mesh", None)
    loader = import_module("graph_api.sample.load")
    try:
        return str(await loader.load_sample(database.patient_store(), on_progress=on_progress))
    except StoreError as error:
        raise StartError(
            f"The sample mesh could not be loaded: {error}", "Start again; what was loaded is kept."
        ) from error


@asynccontextmanager
async def meanwhile(settings: Settings, database: Database, sample: bool = False) -> AsyncIterator[None]:
    """Runs beside the requests: background jobs, and at first the warm-up of the database."""
    warming = asyncio.create_task(settle(database), name="warm")
    history = asyncio.create_task(sample_history(settings, database) if sample else asyncio.sleep(0), name="history")
    try:
        async with import_module("graph_api.background").working(
            settings, database.store, data_reader(settings), provisioner(settings)
        ):
            yield
    finally:
        warming.cancel()
        history.cancel()
        await asyncio.wait([warming, history])


async def sample_history(settings: Settings, database: Database) -> None:
    """The quality history of the sample, once."""
    try:
        await import_module("graph_api.sample.quality").record_history(database.patient_store(), data_reader(settings))
    except StoreError as error:
        log.warning("the sample's quality history: %s", error)


async def settle(database: Database) -> None:
    """What a start still does once it answers: the database is warmed up, and then there is time for training."""
    await import_module("graph_api.warm_up").warm(database.patient_store())
    if database.server is not None:
        database.server.begin_training()


def settle_memory() -> None:
    """What is there now stays: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 20)


def shown_host(host: str) -> str:
    """A name under which a browser on this machine reaches a server that listens on `host`."""
    if host in ("0.0.0.0", "::", "") or (is_loopback(host) and host != "localhost" and ":" not in host):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def sign_in_link(url: str, settings: Settings, tokens: Tokens) -> str:
    """With the token in it, unless the operator keeps that elsewhere and out of this process's output."""
    has_token = settings.token is not None or settings.token_file is not None
    return f"{url}/sign-in" if has_token else f"{url}/sign-in#{tokens.administrator()}"


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """The address, taken before anything slow begins; connections are refused until the server listens."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise StartError(f"'{host}' is not an address of this machine.", "Set MESHWEAVE_HOST or --host.") from error
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise address_error(error, host, port) from error
        listener.set_inheritable(False)
        yield listener


def address_error(error: OSError, host: str, port: int) -> StartError:
    match error.errno:
        case errno.EADDRINUSE:
            return StartError(
                f"Port {port} is used by another program.", "Stop that program, or choose another port with --port."
            )
        case errno.EACCES:
            return StartError(f"Port {port} needs administrator rights.", "Choose one above 1023 with --port.")
        case errno.EADDRNOTAVAIL:
            return StartError(f"'{host}' is not an address of this machine.", "Set MESHWEAVE_HOST or --host.")
    return StartError(f"Cannot listen on {host}:{port}: {error.strerror}.", "Choose others with --host and --port.")


class Server(uvicorn.Server):
    """Uvicorn's, with the signals left to us and a word when it has come up."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()


def make_server(app: Starlette, settings: Settings, on_ready: Callable[[], None]) -> Server:
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="auto",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        ws_max_size=settings.max_body_bytes,
        timeout_keep_alive=settings.keep_alive_seconds,
        headers=[("keep-alive", f"timeout={settings.keep_alive_seconds}")],
    )
    return Server(config, on_ready)


class Stopper:
    """Turns SIGINT and SIGTERM into an orderly end: of the start, or of the server once there is one."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        self._server: Server | None = None
        self.stop_requested = False

    def stop(self) -> None:
        if self._server is None:
            if not self.stop_requested:
                self._task.cancel()
        elif self.stop_requested:
            self._server.force_exit = True
        else:
            self._server.should_exit = True
        self.stop_requested = True

    async def run(self, server: Server, listener: socket.socket) -> None:
        self._server = server
        try:
            await server.serve(sockets=[listener])
        except OSError as error:
            raise address_error(error, *listener.getsockname()[:2]) from error


@contextmanager
def stoppable() -> Iterator[Stopper]:
    """Until the block ends signals go to the stopper; one that comes while it starts ends the block silently."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    stopper = Stopper(task)
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stopper.stop)
    try:
        yield stopper
    except asyncio.CancelledError:
        if not stopper.stop_requested:
            raise
        task.uncancel()
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
