"""The watcher of the log's end outlives whatever goes wrong, and tells who listens when that takes too long."""

import asyncio
from typing import Any

import pytest

from resolvers.audit import stream
from resolvers.audit.stream import Tail
from resolvers.model.errors import StoreError


class Failing:
    """A store whose reads raise these, one after the other, and then answer."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)

    async def read(self, *_: Any, **__: Any) -> int:
        if self._failures:
            raise self._failures.pop(0)
        return 7


@pytest.mark.parametrize(
    "failure", [StoreError("away"), RuntimeError("closed"), ValueError("x"), KeyError("x"), TypeError("x"), OSError()]
)
async def test_the_watcher_goes_on_after_any_exception(failure: Exception) -> None:
    tail = Tail(Failing(failure, failure), 0.001)  # type: ignore[arg-type]
    async with tail.listening(), asyncio.timeout(10):
        assert await tail.beyond(3) == 7


async def test_who_listens_is_told_when_the_log_cannot_be_read_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "GIVE_UP_SECONDS", 0.01)
    tail = Tail(Failing(*[RuntimeError("closed")] * 50), 0.001)  # type: ignore[arg-type]
    async with tail.listening(), asyncio.timeout(10):
        with pytest.raises(StoreError, match="cannot be read"):
            await tail.beyond(3)
