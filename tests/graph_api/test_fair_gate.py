"""Places are bounded, in all and for each key, and the keys that wait are served in turn."""

import asyncio
from collections import Counter

import pytest

from graph_api.fair_gate import FairGate


class Work:
    """Holds a place until it is told to end, and notes who runs, at most, and in what order they ended."""

    def __init__(self, gate: FairGate) -> None:
        self.gate = gate
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.most_in_all = 0
        self.began: list[str] = []

    async def hold(self, key: str, turns: int = 3) -> None:
        async with self.gate.place(key):
            self.began.append(key)
            self.running[key] += 1
            self.most[key] = max(self.most[key], self.running[key])
            self.most_in_all = max(self.most_in_all, sum(self.running.values()))
            for _ in range(turns):
                await asyncio.sleep(0)
            self.running[key] -= 1


async def test_no_more_run_than_there_are_places() -> None:
    work = Work(FairGate(3, 2))
    await asyncio.gather(*(work.hold(key) for key in "aaaaabbbbbccccc"))
    assert work.most_in_all == 3
    assert max(work.most.values()) == 2
    assert sorted(work.began) == sorted("aaaaabbbbbccccc")
    assert work.gate.statistics() == (0, 0, 3)


async def test_one_key_alone_gets_its_share() -> None:
    work = Work(FairGate(4, 2))
    await asyncio.gather(*(work.hold("a") for _ in range(10)))
    assert work.most_in_all == 2


async def test_who_comes_late_waits_for_one_turn_and_not_for_the_queue_of_another() -> None:
    work = Work(FairGate(1, 1))
    tasks = [asyncio.create_task(work.hold("many")) for _ in range(20)]
    await asyncio.sleep(0)
    assert work.gate.waiting("many") == 19
    tasks += [asyncio.create_task(work.hold("late")) for _ in range(2)]
    await asyncio.gather(*tasks)
    assert [place for place, key in enumerate(work.began) if key == "late"] in ([1, 3], [2, 4])


async def test_a_cancelled_one_gives_up_its_place_in_the_queue_or_the_one_it_got() -> None:
    gate = FairGate(1, 1)
    assert gate.take("a")
    waiting = asyncio.create_task(gate.wait("b"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert gate.statistics() == (1, 0, 1)
    admitted = asyncio.create_task(gate.wait("b"))
    await asyncio.sleep(0)
    gate.leave("a")  # gives the place to b
    admitted.cancel()  # before b has noticed
    with pytest.raises(asyncio.CancelledError):
        await admitted
    assert gate.statistics() == (0, 0, 1)
    assert gate.take("c")


async def test_a_failure_inside_frees_the_place() -> None:
    gate = FairGate(1, 1)
    with pytest.raises(LookupError):
        async with gate.place("a"):
            raise LookupError
    assert gate.statistics().running == 0
