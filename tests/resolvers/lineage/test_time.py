"""Running out of time. A real time-out takes the database seconds, so a store around the real one calls it."""

import pytest

from resolvers.lineage import Question, trace
from resolvers.model.errors import StoreError
from tests.resolvers.lineage.graphs import NOW, cuts, names, pid, weave


class Impatient:
    """The real store, whose first reads find that time is over."""

    def __init__(self, store, impatient_reads):
        self.store = store
        self.left = impatient_reads
        self.given = []

    async def read_within(self, seconds, query, /, **parameters):
        self.given.append(seconds)
        self.left -= 1
        if self.left >= 0:
            raise StoreError("The database did not finish in time.", "TIMEOUT")
        return await self.store.read_within(seconds, query, **parameters)


@pytest.mark.parametrize(("times", "reached"), [(1, 3), (2, 1)])
async def test_a_shallower_answer_says_where_time_cut_it(store, times, reached):
    await weave(store, "a>b b>c c>d d>e")
    graph = await trace(Impatient(store, times), Question((pid("a"),), depth=None), NOW)
    assert (graph.depth_reached, graph.truncated, len(names(graph))) == (reached, True, reached + 1)
    assert cuts(graph) == [("TIME", "abcde"[reached])]


async def test_a_shallower_walk_that_found_all_is_whole(store):
    await weave(store, "a>b b>c")
    graph = await trace(Impatient(store, 1), Question((pid("a"),), depth=10), NOW)
    assert (set(names(graph)), graph.truncated) == ({"a", "b", "c"}, False)


async def test_when_even_the_neighbours_take_too_long_the_caller_is_told(store):
    await weave(store, "a>b")
    impatient = Impatient(store, 3)
    with pytest.raises(StoreError) as fault:
        await trace(impatient, Question((pid("a"),)), NOW, seconds=20)
    assert fault.value.code == "TIMEOUT"
    assert impatient.given == [12, 6, 2]


async def test_another_fault_of_the_database_is_not_taken_for_lack_of_time(store):
    class Broken(Impatient):
        async def read_within(self, seconds, query, /, **parameters):
            raise StoreError("The database cannot be reached.")

    with pytest.raises(StoreError, match="cannot be reached"):
        await trace(Broken(store, 0), Question((pid("a"),)), NOW)
