"""Identifies the caller of a request by bearer token or session cookie, else as anonymous. Wrong tokens are errors."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import NamedTuple

from starlette.requests import cookie_parser

from graph_api.auth.hosts import Hosts, is_own_page
from graph_api.auth.session import Sessions
from graph_api.auth.tokens import Tokens, digest_of
from graph_api.http.failure import HTTPFailure
from resolvers.model.access import ANONYMOUS, Caller
from resolvers.model.errors import MeshError

HELP = "`meshweave token` prints the administrator's, `meshweave token issue` makes another."
CHALLENGE = {"www-authenticate": "Bearer"}


class Identified(NamedTuple):
    """`key` tells this caller's sessions apart, for what is remembered of them; None for anonymous ones. `still_valid`
    asks whether token or session still are, for connections that stay."""

    caller: Caller
    key: str | None = None
    still_valid: Callable[[], Awaitable[bool]] | None = None


class Callers:
    """One for each app."""

    def __init__(self, tokens: Tokens, sessions: Sessions, hosts: Hosts, anonymous_reads: bool) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._hosts = hosts
        self._anonymous_reads = anonymous_reads

    async def identify(self, headers: Mapping[str, str], method: str, secure: bool, prefix: str = "") -> Identified:
        """`secure` is whether the client speaks https, `prefix` what it puts before our paths. Raises `HTTPFailure` 401
        for a token or session that is not valid, 403 for a page that may not use it."""
        authorization = headers.get("authorization")
        if authorization is not None:
            return await self.by_token(bearer(authorization))
        cookie = session_cookie(headers, secure, prefix)
        if cookie is None:
            return Identified(ANONYMOUS)
        caller = await self._checked(self._sessions.caller(cookie))
        if caller is None:
            raise HTTPFailure(
                401, "UNAUTHENTICATED", f"The session is over: sign in again, at {prefix}/sign-in.", CHALLENGE
            )
        if not is_own_page(headers, method, self._hosts):
            raise HTTPFailure(
                403,
                "CROSS_SITE",
                "A session is for this server's own pages: send `Authorization: Bearer <token>` instead, "
                "or have the operator add the page's origin to MESHWEAVE_ALLOWED_ORIGINS.",
            )
        return Identified(caller, caller.name, partial(self._session_holds, cookie))

    async def _session_holds(self, cookie: str) -> bool:
        return await self._sessions.caller(cookie) is not None

    @staticmethod
    async def _checked(reading: Awaitable[Caller | None]) -> Caller | None:
        """Raises `HTTPFailure` 503 while the token list cannot be read."""
        try:
            return await reading
        except (MeshError, TimeoutError) as error:
            message = "The database cannot be reached at the moment, which knows the issued tokens: try again."
            raise HTTPFailure(503, "UNAVAILABLE", message, {"retry-after": "5"}) from error

    async def by_token(self, token: str) -> Identified:
        caller = await self._checked(self._tokens.caller(token)) if token else None
        if caller is None:
            raise HTTPFailure(401, "UNAUTHENTICATED", f"The token is not valid here, or no longer: {HELP}", CHALLENGE)
        return Identified(caller, caller.name, partial(self._tokens.holds, digest_of(token)))

    def admit(self, identified: Identified) -> None:
        """Raises `HTTPFailure` 401 where callers without a token may not even read."""
        if identified.caller.anonymous and not self._anonymous_reads:
            raise HTTPFailure(
                401,
                "UNAUTHENTICATED",
                f"This server asks for a token: send `Authorization: Bearer <token>`; {HELP}",
                CHALLENGE,
            )


def bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPFailure(401, "UNAUTHENTICATED", "Only `Authorization: Bearer <token>` is understood.", CHALLENGE)
    return token.strip()


def session_cookie(headers: Mapping[str, str], secure: bool, prefix: str = "") -> str | None:
    """The value of this server's session cookie among those of others. Of several with its name it is the first:
    browsers begin with that of the longest path, and another service may have the host's root."""
    cookie_header = headers.get("cookie")
    if not cookie_header:
        return None
    name = cookie_name(headers, secure, prefix)
    values = (cookie_parser(part).get(name) for part in cookie_header.split(";"))
    return next((value for value in values if value is not None), None)


def cookie_name(headers: Mapping[str, str], secure: bool, prefix: str = "") -> str:
    """Cookies are shared by all ports of a host: with the port in its name two instances keep out of each other's way.
    Under https its beginning has the browser refuse a cookie that a plain page tried to set or, where the service has
    the host for itself, another host."""
    port = headers.get("host", "").rpartition(":")[2]
    name = f"meshweave_{port}" if port.isascii() and port.isdigit() else "meshweave"
    if not secure:
        return name
    return f"__Secure-{name}" if prefix else f"__Host-{name}"
