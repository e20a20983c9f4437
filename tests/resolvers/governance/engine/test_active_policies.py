"""Which policies hold, also for who looks while one of them is replaced."""

import asyncio

from resolvers.governance.engine.active_policies import policies_in_force
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.policy_define import define_policy
from resolvers.mutations.policy_retire import retire_policy
from tests.policies import a_policy, policy_input
from tests.writes import a_domain, done

RULE = "data_classification_required"
UNSEEN = "MATCH (y:Policy {version: 2}) DETACH DELETE y"


async def versions(store, at=None):
    return [one.policy.version for one in await policies_in_force(store.read, at or clock.now())]


async def replaced(store, **changes):
    await a_domain(store)
    await a_policy(store, RULE)
    return done(await define_policy(store, ADMINISTRATOR, policy_input(RULE, description="again", **changes)))


async def test_the_newest_version_holds(store):
    await replaced(store)
    assert await versions(store) == [2]


async def test_a_version_holds_until_the_one_that_ends_it_is_found(store, cypher):
    """As it is seen in the middle of the commit that ends it."""
    policy = await replaced(store)
    await cypher(UNSEEN)
    assert await versions(store) == [1]
    assert await versions(store, policy.since) == [1]


async def test_a_paused_version_ends_the_one_before(store):
    await replaced(store, paused=True)
    assert await versions(store) == []


async def test_a_retired_policy_holds_no_more(store):
    policy = await replaced(store)
    done(await retire_policy(store, ADMINISTRATOR, policy.id))
    assert await versions(store) == []


async def test_a_policy_that_is_retired_before_its_next_version_begins_holds_no_more(store):
    policy = await replaced(store, effective_from="2999-01-01T00:00:00.000000Z")
    assert await versions(store) == [1]
    done(await retire_policy(store, ADMINISTRATOR, policy.id))
    assert await versions(store) == []


async def test_a_version_that_another_one_forestalled_never_holds(store):
    await replaced(store, effective_from="2999-01-01T00:00:00.000000Z")
    done(await define_policy(store, ADMINISTRATOR, policy_input(RULE, description="at once")))
    assert await versions(store) == [3]
    assert await versions(store, "2999-01-02T00:00:00.000000Z") == [3]


async def test_one_version_holds_whenever_one_looks_while_it_is_replaced(store):
    await a_domain(store)
    await a_policy(store, RULE)
    writing = asyncio.Event()
    seen: set[int] = set()

    async def read():
        while not writing.is_set():
            seen.add(len(await versions(store)))

    reading = [asyncio.create_task(read()) for _ in range(4)]
    for number in range(250):
        done(await define_policy(store, ADMINISTRATOR, policy_input(RULE, description=str(number))))
    writing.set()
    await asyncio.gather(*reading)
    assert seen == {1}
