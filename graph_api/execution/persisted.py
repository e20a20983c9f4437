"""Query texts by their SHA-256: automatic persisted queries, and the trusted documents of a safelist.

A client that sends `extensions.persistedQuery.sha256Hash` without a text gets the kept text run, or an answer by which
it knows to send both. With a safelist only its texts run, whether they come by hash, by id or written out.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

SHA256 = re.compile(r"[0-9a-f]{64}")
CHARACTERS_PER_ENTRY = 4_000


class PersistedFault(Exception):
    """`code` and `message` are those that clients of the protocol know; `malformed` requests are 400."""

    def __init__(self, code: str, message: str, malformed: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.malformed = malformed


class PersistedQueries:
    """One for each app. `trusted` are texts by id or hash; None: any text runs."""

    def __init__(self, entries: int, trusted: Mapping[str, str] | None = None) -> None:
        self._entries = entries
        self._characters = entries * CHARACTERS_PER_ENTRY
        self._held = 0
        self._known: OrderedDict[str, str] = OrderedDict()
        self._trusted = trusted
        self._texts = frozenset(trusted.values()) if trusted is not None else None

    def text(self, query: str | None, digest: str | None) -> str:
        """The text to run of a request with `query`, `digest`, or both. Raises `PersistedFault`."""
        if query is not None and digest is not None and sha256(query.encode()).hexdigest() != digest:
            message = "provided sha does not match query"
            raise PersistedFault("PERSISTED_QUERY_HASH_MISMATCH", message, malformed=True)
        if self._trusted is not None and self._texts is not None:
            text = query if query is not None else self._trusted.get(digest or "")
            if text is None or text not in self._texts:
                raise PersistedFault(
                    "PERSISTED_QUERY_NOT_IN_LIST",
                    "This server runs only the operations of its safelist, and this operation is not among them.",
                )
            return text
        if query is not None:
            return query
        text = self._known.get(digest or "")
        if text is None:
            # Apollo's clients and gateways fall back on this very message.
            raise PersistedFault("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        self._known.move_to_end(digest or "")
        return text

    def keep(self, query: str, digest: str) -> None:
        """Keeps a text that came with its hash and may run."""
        if self._trusted is not None or digest in self._known:
            return
        self._known[digest] = query
        self._held += len(query)
        while len(self._known) > self._entries or self._held > self._characters:
            self._held -= len(self._known.popitem(last=False)[1])


def digest_in(extensions: Mapping[str, Any]) -> str | None:
    """The hash that the request's extensions give. Raises `PersistedFault` for one of another form."""
    extension = extensions.get("persistedQuery")
    if extension is None:
        return None
    digest = extension.get("sha256Hash") if isinstance(extension, dict) else None
    if not isinstance(extension, dict) or extension.get("version", 1) != 1 or not isinstance(digest, str):
        message = "`extensions.persistedQuery` is {version: 1, sha256Hash: <64 hex digits>}."
        raise PersistedFault("BAD_REQUEST", message, malformed=True)
    return digest.lower()


def read_safelist(path: Path) -> dict[str, str]:
    """Texts by id and by SHA-256, from a file or all `*.json` and `*.graphql` files of a folder.

    JSON is Apollo's manifest (`{"operations": [{"id", "body"}]}`) or an object of texts by id, as graphql-codegen and
    Relay write it; each `.graphql` file is one text. Raises ValueError for another form and for a list without any
    operation, OSError.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    texts: dict[str, str] = {}
    for file in files:
        if file.suffix == ".json":
            texts |= _manifest(file)
        elif file.suffix in (".graphql", ".gql"):
            texts[file.stem] = file.read_text()
        elif not path.is_dir():
            path.stat()  # or it is not there
            raise ValueError(f"{path} is neither a .json nor a .graphql file, nor a folder of them.")
    if not texts:
        raise ValueError(f"{path} holds no operation, so none could run.")
    return texts | {sha256(text.encode()).hexdigest(): text for text in texts.values()}


def _manifest(file: Path) -> dict[str, str]:
    content: Any = orjson.loads(file.read_bytes())
    if isinstance(content, dict) and isinstance(operations := content.get("operations"), list):
        content = {one.get("id"): one.get("body") for one in operations if isinstance(one, dict)}
    if not isinstance(content, dict) or not all(isinstance(part, str) for pair in content.items() for part in pair):
        raise ValueError(f"{file} is neither a manifest of persisted queries nor an object of texts by id.")
    return dict(content)
