"""A loader of records by key, for one request."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Generic, TypeVar

from aiodataloader import DataLoader

T = TypeVar("T")

Read = Callable[[list[str]], Awaitable[Sequence[T]]]


class KeyedLoader(Generic[T]):
    """Reads each key once. `T` includes None where a key may name nothing.

    `known` holds records by key that were read along with something else. `coalesced` says that `read` gathers the keys
    of several requests, so that a single key need not wait for the request's own batch.
    """

    def __init__(self, read: Read[T], known: dict[str, T], coalesced: bool) -> None:
        self.known = known
        self._read = read
        self._coalesced = coalesced

    @cached_property
    def _batches(self) -> DataLoader[str, T]:
        return DataLoader(self._read)  # type: ignore[arg-type]

    async def load(self, key: str) -> T:
        """The record of `key`, read together with the other keys that the request asks for in this tick."""
        return await self._batches.load(key)

    async def load_many(self, keys: Sequence[str]) -> list[T]:
        return await self._batches.load_many(list(keys))

    async def many(self, keys: Sequence[str]) -> dict[str, T]:
        """The records of distinct `keys` that there are, read at once, without a future for each."""
        missing = [key for key in keys if key not in self.known]
        if missing:
            records = await self._read(missing)
            records_by_key = zip(missing, records, strict=True)
            self.known.update(
                (pair for pair in records_by_key if pair[1] is not None) if None in records else records_by_key
            )
        return self.known

    async def one(self, key: str) -> T | None:
        """The record of a key that an argument of the operation names."""
        if not self._coalesced:
            return await self.load(key)
        return (await self.many([key])).get(key)

    def prime(self, key: str, record: T) -> None:
        """Makes `record` the answer for `key`."""
        self.known[key] = record
        self._batches.prime(key, record)
