"""Browser sessions: a signed cookie that every replica with the same tokens accepts and none stores.

The cookie is `name.expiry.id.signature`. Its signature is made with the token it was opened with: revoking or changing
the token ends the session everywhere, and so does signing out, which the graph remembers.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from time import time

from graph_api.auth.tokens import Tokens
from resolvers.model import clock
from resolvers.model.access import Caller


class Sessions:
    """One for each app."""

    def __init__(self, tokens: Tokens, hours: int) -> None:
        self._tokens = tokens
        self.seconds = hours * 3600

    async def open(self, token: str) -> str | None:
        """The cookie's value; None when `token` is not valid."""
        caller = await self._tokens.caller(token)
        secret = await self._tokens.secret_of(caller.name) if caller else None
        if caller is None or secret is None:
            return None
        name = urlsafe_b64encode(caller.name.encode()).decode().rstrip("=")
        body = f"{name}.{int(time()) + self.seconds}.{secrets.token_urlsafe(12)}"
        return f"{body}.{sign(body, secret[1])}"

    async def caller(self, cookie: str) -> Caller | None:
        """Whose session it is; None when it is forged, over, signed out, or its token was revoked."""
        body, _, signature = cookie.rpartition(".")
        name, expiry, identifier = split(body)
        secret = await self._tokens.secret_of(name) if name else None
        if secret is None or not hmac.compare_digest(sign(body, secret[1]).encode(), signature.encode()):
            return None
        if int(expiry) <= time() or await self._tokens.has_ended(identifier):
            return None
        return secret[0]

    async def end(self, cookie: str) -> None:
        """Forgets a valid session; anything else has none to forget."""
        if await self.caller(cookie) is not None:
            _, expiry, identifier = split(cookie.rpartition(".")[0])
            await self._tokens.end(identifier, clock.to_text(datetime.fromtimestamp(int(expiry), UTC)))


def split(body: str) -> tuple[str, str, str]:
    """Name, expiry, id; the name is empty when `body` has another form."""
    parts = body.split(".")
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit():
        return "", "0", ""
    try:
        return urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode(), parts[1], parts[2]
    except ValueError:
        return "", "0", ""


def sign(body: str, secret: str) -> str:
    digest = hmac.new(f"meshweave session {secret}".encode(), body.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
