"""`/session`: trades a token for a session cookie, and ends the session."""

from contextlib import suppress

from starlette.types import Receive, Scope, Send

from graph_api.auth.callers import HELP, cookie_name, session_cookie
from graph_api.auth.session import Sessions
from graph_api.http.exchange import Exchange, exchange_of
from graph_api.http.failure import HTTPFailure
from graph_api.http.reply import empty_reply
from graph_api.http.request import parse_json, read_body, require_json
from resolvers.model.errors import MeshError

MAX_BODY_BYTES = 10_000


class SessionEndpoint:
    """An ASGI app: POST {"token": …} signs in, DELETE signs out; both answer 204."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        try:
            match scope["method"]:
                case "POST":
                    cookie = await self._sign_in(exchange, receive)
                case "DELETE":
                    cookie = await self._sign_out(exchange)
                case _:
                    raise HTTPFailure(
                        405, "METHOD_NOT_ALLOWED", "POST signs in, DELETE signs out.", {"allow": "POST, DELETE"}
                    )
            reply = empty_reply(204, {"set-cookie": cookie, "cache-control": "no-store"})
        except HTTPFailure as failure:
            reply = failure.reply()
        await reply.send(send)

    async def _sign_in(self, exchange: Exchange, receive: Receive) -> str:
        require_json(exchange.headers)
        body = parse_json(await read_body(receive, exchange.headers, MAX_BODY_BYTES), "request body")
        token = body.get("token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise HTTPFailure(400, "BAD_REQUEST", 'Send {"token": "…"}.')
        value = await self._open(token)
        if value is None:
            raise HTTPFailure(401, "UNAUTHENTICATED", f"The token is not valid here, or no longer: {HELP}")
        return cookie(exchange, value, self._sessions.seconds)

    async def _open(self, token: str) -> str | None:
        try:
            return await self._sessions.open(token)
        except (MeshError, TimeoutError) as error:
            raise HTTPFailure(503, "UNAVAILABLE", "The database is unavailable: try again.") from error

    async def _sign_out(self, exchange: Exchange) -> str:
        value = session_cookie(exchange.headers, exchange.secure, exchange.prefix)
        if value is not None:
            with suppress(MeshError, TimeoutError):  # the browser forgets it in any case
                await self._sessions.end(value)
        return cookie(exchange, "", 0)


def cookie(exchange: Exchange, value: str, seconds: int) -> str:
    name = cookie_name(exchange.headers, exchange.secure, exchange.prefix)
    secure = "; Secure" if exchange.secure else ""
    path = exchange.prefix or "/"
    return f"{name}={value}; Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Strict{secure}"
