"""Contracts that cannot be broken behind a consumer's back: whom it meets, who is asked, what follows their answers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR, Caller, Role
from resolvers.model.records import Product
from resolvers.mutations.change_request_approve import approve_change_request
from resolvers.mutations.change_request_publish import publish_change_request
from resolvers.mutations.change_request_reject import reject_change_request
from resolvers.mutations.change_request_withdraw import withdraw_change_request
from resolvers.mutations.data_contract_activate import activate_due
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_contract_withdraw import withdraw_contract
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.dependency_retire import retire_dependency
from resolvers.mutations.inputs import ChangeRequestInput, ProductInput
from resolvers.writes.dependency_edges import DependencyInput
from resolvers.writes.pipeline import Outcome, WriteOptions
from tests.checksum import checksum
from tests.policies import a_policy
from tests.writes import OTHER_OWNER, SALES_OWNER, a_domain, a_product, audit_actions, contract, done, faults

FINANCE_OWNER = Caller("fia", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"finance"}))
WITHOUT_TOTAL = {
    "type": "object",
    "required": ["order_id"],
    "properties": {
        "order_id": {"type": "string"},
        "customer": {"type": "object", "properties": {"id": {"type": "string"}}},
    },
}
ASK = ChangeRequestInput("totals move to another product")
CONTRACTS = (
    "MATCH (p:DataProduct {id: $id})-[:HAS_CONTRACT]->(c) WITH p, c ORDER BY c.version "
    "RETURN collect([c.version, c.status, c.id = p.contractId])"
)


async def orders(store: Any) -> Product:
    for name in ("sales", "other", "finance"):
        await a_domain(store, name)
    return await a_product(store, "orders", contract=contract())


async def consumer(store: Any, name: str, domain: str, provider: Product, **edge: Any) -> Product:
    return await a_product(store, name, domain, type="DERIVED", dependencies=[DependencyInput(provider.id, **edge)])


async def publish(
    store: Any, product: Product, version: str, ask: ChangeRequestInput | None = None, **given: Any
) -> Outcome:
    changed = contract(version, **{"jsonSchema": WITHOUT_TOTAL, **given})
    return await publish_contract(store, SALES_OWNER, product.id, changed, change_request=ask)


async def test_a_breaking_change_without_consumers_is_published(store):
    product = await orders(store)
    outcome = await publish(store, product, "2.0.0")
    assert done(outcome).version == "2.0.0"
    assert [change.rule for change in outcome.extra["diff"].changes] == ["field_removed"]
    assert await store.read(CONTRACTS, id=product.id) == [["1.0.0", "SUPERSEDED", False], ["2.0.0", "ACTIVE", True]]


@pytest.mark.parametrize("version", ["1.0.0", "0.9.0"])
async def test_a_version_that_is_not_the_highest_is_refused_with_the_one_it_must_be(store, version):
    product = await orders(store)
    before = await checksum(store)
    outcome = await publish(store, product, version)
    assert faults(outcome) == [("WRONG_VERSION", ("contract", "version"))]
    assert outcome.extra["diff"].required_version == "2.0.0"
    assert await checksum(store) == before


@pytest.mark.parametrize("version", ["1.0.1", "1.1.0"])
async def test_too_small_a_bump_is_refused_with_the_version_it_must_be(store, version):
    product = await orders(store)
    before = await checksum(store)
    outcome = await publish(store, product, version)
    assert faults(outcome) == [("WRONG_VERSION", ("contract", "version"))]
    assert "must be 2.0.0 or higher" in outcome.user_errors[0].message
    assert outcome.extra["diff"].required_version == "2.0.0"
    assert await checksum(store) == before


async def test_a_compatible_change_calls_for_a_minor_version(store):
    product = await orders(store)
    await consumer(store, "bills", "finance", product)
    wider = {"type": "object", "required": ["order_id"], "properties": {**WITHOUT_TOTAL["properties"]}}
    wider["properties"] |= {"total": {"type": "number"}, "currency": {"type": "string"}}
    refused = await publish(store, product, "1.0.1", jsonSchema=wider)
    assert "must be 1.1.0 or higher" in refused.user_errors[0].message
    assert done(await publish(store, product, "1.1.0", jsonSchema=wider)).version == "1.1.0"


async def test_consumers_that_use_the_field_refuse_it_and_others_do_not(store):
    product = await orders(store)
    bills = await consumer(store, "bills", "finance", product, fields=["total"])
    await consumer(store, "maps", "other", product, fields=["customer.id"])
    all_of_it = await consumer(store, "lake", "other", product)
    before = await checksum(store)

    outcome = await publish(store, product, "2.0.0")

    assert outcome.thing is None
    assert faults(outcome) == [("BREAKING_CHANGE", ("contract",))]
    assert [(one.urn, one.basis, one.fields) for one in outcome.extra["diff"].affected] == [
        ("urn:mesh:finance:bills", "DECLARED", ["total"]),
        ("urn:mesh:other:lake", "UNDECLARED", ["total"]),
    ]
    assert outcome.extra["diff"].changes[0].reaches == [bills.id, all_of_it.id]
    assert await checksum(store) == before


async def test_a_dry_run_tells_the_whole_impact_and_changes_nothing(store):
    product = await orders(store)
    await consumer(store, "bills", "finance", product, fields=["total"])
    before = await checksum(store)
    changed = contract("2.0.0", jsonSchema=WITHOUT_TOTAL)
    outcome = await publish_contract(store, SALES_OWNER, product.id, changed, WriteOptions(dry_run=True))
    assert [one.urn for one in outcome.extra["diff"].affected] == ["urn:mesh:finance:bills"]
    assert (outcome.dry_run, outcome.thing) == (True, None)
    assert await checksum(store) == before


@pytest.mark.parametrize("pin", ["1.0.0", "1.1.0"])
async def test_a_pinned_consumer_keeps_its_version_also_the_one_in_force(store, pin):
    product = await orders(store)
    wider = {**WITHOUT_TOTAL, "properties": {**WITHOUT_TOTAL["properties"], "total": {"type": "number"}, "n": {}}}
    done(await publish(store, product, "1.1.0", jsonSchema=wider))
    bills = await consumer(store, "bills", "finance", product, contract_version=pin, fields=["total"])
    outcome = await publish(store, product, "2.0.0")
    assert done(outcome).version == "2.0.0"
    assert outcome.extra["diff"].affected == []
    edge = await store.read("MATCH (:DataProduct {id: $id})-[r:DEPENDS_ON]->() RETURN r.contractVersion", id=bills.id)
    assert edge == pin


async def test_a_consumer_without_a_pin_beside_a_pinned_one_is_still_asked(store):
    product = await orders(store)
    await consumer(store, "bills", "finance", product, contract_version="1.0.0")
    await consumer(store, "lake", "other", product)
    outcome = await publish(store, product, "2.0.0")
    assert faults(outcome) == [("BREAKING_CHANGE", ("contract",))]
    assert [one.urn for one in outcome.extra["diff"].affected] == ["urn:mesh:other:lake"]


async def test_a_retired_consumer_no_longer_refuses(store):
    product = await orders(store)
    bills = await consumer(store, "bills", "finance", product)
    assert (await publish(store, product, "2.0.0")).thing is None
    done(await retire_dependency(store, FINANCE_OWNER, bills.id, product.id))
    assert done(await publish(store, product, "2.0.0")).version == "2.0.0"


async def asked(store: Any, ask: ChangeRequestInput = ASK) -> tuple[Product, Any]:
    product = await orders(store)
    await consumer(store, "bills", "finance", product, fields=["total"])
    await consumer(store, "lake", "other", product)
    outcome = await publish(store, product, "2.0.0", ask)
    assert (faults(outcome), outcome.thing) == ([], None)
    return product, outcome.extra["change_request"]


async def test_asking_opens_a_request_and_leaves_the_contract(store):
    product, request = await asked(store)
    assert (request.status, request.from_version, request.to_version) == ("PENDING", "1.0.0", "2.0.0")
    assert [(one.domain, one.decision, one.products) for one in request.approvals] == [
        ("finance", "PENDING", ["urn:mesh:finance:bills"]),
        ("other", "PENDING", ["urn:mesh:other:lake"]),
    ]
    assert await store.read(CONTRACTS, id=product.id) == [["1.0.0", "ACTIVE", True]]
    assert (await audit_actions(store))[-1] == "dataContractPublish"


async def test_two_approvals_and_publication(store):
    product, request = await asked(store)

    early = await publish_change_request(store, SALES_OWNER, request.id)
    assert faults(early) == [("INVALID_TRANSITION", ("id",))]
    assert early.user_errors[0].message == "These domains have yet to agree: finance, other."

    first = done(await approve_change_request(store, FINANCE_OWNER, request.id, "finance", "fine"))
    assert (first.status, first.approvals[0].decided_by, first.approvals[0].note) == ("PENDING", "fia", "fine")
    second = done(await approve_change_request(store, OTHER_OWNER, request.id, "other"))
    assert second.status == "APPROVED"

    published = await publish_change_request(store, SALES_OWNER, request.id)
    assert done(published).version == "2.0.0"
    assert published.extra["change_request"].status == "PUBLISHED"
    assert published.extra["product"].contract_id == published.thing.id
    assert await store.read(CONTRACTS, id=product.id) == [["1.0.0", "SUPERSEDED", False], ["2.0.0", "ACTIVE", True]]
    assert faults(await publish_change_request(store, SALES_OWNER, request.id)) == [("INVALID_TRANSITION", ("id",))]


async def test_only_an_owner_of_the_asked_domain_answers_for_it(store):
    _, request = await asked(store)
    before = await checksum(store)
    assert faults(await approve_change_request(store, SALES_OWNER, request.id, "finance")) == [("FORBIDDEN", ())]
    assert faults(await approve_change_request(store, SALES_OWNER, request.id, "sales")) == [
        ("INVALID_INPUT", ("domain",))
    ]
    assert faults(await withdraw_change_request(store, FINANCE_OWNER, request.id)) == [("FORBIDDEN", ())]
    assert faults(await publish_change_request(store, FINANCE_OWNER, request.id)) == [("FORBIDDEN", ())]
    assert faults(await approve_change_request(store, FINANCE_OWNER, "chg_none", "finance")) == [("NOT_FOUND", ("id",))]
    assert await checksum(store) == before


async def test_one_rejection_ends_it(store):
    _, request = await asked(store)
    rejected = done(await reject_change_request(store, FINANCE_OWNER, request.id, "finance", "we bill on it"))
    assert rejected.status == "REJECTED"
    assert faults(await approve_change_request(store, OTHER_OWNER, request.id, "other")) == [
        ("INVALID_TRANSITION", ("id",))
    ]


async def test_a_withdrawn_request_is_closed(store):
    _, request = await asked(store)
    assert done(await withdraw_change_request(store, SALES_OWNER, request.id)).status == "WITHDRAWN"
    assert faults(await approve_change_request(store, OTHER_OWNER, request.id, "other")) == [
        ("INVALID_TRANSITION", ("id",))
    ]


def in_days(days: int) -> str:
    return clock.to_text(clock.from_text(clock.now()) + timedelta(days=days))


async def test_a_deadline_that_passes_closes_it(store, monkeypatch):
    _, request = await asked(store, ChangeRequestInput("now", deadline=in_days(1)))
    later = in_days(2)
    monkeypatch.setattr(clock, "now", lambda: later)
    outcome = await approve_change_request(store, FINANCE_OWNER, request.id, "finance")
    assert faults(outcome) == [("INVALID_TRANSITION", ("id",))]
    assert "its deadline has passed" in outcome.user_errors[0].message


async def test_another_contract_in_force_makes_it_outdated(store):
    product, request = await asked(store)
    wider = {**WITHOUT_TOTAL, "properties": {**WITHOUT_TOTAL["properties"], "total": {"type": "number"}, "n": {}}}
    done(await publish(store, product, "1.1.0", jsonSchema=wider))
    outcome = await approve_change_request(store, FINANCE_OWNER, request.id, "finance")
    assert "another contract has come into force" in outcome.user_errors[0].message


async def test_a_consumer_that_came_after_the_approvals_is_not_broken(store):
    product, request = await asked(store)
    done(await approve_change_request(store, FINANCE_OWNER, request.id, "finance"))
    done(await approve_change_request(store, OTHER_OWNER, request.id, "other"))
    late = await consumer(store, "late", "finance", product)
    before = await checksum(store)

    outcome = await publish_change_request(store, SALES_OWNER, request.id)

    assert faults(outcome) == [("BREAKING_CHANGE", ("id",))]
    assert "urn:mesh:finance:late" in outcome.user_errors[0].message
    assert await checksum(store) == before
    done(await retire_dependency(store, FINANCE_OWNER, late.id, product.id))
    assert done(await publish_change_request(store, SALES_OWNER, request.id)).version == "2.0.0"


async def test_a_later_date_serves_both_versions_until_then(store, monkeypatch):
    soon = in_days(1)
    product, request = await asked(store, ChangeRequestInput("soon", effective_from=soon))
    done(await approve_change_request(store, FINANCE_OWNER, request.id, "finance"))
    done(await approve_change_request(store, OTHER_OWNER, request.id, "other"))
    published = await publish_change_request(store, SALES_OWNER, request.id)

    assert (done(published).version, published.thing.valid_from) == ("2.0.0", soon)
    assert await store.read(CONTRACTS, id=product.id) == [["1.0.0", "ACTIVE", True], ["2.0.0", "SCHEDULED", False]]
    assert await activate_due(store) == 0
    blocked = await publish(store, product, "3.0.0")
    assert faults(blocked) == [("WRONG_VERSION", ("contract", "version"))]

    later = in_days(2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sum(await asyncio.gather(activate_due(store), activate_due(store), activate_due(store))) == 1
    assert await activate_due(store) == 0
    assert await store.read(CONTRACTS, id=product.id) == [["1.0.0", "SUPERSEDED", False], ["2.0.0", "ACTIVE", True]]
    assert (await audit_actions(store))[-1] == "dataContractActivate"


async def test_a_date_is_kept_where_nobody_has_to_be_asked(store, monkeypatch):
    product = await orders(store)
    soon = in_days(1)
    published = await publish(store, product, "2.0.0", ChangeRequestInput("soon", effective_from=soon))
    assert (done(published).status, published.thing.valid_from) == ("SCHEDULED", soon)
    assert published.extra.get("change_request") is None
    assert await store.read(CONTRACTS, id=product.id) == [["1.0.0", "ACTIVE", True], ["2.0.0", "SCHEDULED", False]]
    later = in_days(2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert await activate_due(store) == 1
    assert await store.read(CONTRACTS, id=product.id) == [["1.0.0", "SUPERSEDED", False], ["2.0.0", "ACTIVE", True]]


async def test_the_deadline_is_never_later_than_the_date_from_which_the_contract_holds(store):
    soon = in_days(1)
    _, request = await asked(store, ChangeRequestInput("soon", effective_from=soon))
    assert (request.deadline, request.effective_from) == (soon, soon)


async def test_a_scheduled_contract_is_withdrawn(store, monkeypatch):
    product = await orders(store)
    scheduled = done(await publish(store, product, "2.0.0", ChangeRequestInput("soon", effective_from=in_days(1))))
    before = await checksum(store)
    assert faults(await withdraw_contract(store, OTHER_OWNER, scheduled.id)) == [("FORBIDDEN", ())]
    assert faults(await withdraw_contract(store, SALES_OWNER, "ctr_none")) == [("NOT_FOUND", ("id",))]
    assert faults(await withdraw_contract(store, SALES_OWNER, product.contract_id)) == [("INVALID_TRANSITION", ("id",))]
    assert done(await withdraw_contract(store, SALES_OWNER, scheduled.id, WriteOptions(True))).status == "WITHDRAWN"
    assert await checksum(store) == before
    withdrawn = done(await withdraw_contract(store, SALES_OWNER, scheduled.id))
    assert (withdrawn.status, withdrawn.valid_from) == ("WITHDRAWN", None)
    later = in_days(2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert await activate_due(store) == 0
    assert faults(await publish(store, product, "2.0.0")) == [("WRONG_VERSION", ("contract", "version"))]
    assert done(await publish(store, product, "2.0.1")).status == "ACTIVE"
    assert await store.read(CONTRACTS, id=product.id) == [
        ["1.0.0", "SUPERSEDED", False],
        ["2.0.0", "WITHDRAWN", False],
        ["2.0.1", "ACTIVE", True],
    ]


async def test_a_published_request_is_withdrawn_while_its_contract_waits(store, monkeypatch):
    product, request = await asked(store, ChangeRequestInput("soon", effective_from=in_days(1)))
    for owner, domain in ((FINANCE_OWNER, "finance"), (OTHER_OWNER, "other")):
        done(await approve_change_request(store, owner, request.id, domain))
    contract_id = done(await publish_change_request(store, SALES_OWNER, request.id)).id
    withdrawn = done(await withdraw_change_request(store, SALES_OWNER, request.id))
    assert (withdrawn.status, withdrawn.contract_id) == ("WITHDRAWN", contract_id)
    assert await store.read(CONTRACTS, id=product.id) == [["1.0.0", "ACTIVE", True], ["2.0.0", "WITHDRAWN", False]]
    later = in_days(2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert await activate_due(store) == 0
    assert faults(await withdraw_change_request(store, SALES_OWNER, request.id)) == [("INVALID_TRANSITION", ("id",))]


HELD = "MATCH (c:DataContract {version: '2.0.0'}) RETURN [c.tries, c.tryAt, c.heldReason]"


async def test_a_contract_that_a_policy_holds_back_is_tried_later_and_can_be_replaced(store, monkeypatch):
    product = await orders(store)
    unclassified = {"classification": None, "retention": None}
    facts_parameters = ChangeRequestInput("soon", effective_from=in_days(1))
    done(await publish(store, product, "2.0.0", facts_parameters, **unclassified))
    await a_policy(store, "data_classification_required")
    start = clock.from_text(in_days(2))
    moment = [start]
    monkeypatch.setattr(clock, "now", lambda: clock.to_text(moment[0]))
    assert await activate_due(store) == 0
    tries, at, reason = await store.read(HELD)
    assert (tries, at) == (1, clock.to_text(start + timedelta(seconds=10)))
    assert reason.startswith("data_classification_required: ")
    assert await activate_due(store) == 0
    assert (await store.read(HELD))[0] == 1  # not its turn yet
    for wait in (10, 20, 40):
        moment[0] += timedelta(seconds=wait)
        assert await activate_due(store) == 0
    assert (await store.read(HELD))[:2] == [4, clock.to_text(moment[0] + timedelta(seconds=80))]
    assert done(await publish(store, product, "2.1.0")).status == "ACTIVE"
    assert await store.read(CONTRACTS, id=product.id) == [
        ["1.0.0", "SUPERSEDED", False],
        ["2.0.0", "WITHDRAWN", False],
        ["2.1.0", "ACTIVE", True],
    ]


async def test_contracts_held_back_do_not_keep_others_waiting(store, monkeypatch):
    await a_domain(store)
    given = {"classification": None, "retention": None}
    first = ChangeRequestInput("soon", effective_from=in_days(1))
    held = [await a_product(store, f"held_{number}", contract=contract()) for number in range(100)]
    for product in held:
        done(await publish(store, product, "2.0.0", first, **given))
    fine = await a_product(store, "fine", contract=contract())
    done(await publish(store, fine, "2.0.0", ChangeRequestInput("later", effective_from=in_days(2))))
    await a_policy(store, "data_classification_required")
    later = in_days(3)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert await activate_due(store) == 0
    assert await activate_due(store) == 1
    assert await store.read(CONTRACTS, id=fine.id) == [["1.0.0", "SUPERSEDED", False], ["2.0.0", "ACTIVE", True]]


async def test_after_a_pre_release_come_the_next_one_and_the_release(store):
    await a_domain(store)
    product = await a_product(store, "early", contract=contract("1.0.0-rc.1"))
    assert done(await publish(store, product, "1.0.0-rc.2")).version == "1.0.0-rc.2"
    assert faults(await publish(store, product, "1.0.0-rc.1")) == [("WRONG_VERSION", ("contract", "version"))]
    assert done(await publish(store, product, "1.0.0")).version == "1.0.0"


@pytest.mark.parametrize("version", ["1.0.0-0715", "1.0.0-rc..1", "1.0", "v1.0.0", "1.0.0+build.7", "1.0.0-1.01", ""])
async def test_a_first_version_that_is_none_is_refused(store, version):
    await a_domain(store)
    before = await checksum(store)
    refused = await create_product(
        store, ADMINISTRATOR, ProductInput("sales", "orders", "SOURCE", contract=contract(version))
    )
    assert faults(refused) == [("INVALID_CONTRACT", ("input", "contract", "version"))]
    assert ("build metadata" in refused.user_errors[0].message) is ("+" in version)
    assert await checksum(store) == before


async def test_the_products_own_domain_agrees_by_asking(store):
    product = await orders(store)
    await consumer(store, "bills", "sales", product)
    outcome = await publish(store, product, "2.0.0", ASK)
    request = outcome.extra["change_request"]
    assert [(one.domain, one.decision) for one in request.approvals] == [("sales", "APPROVED")]
    assert done(await publish_change_request(store, SALES_OWNER, request.id)).version == "2.0.0"


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (ChangeRequestInput(""), "reason"),
        (ChangeRequestInput("why", deadline="2020-01-01T00:00:00.000000Z"), "deadline"),
        (ChangeRequestInput("why", effective_from="2020-01-01T00:00:00.000000Z"), "effectiveFrom"),
        (ChangeRequestInput("why", in_days(3), in_days(2)), "deadline"),
    ],
)
@pytest.mark.parametrize("affected", [True, False])
async def test_a_bad_ask_is_refused_without_a_trace(store, ask, field, affected):
    product = await orders(store)
    if affected:
        await consumer(store, "bills", "finance", product)
    before = await checksum(store)
    assert faults(await publish(store, product, "2.0.0", ask)) == [("INVALID_INPUT", ("openChangeRequest", field))]
    assert await checksum(store) == before


async def test_a_consumer_and_a_breaking_contract_at_once_never_both_commit_unseen(store):
    """Whichever is first, the consumer ends up on a contract whose field it uses, or was refused it."""
    product = await orders(store)
    readers = [await a_product(store, f"reader_{n}", "finance", type="DERIVED") for n in range(10)]
    declared = [
        declare_dependency(store, FINANCE_OWNER, one.id, product.id, DependencyInput(fields=["total"]))
        for one in readers
    ]
    outcomes = await asyncio.gather(publish(store, product, "2.0.0"), *declared)
    published, edges = outcomes[0], outcomes[1:]
    if published.thing is not None:
        assert published.extra["diff"].affected == []
        late = [outcome for outcome in edges if outcome.thing is not None]
        assert late == []
    else:
        assert any(outcome.thing is not None for outcome in edges)
