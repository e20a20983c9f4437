"""Long work pauses between portions, and what is small does not pause at all."""

import asyncio

import pytest

from resolvers.model import portions
from resolvers.model.portions import PORTION, at_once, each, giving_way, mapped


def pauses(steps):
    """How often it pauses, and what it gives."""
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return count, end.value
        count += 1


@pytest.mark.parametrize(
    ("size", "expected"), [(0, 0), (1, 0), (PORTION, 0), (PORTION + 1, 1), (3 * PORTION, 2), (3 * PORTION + 1, 3)]
)
def test_there_is_a_pause_between_portions(size, expected):
    seen = []
    assert pauses(each(lambda portion: seen.append(len(portion)), range(size))) == (expected, None)
    assert (sum(seen), all(1 <= length <= PORTION for length in seen)) == (size, True)
    assert pauses(mapped(list, range(size))) == (expected, list(range(size)))
    assert pauses(portions.pause(range(size))) == (int(size > PORTION), None)


async def test_other_tasks_run_in_the_pauses():
    turns = 0

    async def other():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    assert await giving_way(mapped(list, range(5 * PORTION))) == list(range(5 * PORTION))
    assert turns == 4
    beside.cancel()


def test_what_fails_in_a_portion_is_raised():
    with pytest.raises(ZeroDivisionError):
        at_once(each(lambda portion: 1 // 0, range(2)))
