import asyncio
from time import monotonic

import pytest

from graph_api import deadline
from graph_api.deadline import within

BRIEF, LONG = 0.05, 30.0


@pytest.fixture(autouse=True)
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "GRAIN", 0.01)


async def sleep_within(seconds: float) -> None:
    with within(seconds):
        await asyncio.sleep(LONG)


async def test_what_is_in_time_is_left_alone() -> None:
    with within(BRIEF):
        await asyncio.sleep(0)
    await asyncio.sleep(2 * BRIEF)  # nor is it afterwards
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_is_not_is_ended() -> None:
    began = monotonic()
    with pytest.raises(TimeoutError):
        await sleep_within(BRIEF)
    assert BRIEF <= monotonic() - began < LONG / 2
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@pytest.mark.parametrize(("outer", "inner", "ends"), [(BRIEF, LONG, "outer"), (LONG, BRIEF, "inner")])
async def test_the_shorter_of_two_ends_what_is_its_own(outer: float, inner: float, ends: str) -> None:
    ended = []
    try:
        with within(outer):
            try:
                await sleep_within(inner)
            except TimeoutError:
                ended.append("inner")
    except TimeoutError:
        ended.append("outer")
    assert ended == [ends]


async def test_who_is_cancelled_from_elsewhere_stays_so() -> None:
    task = asyncio.create_task(sleep_within(LONG))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_who_is_cancelled_from_elsewhere_as_well_stays_so() -> None:
    async def both() -> None:
        limit = within(LONG)
        with limit:
            limit.expire()
            task.cancel()
            await asyncio.sleep(LONG)

    task = asyncio.create_task(both())
    await asyncio.wait([task])
    assert task.cancelled()


async def test_an_error_of_its_own_is_passed_on() -> None:
    with pytest.raises(TimeoutError, match="mine"), within(BRIEF):
        raise TimeoutError("mine")


async def test_many_at_once_each_have_their_own() -> None:
    limits = [BRIEF if number % 2 else LONG for number in range(40)]
    tasks = [asyncio.create_task(sleep_within(limit)) for limit in limits]
    await asyncio.sleep(4 * BRIEF)
    assert [task.done() for task in tasks] == [limit == BRIEF for limit in limits]
    assert all(isinstance(task.exception(), TimeoutError) for task in tasks if task.done())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_nobody_looks_where_there_are_none() -> None:
    with within(LONG):
        await asyncio.sleep(0)
    watch = deadline.watch()
    await asyncio.sleep(5 * deadline.GRAIN)
    assert (watch.looks, watch.open) == (False, set())
    with pytest.raises(TimeoutError):  # and somebody does again where there is one
        await sleep_within(BRIEF)


def test_each_loop_has_its_own() -> None:
    async def one() -> deadline.Watch:
        with pytest.raises(TimeoutError):
            await sleep_within(BRIEF)
        return deadline.watch()

    first, second = asyncio.run(one()), asyncio.run(one())
    assert first is not second
