"""Reads by key that several requests ask for in the same turn of the event loop, made as one.

A turn is what happens between two looks at the network. An idle process has one request in it, which then waits for
nobody. The busier it is, the more requests each look brings, and the fewer queries each of them costs.
"""

from asyncio import Future, Task, get_running_loop, sleep
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeVar

from resolvers.graph.store import Store

T = TypeVar("T")

# Whoever asks for more keys reads alone: what many share is the cost of a query, which they hardly notice.
FEW = 20
MOST = 500  # keys of one query

Read = Callable[..., Awaitable[list[Any]]]  # (store, keys, *given) -> what was found, aligned with the keys


class Asked(NamedTuple):
    keys: Sequence[str]
    found: Future[list[Any]]


class Turns:
    """One a process. Requests share an answer only if their callers have seen the same writes (`Store.bookmarks`)."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, list[Asked]] = {}
        self._tasks: set[Task[None]] = set()

    async def read(self, read: Read, store: Store, keys: Sequence[str], *given: Hashable) -> list[Any]:
        """What `read(store, keys, *given)` returns and raises."""
        if len(keys) > FEW:
            return await read(store, keys, *given)
        line = (read, given, store.bookmarks)
        if line not in self._waiting:
            return await self._first(line, store, keys)
        asked = Asked(keys, get_running_loop().create_future())
        self._waiting[line].append(asked)
        return await asked.found

    async def _first(self, line: Any, store: Store, keys: Sequence[str]) -> list[Any]:
        """Who is alone until the turn ends reads by itself; with others, tasks read for all, since each may leave."""
        read, given, _ = line
        others = self._waiting[line] = []
        try:
            await sleep(0)
        except BaseException:  # it was cancelled, or is thrown away
            self._start(read, store, others, given)
            raise
        finally:
            del self._waiting[line]
        if not others:
            return await read(store, keys, *given)
        asked = Asked(keys, get_running_loop().create_future())
        self._start(read, store, [asked, *others], given)
        return await asked.found

    def _start(self, read: Read, store: Store, waiting: Sequence[Asked], given: tuple[Hashable, ...]) -> None:
        for start in range(0, len(waiting), MOST // FEW):
            task = get_running_loop().create_task(answer(read, store, waiting[start : start + MOST // FEW], given))
            self._tasks.add(task)  # the loop itself holds tasks weakly
            task.add_done_callback(self._tasks.discard)


async def answer(read: Read, store: Store, waiting: Sequence[Asked], given: tuple[Hashable, ...]) -> None:
    """One who no longer waits, since its request was cancelled, keeps nobody else from an answer."""
    try:
        keys = list(dict.fromkeys(key for asked in waiting for key in asked.keys))
        found = dict(zip(keys, await read(store, keys, *given), strict=True))
        for asked in waiting:
            tell(asked.found, [found[key] for key in asked.keys])
    except BaseException as error:
        for asked in waiting:
            if not asked.found.done():
                asked.found.set_exception(error)
        if not isinstance(error, Exception):
            raise


def tell(future: Future[list[Any]], found: list[Any]) -> None:
    if not future.done():
        future.set_result(found)
