"""What resolvers need of a graph database. `graph_api.neo4j.store` implements it; nothing here knows the driver."""

from collections.abc import Awaitable, Callable
from typing import Any, LiteralString, NamedTuple, Protocol, TypeVar

from resolvers.model.errors import MeshError

T = TypeVar("T")


class Transaction(Protocol):
    """An open write transaction. It commits when the work returns and rolls back when it raises."""

    async def run(self, query: LiteralString, /, **parameters: Any) -> Any:
        """The first column of the one record that `query` returns; None when it returns no record.
        Raises `AlreadyThere` when a uniqueness constraint refuses."""
        ...


class Explained(NamedTuple):
    """What the database says of a query without running it. `query_type` is r, w, rw or s; `operators` are those of its
    plan, without where they run; `reads` what the database says of each, e.g. ("NodeByLabelScan", "p:DataProduct")."""

    query_type: str
    operators: frozenset[str]
    columns: tuple[str, ...]
    reads: tuple[tuple[str, str], ...] = ()


class NotUnderstood(MeshError):
    """The database cannot make sense of a query, or of a value it met in it; the message is its own. For queries that
    others wrote; one of ours that fails so is a bug."""


class Store(Protocol):
    """The graph, as one request sees it: it reads what its caller wrote before (bookmarks)."""

    @property
    def bookmarks(self) -> tuple[str, ...]:
        """What reads are sure to see. Stores with the same bookmarks may answer for each other."""
        ...

    async def read(self, query: LiteralString, /, **parameters: Any) -> Any:
        """The first column of the one record that `query` returns, in read access mode (a follower may answer);
        None when it returns no record. Raises `StoreError`. Make `query` one-record: `RETURN collect([...])`."""
        ...

    async def read_within(self, seconds: float, query: LiteralString, /, **parameters: Any) -> Any:
        """Like `read`, but the database ends the query after `seconds`: `StoreError` with code `TIMEOUT`."""
        ...

    async def read_latest(self, query: LiteralString, /, **parameters: Any) -> Any:
        """Like `read`, but from where writes go: it sees all that was committed, whoever did. A follower may not have
        heard of it yet."""
        ...

    async def explain(self, query: LiteralString, /, **parameters: Any) -> Explained:
        """Plans `query` and runs nothing. Raises `NotUnderstood`, `StoreError`."""
        ...

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Runs `work` in one write transaction and again from its start on retryable errors (deadlock, leader switch),
        so `work` has no side effect outside the transaction. Raise `Rollback(value)` to undo and still return."""
        ...


class Rollback(Exception):
    """Raised inside `write`'s work: nothing is kept, and `write` returns `value`."""

    def __init__(self, value: Any) -> None:
        super().__init__("rolled back")
        self.value = value
