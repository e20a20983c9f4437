"""dependencyDeclare: an edge from the consumer to its provider, with its past."""

import asyncio

import pytest

from resolvers.model.access import ADMINISTRATOR, ANONYMOUS
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_contract_withdraw import withdraw_contract
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.inputs import ChangeRequestInput
from resolvers.writes.dependency_edges import DependencyInput
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.writes import (
    OTHER_OWNER,
    READER,
    SALES_OWNER,
    a_domain,
    a_product,
    audit_actions,
    contract,
    done,
    faults,
)

EDGES = (
    "MATCH (:DataProduct {id: $a})-[r:DEPENDS_ON|DEPENDED_ON]->(:DataProduct {id: $b}) "
    "WITH r ORDER BY r.since, r.validTo "
    "RETURN collect([type(r), r.kind, r.fields, r.contractVersion, r.since, r.validTo])"
)


async def a_pair(store):
    """A consumer in `sales` and a provider with a contract in `other`."""
    await a_domain(store)
    await a_domain(store, "other")
    return await a_product(store, "revenue"), await a_product(store, "orders", "other", contract=contract())


async def test_declares_an_edge_to_any_domain(store):
    consumer, provider = await a_pair(store)
    given = DependencyInput(None, ["total", "total", "order_id"], "1.0.0", "joins")
    edge = done(await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, given))
    assert (edge.consumer_id, edge.provider_id) == (consumer.id, provider.id)
    assert (edge.kind, edge.origin, edge.fields, edge.contract_version) == (
        "joins", "DECLARED", ["total", "order_id"], "1.0.0",
    )  # fmt: skip
    assert await store.read(EDGES, a=consumer.id, b=provider.id) == [
        ["DEPENDS_ON", "joins", ["total", "order_id"], "1.0.0", edge.since, None]
    ]
    assert (await audit_actions(store))[-1] == "dependencyDeclare"


async def test_declaring_the_same_again_changes_nothing(store):
    consumer, provider = await a_pair(store)
    first = done(await declare_dependency(store, SALES_OWNER, consumer.id, provider.id))
    before = await checksum(store)
    assert done(await declare_dependency(store, SALES_OWNER, consumer.id, provider.id)) == first
    assert await checksum(store) == before


async def test_declaring_otherwise_keeps_the_past(store):
    consumer, provider = await a_pair(store)
    first = done(await declare_dependency(store, SALES_OWNER, consumer.id, provider.id))
    given = DependencyInput(None, ["total"])
    second = done(await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, given))
    assert await store.read(EDGES, a=consumer.id, b=provider.id) == [
        ["DEPENDED_ON", "feeds", None, None, first.since, second.since],
        ["DEPENDS_ON", "feeds", ["total"], None, second.since, None],
    ]


async def test_declaring_what_was_observed_makes_it_both(store, cypher):
    consumer, provider = await a_pair(store)
    await cypher(
        "MATCH (a:DataProduct {id: $a}), (b:DataProduct {id: $b}) CREATE (a)-[:DEPENDS_ON {kind: 'feeds', "
        "origin: 'OBSERVED', since: '2026-01-01T00:00:00.000000Z'}]->(b)",
        a=consumer.id,
        b=provider.id,
    )
    assert done(await declare_dependency(store, SALES_OWNER, consumer.id, provider.id)).origin == "BOTH"
    assert [(row[0], row[1]) for row in await store.read(EDGES, a=consumer.id, b=provider.id)] == [
        ("DEPENDED_ON", "feeds"),
        ("DEPENDS_ON", "feeds"),
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (DependencyInput(None, ["none"]), ("NOT_FOUND", ("input", "fields", "0"))),
        (DependencyInput(None, []), ("INVALID_INPUT", ("input", "fields"))),
        (DependencyInput(None, None, "9.9.9"), ("NOT_FOUND", ("input", "contractVersion"))),
        (DependencyInput(None, None, "nine"), ("INVALID_INPUT", ("input", "contractVersion"))),
        (DependencyInput(None, None, None, "a kind"), ("INVALID_INPUT", ("input", "kind"))),
        (DependencyInput("prd_other"), ("INVALID_INPUT", ("input", "provider"))),
    ],
)
async def test_refuses_and_leaves_no_trace(store, given, expected):
    consumer, provider = await a_pair(store)
    before = await checksum(store)
    outcome = await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, given)
    assert outcome.thing is None
    assert faults(outcome) == [expected]
    assert await checksum(store) == before


