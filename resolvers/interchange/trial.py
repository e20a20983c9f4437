"""Dry run of an import: all its writes are judged in one transaction that is rolled back."""

from collections.abc import Awaitable, Callable
from typing import Any, LiteralString, TypeVar

from resolvers.graph.store import Explained, Rollback, Store, Transaction
from resolvers.model.errors import StoreError
from resolvers.writes.pipeline import Outcome

T = TypeVar("T")
# How often the neighbourhood of a write may turn out to be another than expected, or documents be left out.
ATTEMPTS = 1_000


class StartAgain(Exception):
    """What was written so far cannot be undone by itself: roll all of it back and begin anew."""


class TrialStore:
    """A store whose reads and writes all happen in `transaction`: what would be kept is seen by those after it."""

    def __init__(self, store: Store, transaction: Transaction) -> None:
        self._store = store
        self._transaction = transaction

    @property
    def bookmarks(self) -> tuple[str, ...]:
        return self._store.bookmarks

    async def read(self, query: LiteralString, /, **parameters: Any) -> Any:
        return await self._transaction.run(query, **parameters)

    async def read_latest(self, query: LiteralString, /, **parameters: Any) -> Any:
        return await self._transaction.run(query, **parameters)

    async def read_within(self, seconds: float, query: LiteralString, /, **parameters: Any) -> Any:
        return await self._store.read_within(seconds, query, **parameters)

    async def explain(self, query: LiteralString, /, **parameters: Any) -> Explained:
        return await self._store.explain(query, **parameters)

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """`work` is a dry run, or one that is refused: what it wrote stays until the end of the trial."""
        try:
            return await work(self._transaction)
        except Rollback as rollback:
            if isinstance(rollback.value, Outcome):
                return rollback.value  # type: ignore[return-value]
            raise StartAgain from None


async def tried(store: Store, run: Callable[[Store], Awaitable[T]]) -> T:
    """What `run` returns of a mesh that is left as it was. Raises what `run` raises, and `StoreError`."""

    async def attempt(tx: Transaction) -> T:
        raise Rollback(await run(TrialStore(store, tx)))

    for _ in range(ATTEMPTS):
        try:
            return await store.write(attempt)
        except StartAgain:
            continue
    raise StoreError("The mesh kept changing under the dry run: run it again.", "CONTENTION")
