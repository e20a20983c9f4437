"""A memoised awaitable."""

from asyncio import Future, get_running_loop
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedRead(Generic[T]):
    """Calls `read` once; every call returns its value or raises its exception.

    The first caller runs `read` itself, since a task of its own would cost a turn of the event loop.
    """

    __slots__ = ("_found", "_read")

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._found: Future[T] | None = None

    async def __call__(self) -> T:
        if self._found is not None:
            return await self._found
        self._found = future = get_running_loop().create_future()
        try:
            value = await self._read()
        except Exception as error:
            future.set_exception(error)
            future.exception()  # retrieved, so that asyncio logs nothing when no other caller awaits it
            raise
        except BaseException:
            future.cancel()
            raise
        future.set_result(value)
        return value
