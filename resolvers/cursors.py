"""Opaque cursors: where a page ended, bound to the list and order it came from.

A cursor is not a secret and grants nothing: what it holds goes into Cypher as a parameter only. The binding is there
for the honest client that pages one list with the cursor of another.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Any

import orjson

from resolvers.errors import UserErrorCode, UserFault

MAX_LENGTH = 2000


def scope_of(kind: str, *parts: Any) -> str:
    """A short name of the list `kind` with these arguments (all but `first` and `after`)."""
    return blake2b(repr((kind, *parts)).encode("utf-8", "replace"), digest_size=6).hexdigest()


def encode(scope: str, key: list[Any]) -> str:
    return urlsafe_b64encode(orjson.dumps([scope, *key])).decode().rstrip("=")


def decode(cursor: str | None, scope: str, *shape: type) -> list[Any] | None:
    """The key in `cursor`, of the types `shape`; raises `UserFault` when it is no cursor of this list and order."""
    if cursor is None:
        return None
    found = _parse(cursor)
    if not found or found[0] != scope or [type(part) for part in found[1:]] != list(shape):
        raise UserFault(
            UserErrorCode.INVALID_INPUT,
            "`after` is no cursor of this list: use `pageInfo.endCursor` of the same field with the same arguments.",
            ("after",),
        )
    return found[1:]


def _parse(cursor: str) -> list[Any] | None:
    if len(cursor) > MAX_LENGTH:
        return None
    try:
        found = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        return None
    return found if isinstance(found, list) else None
