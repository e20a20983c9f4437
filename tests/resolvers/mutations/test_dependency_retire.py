"""dependencyRetire: the edge leaves the present and stays in the past."""

import pytest

from resolvers.model.access import ANONYMOUS
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.dependency_retire import retire_dependency
from resolvers.writes.dependency_edges import DependencyInput
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.resolvers.mutations.test_dependency_declare import EDGES, a_pair
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, done, faults


async def an_edge(store):
    consumer, provider = await a_pair(store)
    given = DependencyInput(None, ["total"], "1.0.0")
    return done(await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, given))


async def test_a_retired_edge_stays_in_the_past_and_can_come_back(store):
    edge = await an_edge(store)
    ends = (edge.consumer_id, edge.provider_id)
    assert done(await retire_dependency(store, SALES_OWNER, *ends)) == edge
    (past,) = await store.read(EDGES, a=ends[0], b=ends[1])
    assert past[:5] == ["DEPENDED_ON", "feeds", ["total"], "1.0.0", edge.since]
    assert past[5] >= edge.since
    again = done(await declare_dependency(store, SALES_OWNER, *ends))
    assert [row[0] for row in await store.read(EDGES, a=ends[0], b=ends[1])] == ["DEPENDED_ON", "DEPENDS_ON"]
    assert again.since >= past[5]


async def test_what_is_not_there_cannot_be_retired(store):
    edge = await an_edge(store)
    before = await checksum(store)
    for ends, expected in (
        ((edge.provider_id, edge.consumer_id), [("FORBIDDEN", ())]),
        (("prd_a", edge.provider_id), [("NOT_FOUND", ("consumerId",))]),
        ((edge.consumer_id, "prd_b"), [("NOT_FOUND", ("providerId",))]),
        ((edge.consumer_id, edge.consumer_id), [("NOT_FOUND", ("providerId",))]),
    ):
        assert faults(await retire_dependency(store, SALES_OWNER, *ends)) == expected
    assert await checksum(store) == before
    done(await retire_dependency(store, SALES_OWNER, edge.consumer_id, edge.provider_id))
    after = await checksum(store)
    twice = await retire_dependency(store, SALES_OWNER, edge.consumer_id, edge.provider_id)
    assert faults(twice) == [("NOT_FOUND", ("providerId",))]
    assert await checksum(store) == after


async def test_a_replay_of_a_retirement_answers_the_same(store):
    edge = await an_edge(store)
    keyed = WriteOptions(idempotency_key="once")
    outcomes = [
        await retire_dependency(store, SALES_OWNER, edge.consumer_id, edge.provider_id, keyed) for _ in range(2)
    ]
    assert [done(outcome) for outcome in outcomes] == [edge, edge]


@pytest.mark.parametrize(
    ("caller", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (READER, "FORBIDDEN"), (OTHER_OWNER, "FORBIDDEN")]
)
async def test_denies_and_leaves_no_trace(store, caller, code):
    edge = await an_edge(store)
    before = await checksum(store)
    assert faults(await retire_dependency(store, caller, edge.consumer_id, edge.provider_id)) == [(code, ())]
    assert await checksum(store) == before


async def test_a_dry_run_answers_and_leaves_no_trace(store):
    edge = await an_edge(store)
    before = await checksum(store)
    dry = WriteOptions(dry_run=True)
    outcome = await retire_dependency(store, SALES_OWNER, edge.consumer_id, edge.provider_id, dry)
    assert (done(outcome), outcome.dry_run) == (edge, True)
    assert await checksum(store) == before
