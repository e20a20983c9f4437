"""`/graphql`: GraphQL over HTTP, and the transports of subscriptions."""

from collections.abc import AsyncGenerator, Callable, Hashable
from typing import Any, NamedTuple

from starlette.types import Receive, Scope, Send

from graph_api.auth.callers import Callers, Identified
from graph_api.execution.engine import MUTATION, SUBSCRIPTION, Answer, Engine, Operation, Prepared, Rejected
from graph_api.http.exchange import Exchange, exchange_of
from graph_api.http.failure import HTTPFailure
from graph_api.http.media import EVENTS, GRAPHQL, JSON, MediaType, negotiate, takes_events
from graph_api.http.reply import Reply, empty_reply, json_reply
from graph_api.http.request import from_body, from_query_string, read_body, require_json
from graph_api.http.sse import send_events
from graph_api.http.stores import EXTENSION, HEADER, Stores, requester
from graph_api.neo4j.store import WIDE_READS_AT_ONCE, Neo4jStore
from resolvers.graph.store import Store
from resolvers.model.access import Caller

MakeContext = Callable[[Store, Caller], Any]


class GraphQLRequest(NamedTuple):
    """One operation with its caller and store."""

    exchange: Exchange
    identified: Identified
    prepared: Prepared
    store: Neo4jStore
    seen: tuple[str, ...]

    @property
    def requester(self) -> Hashable:
        return requester(self.identified, self.exchange)


class GraphQLEndpoint:
    """An ASGI app for one path. `make_context` returns `info.context` of the schema's fields."""

    def __init__(
        self, engine: Engine, callers: Callers, stores: Stores, make_context: MakeContext, max_body_bytes: int
    ) -> None:
        self.engine = engine
        self.callers = callers
        self._stores = stores
        self._make_context = make_context
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        media = self._media(exchange)
        try:
            if is_page_visit(scope, exchange):
                reply = empty_reply(303, {"location": f"{exchange.prefix}/graphiql", "content-length": "0"})
            else:
                visit = await self._admit(scope, receive, exchange, media)
                if media is EVENTS or visit.prepared.kind is SUBSCRIPTION:
                    await send_events(self.stream(visit), receive, send, visit.identified.still_valid)
                    return
                reply = await self._run(visit, media or JSON)
        except HTTPFailure as failure:
            reply = failure.reply(GRAPHQL if media is GRAPHQL else JSON)
        except Rejected as rejected:
            if media is EVENTS:  # a reader of events takes a bare answer for a broken stream
                await send_events(one_event(rejected.answer), receive, send)
                return
            reply = rejection(rejected.answer, media or JSON, rejected.status)
        await reply.send(send)

    def _media(self, exchange: Exchange) -> MediaType | None:
        """Of an answer in one piece. Who takes nothing else gets it as a stream of one event."""
        accept = exchange.headers.get("accept")
        only_events = self.engine.has_subscriptions and takes_events(accept)
        return negotiate(accept) or (EVENTS if only_events else None)

    async def _admit(
        self, scope: Scope, receive: Receive, exchange: Exchange, media: MediaType | None
    ) -> GraphQLRequest:
        method = scope["method"]
        if method not in ("GET", "POST"):
            raise HTTPFailure(405, "METHOD_NOT_ALLOWED", "GraphQL takes GET and POST.", {"allow": "GET, POST"})
        if media is None:
            raise HTTPFailure(406, "NOT_ACCEPTABLE", f"Answers are {GRAPHQL} or {JSON}: accept one of them.")
        identified = await self.callers.identify(exchange.headers, method, exchange.secure, exchange.prefix)
        self.callers.admit(identified)
        if method == "GET":
            operation = from_query_string(scope)
        else:
            require_json(exchange.headers)
            operation = from_body(await read_body(receive, exchange.headers, self._max_body_bytes))
        visit = self.prepare(exchange, identified, operation)
        if method == "GET" and visit.prepared.kind is MUTATION:
            raise HTTPFailure(405, "METHOD_NOT_ALLOWED", "Mutations need POST; GET only reads.", {"allow": "POST"})
        if visit.prepared.kind is SUBSCRIPTION and not takes_events(exchange.headers.get("accept")):
            raise HTTPFailure(
                406, "NOT_ACCEPTABLE", f"Subscriptions need `Accept: {EVENTS}`, or a WebSocket (graphql-transport-ws)."
            )
        return visit

    def prepare(self, exchange: Exchange, identified: Identified, operation: Operation) -> GraphQLRequest:
        """Raises `Rejected` for an operation that may not run, `HTTPFailure` for malformed bookmarks."""
        prepared = self.engine.prepare(operation, exchange.request_id)
        store = self._stores.open(identified, exchange, operation.extensions)
        if prepared.is_wide:
            store.reads_at_once = WIDE_READS_AT_ONCE
        return GraphQLRequest(exchange, identified, prepared, store, store.bookmarks)

    def context(self, visit: GraphQLRequest) -> Any:
        return self._make_context(visit.store, visit.identified.caller)

    async def _run(self, visit: GraphQLRequest, media: MediaType) -> Reply:
        request_id = visit.exchange.request_id
        answer = await self.engine.run(visit.prepared, self.context(visit), request_id, visit.requester)
        if not answer.executed:
            return rejection(answer, media)
        headers = {HEADER: ",".join(visit.store.bookmarks)} if self._wrote(visit) else {}
        return json_reply(self._payload(visit, answer), 200, media, headers)

    async def stream(self, visit: GraphQLRequest):
        """The payloads of a subscription, or the single payload of another operation."""
        request_id = visit.exchange.request_id
        async for answer in self.engine.stream(visit.prepared, self.context(visit), request_id, visit.requester):
            self._wrote(visit)
            yield self._payload(visit, answer)

    def _wrote(self, visit: GraphQLRequest) -> bool:
        return self._stores.remember(visit.identified.key, visit.store, visit.seen)

    def _payload(self, visit: GraphQLRequest, answer: Answer) -> dict[str, Any]:
        payload = answer.payload()
        if EXTENSION in visit.prepared.operation.extensions:
            payload["extensions"] = {EXTENSION: list(visit.store.bookmarks)}
        return payload


def rejection(answer: Answer, media: MediaType, status: int | None = None) -> Reply:
    """The response to an operation that may not run. `application/json` answers 200 as older clients expect; the newer
    type answers 400.
    """
    return json_reply(answer.payload(), status or (400 if media is GRAPHQL else 200), media)


async def one_event(answer: Answer) -> AsyncGenerator[dict[str, Any]]:
    yield answer.payload()


def is_page_visit(scope: Scope, exchange: Exchange) -> bool:
    """Whether a person opened the address in a browser."""
    wants_page = "text/html" in exchange.headers.get("accept", "")
    return scope["method"] == "GET" and wants_page and not scope["query_string"]
