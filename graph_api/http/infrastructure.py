"""`GET /api/v1/products/{id or urn}/infrastructure.tar.gz`: the files of an infrastructure plan as an archive."""

from hashlib import sha256

from starlette.types import Receive, Scope, Send

from graph_api.auth.callers import Callers
from graph_api.http.exchange import exchange_of
from graph_api.http.failure import HTTPFailure
from graph_api.http.reply import Reply
from graph_api.http.stores import Stores
from resolvers.graph.product_references import ids_of
from resolvers.infrastructure.queries import infrastructures
from resolvers.model.errors import StoreError

PATH = "/api/v1/products/{id}/infrastructure.tar.gz"


class InfrastructureEndpoint:
    """An ASGI app with the rights of a GraphQL read. The same plan gives the same bytes and ETag."""

    def __init__(self, callers: Callers, stores: Stores) -> None:
        self._callers = callers
        self._stores = stores

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._answer(scope)
        except HTTPFailure as failure:
            reply = failure.reply()
        except StoreError as error:
            reply = HTTPFailure(503, "UNAVAILABLE", str(error)).reply()
        await reply.send(send)

    async def _answer(self, scope: Scope) -> Reply:
        exchange = exchange_of(scope)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPFailure(405, "METHOD_NOT_ALLOWED", "The archive is read with GET.", {"allow": "GET, HEAD"})
        identified = await self._callers.identify(exchange.headers, "GET", exchange.secure, exchange.prefix)
        self._callers.admit(identified)
        store = self._stores.open(identified, exchange)
        product_id = scope["path_params"]["id"]
        (infrastructure,) = await infrastructures(store, await ids_of(store, [product_id]))
        if infrastructure is None:
            raise HTTPFailure(404, "NOT_FOUND", f"There is no data product '{product_id[:200]}'.")
        body = await infrastructure.archive()
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = {"etag": tag, "cache-control": "private, no-cache", "x-content-type-options": "nosniff"}
        if exchange.headers.get("if-none-match") == tag:
            return reply(304, b"", headers)
        name = f"{infrastructure.product.domain}-{infrastructure.product.name}-infrastructure.tar.gz"
        headers["content-type"] = "application/gzip"
        headers["content-disposition"] = f'attachment; filename="{name}"'
        headers["content-length"] = str(len(body))
        return reply(200, b"" if scope["method"] == "HEAD" else body, headers)


def reply(status: int, body: bytes, headers: dict[str, str]) -> Reply:
    return Reply(status, body, [(name.encode(), value.encode("latin-1")) for name, value in headers.items()])
