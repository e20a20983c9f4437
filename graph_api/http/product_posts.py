"""Shared by the POST endpoints below `/api/v1/products/{id}`: rights of callers, responses to refused writes."""

from starlette.responses import JSONResponse
from starlette.types import Scope

from graph_api.auth.callers import Callers, Identified
from graph_api.http.exchange import Exchange, exchange_of
from graph_api.http.failure import HTTPFailure
from resolvers.model.errors import UserErrorCode
from resolvers.writes.pipeline import Outcome

STATUS = {
    UserErrorCode.UNAUTHENTICATED: 401,
    UserErrorCode.FORBIDDEN: 403,
    UserErrorCode.NOT_FOUND: 404,
    UserErrorCode.IDEMPOTENCY_MISMATCH: 409,
}


async def admitted(scope: Scope, callers: Callers, only_post: str) -> tuple[Exchange, Identified]:
    """The exchange and its caller. Raises `HTTPFailure`: 405 with the message `only_post`, and those of `Callers`."""
    exchange = exchange_of(scope)
    if scope["method"] != "POST":
        raise HTTPFailure(405, "METHOD_NOT_ALLOWED", only_post, {"allow": "POST"})
    identified = await callers.identify(exchange.headers, "POST", exchange.secure, exchange.prefix)
    callers.admit(identified)
    return exchange, identified


def refusal(outcome: Outcome) -> JSONResponse:
    """The user errors of a write without a result; the first one decides the status."""
    errors = [{"code": fault.code, "message": fault.message, "field": fault.field} for fault in outcome.user_errors]
    return JSONResponse({"errors": errors}, STATUS.get(outcome.user_errors[0].code, 400))
