"""Runs long work in portions, so that other requests are answered in between.

The work is a generator that yields between portions. `at_once` runs it without a break, for work on few products.
`giving_way` lets other tasks run at each yield, for work that may concern the whole mesh.
"""

from asyncio import sleep
from collections.abc import Callable, Generator, Sequence
from typing import Protocol, TypeVar

PORTION = 1_000  # items, a few milliseconds of work

T = TypeVar("T")
R = TypeVar("R")
T_co = TypeVar("T_co", covariant=True)
Steps = Generator[None, None, R]


class Sliceable(Protocol[T_co]):
    """A list, a tuple or `Columns`."""

    def __len__(self) -> int: ...
    def __getitem__(self, place: slice, /) -> Sequence[T_co]: ...


def portions_of(items: Sliceable[T]) -> Generator[Sequence[T] | None]:
    """The portions of `items`, with None in between: the places to pause. Few items are one portion."""
    for start in range(0, len(items), PORTION):
        if start:
            yield None
        yield items[start : start + PORTION]


def each(work: Callable[[Sequence[T]], object], items: Sliceable[T]) -> Steps[None]:
    """Calls `work` with each portion of `items`."""
    for portion in portions_of(items):
        if portion is None:
            yield
        else:
            work(portion)


def mapped(work: Callable[[Sequence[T]], list[R]], items: Sliceable[T]) -> Steps[list[R]]:
    """What `work` makes of each portion of `items`, in one list."""
    made: list[R] = []
    yield from each(lambda portion: made.extend(work(portion)), items)
    return made


def pause(items: Sliceable[object]) -> Steps[None]:
    """A pause behind work that took one step for `items`, if they are many."""
    if len(items) > PORTION:
        yield


def at_once(steps: Steps[R]) -> R:
    """Runs all portions without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


async def giving_way(steps: Steps[R]) -> R:
    """Runs the portions and lets other tasks run in between."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        await sleep(0)
