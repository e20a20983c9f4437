"""Gives each request a store that includes its caller's earlier writes.

The response to a write carries the database's bookmarks. A client that sends them with a later request reads that
write from any replica and follower. Writes of signed-in callers through this replica are also remembered here, for
browsers.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from graph_api.auth.callers import Identified
from graph_api.http.exchange import Exchange
from graph_api.http.failure import HTTPFailure
from graph_api.neo4j.store import Neo4jStore

HEADER = "x-meshweave-bookmarks"
EXTENSION = "bookmarks"
MAX_BOOKMARKS = 20
MAX_LENGTH = 1_000
CALLERS = 10_000
NOTHING: Mapping[str, Any] = {}

OpenStore = Callable[[tuple[str, ...]], Neo4jStore]


class Stores:
    """One per app. `open_store` makes a store that includes the writes of the given bookmarks."""

    def __init__(self, open_store: OpenStore) -> None:
        self._open = open_store
        self._last: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def open(self, identified: Identified, exchange: Exchange, extensions: Mapping[str, Any] = NOTHING) -> Neo4jStore:
        """Raises `HTTPFailure` for malformed bookmarks."""
        key = identified.key
        bookmarks = self._last.get(key, ()) if key is not None else ()
        given = (*bookmarks, *from_header(exchange.headers), *from_extension(extensions))
        store = self._open(tuple(dict.fromkeys(given)))
        store.requester = requester(identified, exchange)
        return store

    def remember(self, key: str | None, store: Neo4jStore, before: tuple[str, ...]) -> bool:
        """Whether the request wrote anything; if so its caller's next one shall see it."""
        if store.bookmarks == before:
            return False
        if key is not None:
            self._last[key] = store.bookmarks
            self._last.move_to_end(key)
            while len(self._last) > CALLERS:
                self._last.popitem(last=False)
        return True


def requester(identified: Identified, exchange: Exchange) -> Hashable:
    """Whose share of the process a request takes: a caller's, or that of an address for anonymous ones."""
    return identified.key if identified.key is not None else ("anonymous", exchange.address)


def from_header(headers: Mapping[str, str]) -> tuple[str, ...]:
    header = headers.get(HEADER)
    return checked([part.strip() for part in header.split(",") if part.strip()]) if header else ()


def from_extension(extensions: Mapping[str, Any]) -> tuple[str, ...]:
    header = extensions.get(EXTENSION)
    if header is None:
        return ()
    if not isinstance(header, list) or not all(isinstance(bookmark, str) for bookmark in header):
        raise HTTPFailure(400, "BAD_REQUEST", f"`extensions.{EXTENSION}` must be a list of strings.")
    return checked(header)


def checked(bookmarks: list[str]) -> tuple[str, ...]:
    if len(bookmarks) > MAX_BOOKMARKS or any(len(b) > MAX_LENGTH or not b.isascii() for b in bookmarks):
        raise HTTPFailure(
            400, "BAD_REQUEST", f"Bookmarks are at most {MAX_BOOKMARKS} ASCII texts of {MAX_LENGTH} characters each."
        )
    return tuple(bookmarks)
