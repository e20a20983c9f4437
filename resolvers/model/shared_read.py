"""A memoised awaitable."""

from asyncio import Future, get_running_loop
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Called, it gives what `read` gives and raises; whoever asks first reads, and the others wait for that.

    No task reads for them all: most are asked by one alone, whom it would cost a turn of the event loop.
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
            future.exception()  # known, whether others ask or not
            raise
        except BaseException:
            future.cancel()
            raise
        future.set_result(value)
        return value
