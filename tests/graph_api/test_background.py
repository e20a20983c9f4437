"""Background jobs: again and again, past failures, and gone at once when the server stops."""

import asyncio
from contextlib import suppress
from types import SimpleNamespace

from graph_api.background import Job, repeat, repeating
from resolvers.model.errors import StoreError


async def test_a_job_goes_on_after_a_failure(caplog):
    turns = []
    enough = asyncio.Event()

    async def turn():
        turns.append(len(turns))
        if len(turns) == 1:
            raise RuntimeError("broken for once")
        if len(turns) == 3:
            enough.set()

    async with repeating(Job("try", turn, 0.001)):
        await asyncio.wait_for(enough.wait(), 30)
    assert turns[:3] == [0, 1, 2]
    assert [record.getMessage() for record in caplog.records] == ["try: broken for once"]
    stopped = len(turns)
    await asyncio.sleep(0.05)
    assert len(turns) == stopped


async def test_a_trace_is_logged_for_a_fault_of_ours_alone(caplog):
    failures = [StoreError("The database is unavailable: try again."), RuntimeError("broken")]
    enough = asyncio.Event()

    async def turn():
        if failures:
            raise failures.pop(0)
        enough.set()

    for _ in range(2):
        failure = str(failures[0])
        async with repeating(Job("try", turn, 0.001)):
            async with asyncio.timeout(30):
                while not [record for record in caplog.records if failure in record.getMessage()]:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
    traced = {record.getMessage(): bool(record.exc_info) for record in caplog.records}
    assert traced == {"try: The database is unavailable: try again.": False, "try: broken": True}


async def test_a_turn_under_way_is_broken_off():
    began, ended = asyncio.Event(), []

    async def turn():
        began.set()
        try:
            await asyncio.sleep(3_600)
        finally:
            ended.append("cancelled")

    async with repeating(Job("long", turn, 1)):
        await began.wait()
    assert ended == ["cancelled"]


async def test_failures_wait_longer_and_longer(monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr("graph_api.background.random.uniform", lambda low, high: 1.0)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 9:
            raise asyncio.CancelledError

    async def turn():
        if len(waits) < 7:
            raise RuntimeError

    # Of that module alone: whoever else sleeps in this loop would never wake up.
    monkeypatch.setattr("graph_api.background.asyncio", SimpleNamespace(sleep=sleep))
    with suppress(asyncio.CancelledError):
        await repeat(Job("fails", turn, 1.0))
    assert waits == [2, 4, 8, 16, 32, 60, 60, 1, 1]
