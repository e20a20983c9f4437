"""`POST /api/v1/products/{id or urn}/requests`: requests to a data product as JSON Lines."""

import orjson
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from graph_api.auth.callers import Callers
from graph_api.http.failure import HTTPFailure
from graph_api.http.product_posts import admitted, refusal
from graph_api.http.request import read_body
from graph_api.http.stores import Stores
from resolvers.graph.product_references import id_for_write
from resolvers.model.errors import StoreError
from resolvers.mutations.requests_record import record_requests


class RequestRecords:
    """An ASGI app. The batch is stored when it answers 200. `Idempotency-Key` names it, else its content does."""

    def __init__(self, callers: Callers, stores: Stores, max_body_bytes: int) -> None:
        self._callers = callers
        self._stores = stores
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange, identified = await admitted(scope, self._callers, "Requests are recorded by POST.")
        records = lines(await read_body(receive, exchange.headers, self._max_body_bytes))
        store = self._stores.open(identified, exchange)
        bookmarks = store.bookmarks
        key = exchange.headers.get("idempotency-key")
        try:
            product_id = await id_for_write(store, scope["path_params"]["id"])
            outcome = await record_requests(store, identified.caller, product_id, records, key)
        except StoreError as error:
            raise HTTPFailure(503, error.code, str(error), {"retry-after": "1"}) from error
        self._stores.remember(identified.key, store, bookmarks)
        if outcome.thing is None:
            await refusal(outcome)(scope, receive, send)
            return
        content = {"recorded": outcome.thing.records, "replayed": outcome.thing.replayed}
        await JSONResponse(content)(scope, receive, send)


def lines(body: bytes) -> list[object]:
    """Raises `HTTPFailure` 400 that names the line which is not JSON."""
    records = []
    for number, line in enumerate(body.splitlines(), 1):
        if line.strip():
            try:
                records.append(orjson.loads(line))
            except orjson.JSONDecodeError as error:
                raise HTTPFailure(400, "BAD_REQUEST", f"Line {number} is not JSON.") from error
    return records


def request_record_routes(callers: Callers, stores: Stores, max_body_bytes: int) -> list[Route]:
    return [Route("/api/v1/products/{id}/requests", RequestRecords(callers, stores, max_body_bytes))]
