import asyncio
import gc
from typing import Any

import pytest

from resolvers.model.shared_read import SharedRead


class Reading:
    """Counts how often it is asked, and ends when told to."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.asked = 0
        self.ready = asyncio.Event()

    async def __call__(self) -> Any:
        self.asked += 1
        await self.ready.wait()
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


async def test_all_who_ask_get_what_was_read_once() -> None:
    reading = Reading(["a"])
    once = SharedRead(reading)
    asking = [asyncio.create_task(once()) for _ in range(3)]
    await asyncio.sleep(0)
    reading.ready.set()
    found = [*await asyncio.gather(*asking), await once()]
    assert found == [["a"]] * 4
    assert all(one is reading.result for one in found)
    assert reading.asked == 1


async def test_nothing_is_read_before_somebody_asks() -> None:
    reading = Reading(1)
    SharedRead(reading)
    await asyncio.sleep(0)
    assert reading.asked == 0


async def test_all_who_ask_get_what_it_raised() -> None:
    reading = Reading(ValueError("no"))
    reading.ready.set()
    once = SharedRead(reading)
    found = [*await asyncio.gather(once(), once(), return_exceptions=True)]
    with pytest.raises(ValueError, match="no"):
        await once()
    assert found == [reading.result] * 2
    assert reading.asked == 1


async def test_what_it_raised_is_told_to_the_one_who_asked_and_to_nobody_else() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    reading = Reading(ValueError("no"))
    reading.ready.set()
    with pytest.raises(ValueError, match="no"):
        await SharedRead(reading)()
    gc.collect()
    await asyncio.sleep(0)
    assert told == []


async def test_who_waits_for_one_that_was_cancelled_is_so_too() -> None:
    reading = Reading(1)
    once = SharedRead(reading)
    first, second = asyncio.create_task(once()), asyncio.create_task(once())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first, second])
    assert (first.cancelled(), second.cancelled()) == (True, True)
    assert reading.asked == 1
