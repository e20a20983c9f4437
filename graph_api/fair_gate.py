"""Limits how many operations run at once, and shares the places fairly among callers."""

from asyncio import Future, get_running_loop
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import NamedTuple


class GateStatistics(NamedTuple):
    running: int
    waiting: int
    places: int


class FairGate:
    """At most `places` run at once, at most `share` of them with one key. The keys that wait are served in turn, so one
    that asks for much delays itself more than others."""

    def __init__(self, places: int, share: int) -> None:
        self._places = places
        self._share = share
        self._running = 0
        self._held: Counter[Hashable] = Counter()
        self._waiting: OrderedDict[Hashable, deque[Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def place(self, key: Hashable) -> AsyncIterator[None]:
        """Waits for a place, and holds it while the block runs."""
        if not self.take(key):
            await self.wait(key)
        try:
            yield
        finally:
            self.leave(key)

    def take(self, key: Hashable) -> bool:
        """Takes a place if one is free for `key` and nobody with that key waits. End it with `leave`."""
        if self._running >= self._places or self._held[key] >= self._share or key in self._waiting:
            return False
        self._running += 1
        self._held[key] += 1
        return True

    async def wait(self, key: Hashable) -> None:
        """Waits for a place and takes it."""
        turn: Future[None] = get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # the place was given just as this request was cancelled
                self.leave(key)
            else:
                self._forget(key, turn)
            raise

    def leave(self, key: Hashable) -> None:
        self._running -= 1
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]
        self._admit()

    def waiting(self, key: Hashable) -> int:
        """How many wait with this key."""
        return len(self._waiting.get(key, ()))

    def statistics(self) -> GateStatistics:
        return GateStatistics(self._running, sum(map(len, self._waiting.values())), self._places)

    def _admit(self) -> None:
        while self._running < self._places:
            key = next((key for key in self._waiting if self._held[key] < self._share), None)
            if key is None:
                return
            turn = self._waiting[key].popleft()
            if self._waiting[key]:
                self._waiting.move_to_end(key)
            else:
                del self._waiting[key]
            if not turn.done():
                self._running += 1
                self._held[key] += 1
                turn.set_result(None)

    def _forget(self, key: Hashable, turn: Future[None]) -> None:
        turns = self._waiting.get(key)
        if turns is None or turn not in turns:
            return
        turns.remove(turn)
        if not turns:
            del self._waiting[key]
