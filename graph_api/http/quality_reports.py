"""`POST /api/v1/products/{id}/quality`: a quality result that another tool computed, as JSON."""

import orjson
from starlette.datastructures import QueryParams
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
from resolvers.mutations.quality_report_submit import submit_report
from resolvers.quality.reports import ReportFormat
from resolvers.writes.pipeline import WriteOptions


class QualityReports:
    """An ASGI app. `{id}` is a product's id or urn. `?format=` is meshweave, great-expectations or soda, recognised
    when left out; `?accessPoint=` names the output that was checked."""

    def __init__(self, callers: Callers, stores: Stores, max_body_bytes: int) -> None:
        self._callers = callers
        self._stores = stores
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange, identified = await admitted(scope, self._callers, "Results are submitted by POST.")
        requested = QueryParams(scope["query_string"])
        form = requested_format(requested.get("format"))
        body = await read_body(receive, exchange.headers, self._max_body_bytes)
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise HTTPFailure(400, "BAD_REQUEST", "The body is not JSON.") from error
        store = self._stores.open(identified, exchange)
        bookmarks = store.bookmarks
        options = WriteOptions(idempotency_key=exchange.headers.get("idempotency-key"))
        try:
            product_id = await id_for_write(store, scope["path_params"]["id"])
            outcome = await submit_report(
                store, identified.caller, product_id, document, form, requested.get("accessPoint"), options
            )
        except StoreError as error:
            raise HTTPFailure(503, error.code, str(error), {"retry-after": "1"}) from error
        self._stores.remember(identified.key, store, bookmarks)
        if outcome.thing is None:
            await refusal(outcome)(scope, receive, send)
            return
        run = outcome.thing
        content = {"qualityRun": run.id, "origin": run.origin, "overall": run.overall, "passed": run.passed}
        await JSONResponse(content)(scope, receive, send)


def requested_format(name: str | None) -> ReportFormat | None:
    if name is None:
        return None
    try:
        return ReportFormat(name)
    except ValueError:
        raise HTTPFailure(400, "BAD_REQUEST", f"`format` is one of {', '.join(ReportFormat)}.") from None


def quality_report_routes(callers: Callers, stores: Stores, max_body_bytes: int) -> list[Route]:
    return [Route("/api/v1/products/{id}/quality", QualityReports(callers, stores, max_body_bytes))]
