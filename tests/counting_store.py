"""A store that counts what it is asked."""

from typing import Any, LiteralString

from resolvers.graph.store import Store, Transaction


class CountingStore:
    """Passes reads and writes on to the real store; `queries` are the texts of reads, `statements` those of writes, in
    order. `transactions` counts how often a write began, anew as well."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.queries: list[str] = []
        self.statements: list[str] = []
        self.transactions = 0

    @property
    def bookmarks(self) -> tuple[str, ...]:
        return self._store.bookmarks

    async def read(self, query: LiteralString, /, **parameters: Any) -> Any:
        self.queries.append(query)
        return await self._store.read(query, **parameters)

    async def read_within(self, seconds: float, query: LiteralString, /, **parameters: Any) -> Any:
        self.queries.append(query)
        return await self._store.read_within(seconds, query, **parameters)

    async def read_latest(self, query: LiteralString, /, **parameters: Any) -> Any:
        self.queries.append(query)
        return await self._store.read_latest(query, **parameters)

    async def write(self, work: Any) -> Any:
        async def counted(tx: Transaction) -> Any:
            self.transactions += 1
            return await work(CountingTransaction(tx, self.statements))

        return await self._store.write(counted)


class CountingTransaction:
    def __init__(self, tx: Transaction, statements: list[str]) -> None:
        self._tx = tx
        self._statements = statements

    async def run(self, query: LiteralString, /, **parameters: Any) -> Any:
        self._statements.append(query)
        return await self._tx.run(query, **parameters)
