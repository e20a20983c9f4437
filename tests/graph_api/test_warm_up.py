"""What warming up asks leaves nothing behind, whatever the mesh is."""

import logging

from graph_api.warm_up import warm
from tests.checksum import checksum
from tests.counting_store import CountingStore
from tests.policies import a_policy
from tests.writes import a_domain, a_product, contract


async def test_an_empty_mesh_is_only_read(store, caplog):
    before = await checksum(store)
    await warm(store)
    assert await checksum(store) == before
    assert caplog.records == []


async def test_a_trial_is_rolled_back_even_where_a_policy_refuses_it(store, caplog):
    await a_domain(store)
    await a_product(store, contract=contract())
    await a_policy(store, "minimum_sla_requirements", "MANDATORY", {"required_slas": {"availability": 0.99}})
    before = await checksum(store)
    with caplog.at_level(logging.WARNING, "meshweave.warm"):
        counting = CountingStore(store)
        counting.read_within = store.read_within  # type: ignore[attr-defined]
        await warm(counting)
    assert await checksum(store) == before
    assert caplog.records == []
    assert any("HAS_CONTRACT" in statement for statement in counting.statements)
