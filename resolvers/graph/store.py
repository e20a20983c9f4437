"""The `Store` protocol: what resolvers need of a graph database. `graph_api.neo4j.store` implements it."""

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
    """The database rejected a query, or a value that it read; the message is the database's. Raised for queries that
    users wrote. One of ours that fails so is a bug.
    """


class Store(Protocol):
    """The graph as one request sees it. Reads include what the caller wrote before (bookmarks)."""

    @property
    def bookmarks(self) -> tuple[str, ...]:
        """The writes that reads are certain to see. Stores with equal bookmarks may share results."""
        ...

    async def read(self, query: LiteralString, /, **parameters: Any) -> Any:
        """The first column of the one record that `query` returns, in read access mode (a follower may answer);
        None when it returns no record. Raises `StoreError`. Make `query` one-record: `RETURN collect([...])`."""
        ...

    async def read_within(self, seconds: float, query: LiteralString, /, **parameters: Any) -> Any:
        """Like `read`, with a time limit in seconds. Past it, raises `StoreError` with code `TIMEOUT`."""
        ...

    async def read_latest(self, query: LiteralString, /, **parameters: Any) -> Any:
        """Like `read`, but from the leader: includes everything committed. A follower may be behind."""
        ...

    async def explain(self, query: LiteralString, /, **parameters: Any) -> Explained:
        """Plans `query` and runs nothing. Raises `NotUnderstood`, `StoreError`."""
        ...

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Runs `work` in one write transaction and again from its start on retryable errors (deadlock, leader switch),
        so `work` has no side effect outside the transaction. Raise `Rollback(value)` to undo and still return."""
        ...


class Rollback(Exception):
    """Raised inside the work of `write`: the transaction is rolled back, and `write` returns `value`."""

    def __init__(self, value: Any) -> None:
        super().__init__("rolled back")
        self.value = value
