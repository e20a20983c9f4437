"""A store that counts what it is asked."""

from typing import Any, LiteralString

from resolvers.store import Store


class CountingStore:
    """Passes reads on to the real store; `queries` are their texts, in order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.queries: list[str] = []

    async def read(self, query: LiteralString, /, **parameters: Any) -> Any:
        self.queries.append(query)
        return await self._store.read(query, **parameters)

    async def read_within(self, seconds: float, query: LiteralString, /, **parameters: Any) -> Any:
        self.queries.append(query)
        return await self._store.read_within(seconds, query, **parameters)

    async def write(self, work: Any) -> Any:
        return await self._store.write(work)
