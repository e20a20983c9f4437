"""Opaque cursors: where a page ended, bound to the list and order it came from.

A cursor is not a secret and grants nothing: what it holds goes into Cypher as a parameter only. The binding is there
for the honest client that pages one list with the cursor of another.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Any

import orjson

from resolvers.model.errors import UserErrorCode, UserFault

MAX_LENGTH = 2000


class ListScope:
    """The list `kind` with its arguments (all but `first` and `after`). `name` is short, and made when it is asked for:
    most lists are read without a cursor."""

    __slots__ = ("_kind", "_name", "_parts")

    def __init__(self, kind: str, *parts: Any) -> None:
        self._kind = kind
        self._parts = parts
        self._name: str | None = None

    @classmethod
    def named(cls, name: str) -> "ListScope":
        """The one list of this name."""
        scope = cls(name)
        scope._name = name
        return scope

    @property
    def name(self) -> str:
        if self._name is None:
            whole = repr((self._kind, *self._parts)).encode("utf-8", "replace")
            self._name = blake2b(whole, digest_size=6).hexdigest()
        return self._name


def encode(scope: ListScope, key: list[Any]) -> str:
    return urlsafe_b64encode(orjson.dumps([scope.name, *key])).decode().rstrip("=")


def decode(cursor: str | None, scope: ListScope, *shape: type) -> list[Any] | None:
    """The key in `cursor`, of the types `shape`; raises `UserFault` when it is not a cursor of this list and order."""
    if cursor is None:
        return None
    values = _parse(cursor)
    if not values or values[0] != scope.name or [type(part) for part in values[1:]] != list(shape):
        raise UserFault(
            UserErrorCode.INVALID_INPUT,
            "`after` is not a cursor of this list: use `pageInfo.endCursor` of the same field with the same arguments.",
            ("after",),
        )
    return values[1:]


def _parse(cursor: str) -> list[Any] | None:
    if len(cursor) > MAX_LENGTH:
        return None
    try:
        values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        return None
    return values if isinstance(values, list) else None