async def test_ends_must_exist_and_differ(store):
    consumer, _ = await a_pair(store)
    before = await checksum(store)
    both = await declare_dependency(store, SALES_OWNER, "prd_a", "prd_b")
    assert faults(both) == [("NOT_FOUND", ("consumerId",)), ("NOT_FOUND", ("providerId",))]
    one = await declare_dependency(store, SALES_OWNER, consumer.id, "prd_b")
    assert faults(one) == [("NOT_FOUND", ("providerId",))]
    itself = await declare_dependency(store, SALES_OWNER, consumer.id, consumer.id)
    assert faults(itself) == [("INVALID_INPUT", ("providerId",))]
    assert await checksum(store) == before


async def test_fields_of_a_pinned_version_are_those_of_that_version(store, cypher):
    consumer, provider = await a_pair(store)
    await cypher(
        "MATCH (p:DataProduct {id: $id}) CREATE (p)-[:HAS_CONTRACT]->(c:DataContract {id: 'ctr_2', productId: p.id, "
        "version: '2.0.0'})-[:HAS_FIELD]->(:ContractField {id: 'fld_2', path: 'fresh'}) SET p.contractId = c.id",
        id=provider.id,
    )
    old = DependencyInput(None, ["total"], "1.0.0")
    new = DependencyInput(None, ["fresh"])
    mixed = DependencyInput(None, ["fresh"], "1.0.0")
    outcomes = [await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, given) for given in (old, new)]
    assert [faults(outcome) for outcome in outcomes] == [[], []]
    refused = await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, mixed)
    assert faults(refused) == [("NOT_FOUND", ("input", "fields", "0"))]


@pytest.mark.parametrize(
    ("caller", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (READER, "FORBIDDEN"), (OTHER_OWNER, "FORBIDDEN")]
)
async def test_denies_and_leaves_no_trace(store, caller, code):
    """The provider's owner has no say over its consumers' declarations."""
    consumer, provider = await a_pair(store)
    before = await checksum(store)
    assert faults(await declare_dependency(store, caller, consumer.id, provider.id)) == [(code, ())]
    assert await checksum(store) == before


async def test_a_dry_run_answers_and_leaves_no_trace(store):
    consumer, provider = await a_pair(store)
    before = await checksum(store)
    dry = WriteOptions(dry_run=True)
    outcome = await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, DependencyInput(), dry)
    assert (done(outcome).provider_id, outcome.dry_run) == (provider.id, True)
    assert await checksum(store) == before


async def test_many_at_once_make_one_edge(store):
    consumer, provider = await a_pair(store)
    outcomes = await asyncio.gather(
        *(declare_dependency(store, SALES_OWNER, consumer.id, provider.id) for _ in range(8))
    )
    assert len({done(outcome).since for outcome in outcomes}) == 1
    assert len(await store.read(EDGES, a=consumer.id, b=provider.id)) == 1


async def test_a_version_that_has_not_been_in_force_is_not_pinned(store):
    """It may be taken back, and a consumer would rely on nothing."""
    consumer, provider = await a_pair(store)
    later = ChangeRequestInput("next year", None, "2999-01-01T00:00:00.000000Z")
    waits = done(
        await publish_contract(store, ADMINISTRATOR, provider.id, contract("1.0.1", sla=[]), change_request=later)
    )
    pin = DependencyInput(None, None, "1.0.1")
    before = await checksum(store)
    outcome = await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, pin)
    assert faults(outcome) == [("NOT_FOUND", ("input", "contractVersion"))]
    assert outcome.user_errors[0].message == "'orders' has no contract version 1.0.1 that is or was in force."
    assert await checksum(store) == before
    done(await withdraw_contract(store, ADMINISTRATOR, waits.id))
    assert faults(await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, pin)) == [
        ("NOT_FOUND", ("input", "contractVersion"))
    ]
    done(await declare_dependency(store, SALES_OWNER, consumer.id, provider.id, DependencyInput(None, None, "1.0.0")))
