"""Coalesces reads by key: requests that arrive in the same event-loop tick share one query.

An idle process has one request per tick, which runs its query itself. Under load each tick brings several requests,
and the cost of a query is divided among them.
"""

from asyncio import Future, Task, get_running_loop, sleep
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeVar

from resolvers.graph.store import Store

T = TypeVar("T")

# Requests for more keys are not coalesced: the fixed cost of a query hardly matters to them.
FEW = 20
MOST = 500  # keys of one query

Read = Callable[..., Awaitable[list[Any]]]  # (store, keys, *arguments) -> records aligned with the keys


class PendingRead(NamedTuple):
    keys: Sequence[str]
    result: Future[list[Any]]


class ReadCoalescer:
    """One per process. Requests share a query only if their callers have seen the same writes (`Store.bookmarks`)."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, list[PendingRead]] = {}
        self._tasks: set[Task[None]] = set()

    async def read(self, read: Read, store: Store, keys: Sequence[str], *arguments: Hashable) -> list[Any]:
        """Returns and raises what `read(store, keys, *arguments)` does."""
        if len(keys) > FEW:
            return await read(store, keys, *arguments)
        group = (read, arguments, store.bookmarks)
        if group not in self._waiting:
            return await self._first(group, store, keys)
        pending = PendingRead(keys, get_running_loop().create_future())
        self._waiting[group].append(pending)
        return await pending.result

    async def _first(self, group: Any, store: Store, keys: Sequence[str]) -> list[Any]:
        """A single request runs the query itself. If others joined in the same event-loop tick, background tasks run
        it, so that cancelling one request does not fail the rest.
        """
        read, arguments, _ = group
        others = self._waiting[group] = []
        try:
            await sleep(0)
        except BaseException:  # cancelled or closed
            self._start(read, store, others, arguments)
            raise
        finally:
            del self._waiting[group]
        if not others:
            return await read(store, keys, *arguments)
        pending = PendingRead(keys, get_running_loop().create_future())
        self._start(read, store, [pending, *others], arguments)
        return await pending.result

    def _start(self, read: Read, store: Store, waiting: Sequence[PendingRead], arguments: tuple[Hashable, ...]) -> None:
        for start in range(0, len(waiting), MOST // FEW):
            task = get_running_loop().create_task(answer(read, store, waiting[start : start + MOST // FEW], arguments))
            self._tasks.add(task)  # the event loop holds tasks weakly
            task.add_done_callback(self._tasks.discard)


async def answer(read: Read, store: Store, waiting: Sequence[PendingRead], arguments: tuple[Hashable, ...]) -> None:
    """Runs the query and resolves every future. A cancelled request does not keep the others from their result."""
    try:
        keys = list(dict.fromkeys(key for pending in waiting for key in pending.keys))
        values = dict(zip(keys, await read(store, keys, *arguments), strict=True))
        for pending in waiting:
            resolve(pending.result, [values[key] for key in pending.keys])
    except BaseException as error:
        for pending in waiting:
            if not pending.result.done():
                pending.result.set_exception(error)
        if not isinstance(error, Exception):
            raise


def resolve(future: Future[list[Any]], records: list[Any]) -> None:
    if not future.done():
        future.set_result(records)
