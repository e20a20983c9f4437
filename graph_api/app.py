"""The HTTP application, composed of its parts."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from graph_api.auth.callers import Callers
from graph_api.auth.hosts import hosts_of, is_loopback
from graph_api.auth.session import Sessions
from graph_api.auth.tokens import Tokens
from graph_api.execution.engine import Engine
from graph_api.execution.limits import limits_of
from graph_api.execution.persisted import PersistedQueries, read_safelist
from graph_api.fair_gate import FairGate, GateStatistics
from graph_api.http.endpoint import GraphQLEndpoint, MakeContext
from graph_api.http.failure import HTTPFailure
from graph_api.http.gate import Gate
from graph_api.http.health import Check, health_routes
from graph_api.http.infrastructure import PATH, InfrastructureEndpoint
from graph_api.http.location import located
from graph_api.http.metrics import Measured, Pool, ReadGates, ServiceMetrics, metrics_route
from graph_api.http.quality_reports import quality_report_routes
from graph_api.http.request_records import request_record_routes
from graph_api.http.session import SessionEndpoint
from graph_api.http.stores import OpenStore, Stores
from graph_api.http.websocket import GraphQLSocket
from graph_api.neo4j.errors import StartError
from graph_api.settings import Settings
from resolvers.graph.store import Store

GRAPHQL = "/graphql"
# What our own pages ask: the schema without the prefix and gaps that it may have beside other teams' subgraphs.
PLAIN = "/graphql/plain"

Lifespan = Callable[[], AbstractAsyncContextManager[Any]]


def create_app(
    settings: Settings,
    schema: strawberry.Schema,
    open_store: OpenStore,
    make_context: MakeContext,
    *,
    access: Store | None = None,
    checks: Mapping[str, Check] | None = None,
    pages: Sequence[BaseRoute] = (),
    lifespan: Lifespan | None = None,
    plain_schema: strawberry.Schema | None = None,
    pool: Pool | None = None,
    gates: ReadGates | None = None,
) -> Starlette:
    """`open_store(bookmarks)` makes a request its store, `access` is where issued tokens are; `pages` are further
    routes, `lifespan` runs around it all. `plain_schema` is what our own pages ask, if it is another than `schema`.
    `pool` tells of the database's connections, `gates` of the sessions that requests have open."""
    tokens = Tokens(settings, access)
    sessions = Sessions(tokens, settings.session_hours)
    hosts = hosts_of(settings)
    callers = Callers(tokens, sessions, hosts, anonymous_reads(settings))
    persisted = PersistedQueries(settings.document_cache, safelist_of(settings))
    stores = Stores(open_store)
    wide = FairGate(settings.wide_operations, (settings.wide_operations + 1) // 2)

    def endpoint_of(schema: strawberry.Schema) -> GraphQLEndpoint:
        engine = Engine(
            schema,
            limits_of(settings),
            settings.document_cache,
            settings.request_seconds,
            settings.compiled_execution,
            persisted,
            wide,
        )
        return GraphQLEndpoint(engine, callers, stores, make_context, settings.max_body_bytes)

    endpoint = endpoint_of(schema)
    plain = endpoint if plain_schema in (None, schema) else endpoint_of(plain_schema)

    def all_gates() -> Mapping[str, GateStatistics]:
        return {"wide_operations": wide.statistics(), **(gates() if gates is not None else {})}

    metrics = ServiceMetrics(settings.metrics_products, all_gates, pool)
    routes: list[BaseRoute] = [
        Route(GRAPHQL, endpoint),
        Route(PLAIN, plain),
        Route("/session", SessionEndpoint(sessions)),
        Route(PATH, InfrastructureEndpoint(callers, stores)),
        *health_routes(checks or {}),
        *request_record_routes(callers, stores, settings.max_body_bytes),
        *quality_report_routes(callers, stores, settings.max_body_bytes),
        metrics_route(metrics, callers, lambda: open_store(())),
        *pages,
    ]
    for path, served in ((GRAPHQL, endpoint), (PLAIN, plain)):
        if served.engine.has_subscriptions:
            socket = GraphQLSocket(served, settings.websocket_operations, settings.websocket_connections)
            routes.insert(1, WebSocketRoute(path, socket))
    root_path = settings.root_path
    return App(
        Measured(Gate(endpoint, hosts, root_path), metrics),
        root_path,
        routes=routes,
        middleware=[Middleware(Measured, metrics=metrics), Middleware(Gate, hosts=hosts, root_path=root_path)],
        exception_handlers={404: not_found, 405: wrong_method},
        lifespan=as_lifespan(lifespan),
    )


class App(Starlette):
    """Starlette's, with a shorter way to GraphQL over HTTP: its gate and endpoint let nothing through that Starlette's
    own middleware would catch, so a small query need not pay for that."""

    def __init__(self, graphql: ASGIApp, root_path: str, **options: Any) -> None:
        super().__init__(**options)
        self._graphql = graphql
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"] != GRAPHQL:
            scope = located(scope, self._root_path)
        if scope["type"] == "http" and scope["path"] == GRAPHQL:
            await self._graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def safelist_of(settings: Settings) -> dict[str, str] | None:
    """The texts that alone may run; None where any may.

    Raises:
        StartError: the safelist cannot be read.
    """
    if settings.safelist is None:
        return None
    try:
        return read_safelist(settings.safelist)
    except (OSError, ValueError) as error:
        raise StartError(f"The safelist cannot be read: {error}", "Check MESHWEAVE_SAFELIST.") from error


def anonymous_reads(settings: Settings) -> bool:
    if settings.anonymous_reads is not None:
        return settings.anonymous_reads
    return is_loopback(settings.host)


def as_lifespan(lifespan: Lifespan | None):
    if lifespan is None:
        return None

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[None]:
        async with lifespan():
            yield

    return run


class Failed(Response):
    """An `HTTPFailure` where Starlette wants a response."""

    def __init__(self, failure: HTTPFailure) -> None:
        super().__init__(status_code=failure.status)
        self._failure = failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._failure.reply().send(send)


async def not_found(_request: Request, _error: Exception) -> Response:
    return Failed(
        HTTPFailure(404, "NOT_FOUND", "There is nothing here; GraphQL is at /graphql, the page at /graphiql.")
    )


async def wrong_method(_request: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None) or {}
    return Failed(HTTPFailure(405, "METHOD_NOT_ALLOWED", f"Use {headers.get('Allow', 'another method')}.", headers))
