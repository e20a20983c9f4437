"""Time limits for what hardly ever meets them.

`asyncio.timeout` sets a timer of the event loop and clears it again, each time, and a request needs three: one for its
body, one for itself, one for each read. All limits of a loop share one timer here, which looks after them every `GRAIN`
seconds while there are any. So what is too slow ends up to that much later than its limit says.
"""

import asyncio
from types import TracebackType

GRAIN = 0.1


class Watch:
    """Ends the limits of one loop that are over."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.open: set[within] = set()
        self.looks = False

    def begin(self, limit: "within") -> None:
        self.open.add(limit)
        if not self.looks:
            self._look_later()

    def end(self, limit: "within") -> None:
        self.open.discard(limit)

    def _look_later(self) -> None:
        self.looks = True
        self.loop.call_later(GRAIN, self._look)

    def _look(self) -> None:
        now = self.loop.time()
        for limit in [limit for limit in self.open if limit.due <= now]:
            self.open.discard(limit)  # cancelled once, however long its task takes to end
            limit.expire()
        self.looks = False
        if self.open:
            self._look_later()


class within:
    """`with within(seconds):` around what a task awaits, for `async with asyncio.timeout(seconds):`.

    Raises:
        TimeoutError: it took longer, and was cancelled.
    """

    __slots__ = ("_cancelling", "_expired", "_task", "_watch", "due")

    def __init__(self, seconds: float) -> None:
        self._watch = watch()
        self.due = self._watch.loop.time() + seconds
        self._expired = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit needs a task that it can cancel")
        self._task = task
        self._cancelling = task.cancelling()
        self._watch.begin(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._watch.end(self)
        # Who was cancelled from elsewhere as well stays so, as with `asyncio.timeout`.
        if self._expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        self._expired = True
        self._task.cancel()


_latest: Watch | None = None


def watch() -> Watch:
    """That of the running loop. A process has one loop; with several that take turns a limit stays with its own."""
    global _latest
    loop, found = asyncio.get_running_loop(), _latest
    if found is None or found.loop is not loop:
        found = _latest = Watch(loop)
    return found
