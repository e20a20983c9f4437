"""waiverGrant: leave to break a policy, for one product and for a while."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from resolvers.governance.report import by_policy, report_on
from resolvers.model.access import ADMINISTRATOR, ANONYMOUS
from resolvers.model.clock import to_text
from resolvers.model.portions import at_once
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.waiver_grant import grant_waiver
from tests.checksum import checksum
from tests.policies import a_policy, told
from tests.writes import READER, SALES_OWNER, a_domain, a_product, contract, done, faults

RULE = "data_classification_required"
BARE = contract(classification=None)
SAID = (RULE, "Contract 1.0.0 states no classification.")


def later(**ahead) -> str:
    return to_text(datetime.now(UTC) + timedelta(**ahead))


async def test_a_waived_write_commits_with_a_warning_that_names_the_waiver(store):
    await a_domain(store)
    product, other = await a_product(store, "orders"), await a_product(store, "returns")
    policy = await a_policy(store, RULE)
    waiver = done(await grant_waiver(store, ADMINISTRATOR, policy.id, product.id, " Until the audit. ", later(days=1)))
    assert (waiver.reason, waiver.granted_by, waiver.policy_name) == ("Until the audit.", "administrator", RULE)
    published = await publish_contract(store, ADMINISTRATOR, product.id, BARE)
    assert told(published) == {"violations": [], "warnings": [SAID]}
    assert [one.waiver for one in published.warnings] == [waiver]
    assert told(await publish_contract(store, ADMINISTRATOR, other.id, BARE))["violations"] == [SAID]
    judged = await store.read("MATCH (e:AuditEvent {action: 'dataContractPublish'}) RETURN collect(e.judgedJson)")
    assert ['"verdict":"WAIVED"' in one for one in judged] == [True]


async def test_a_waiver_is_seen_in_reports_and_bites_again_once_expired(store):
    await a_domain(store)
    product = await a_product(store)
    policy = await a_policy(store, RULE)
    expiry = later(seconds=3)
    waiver = done(await grant_waiver(store, ADMINISTRATOR, policy.id, product.id, "For a moment.", expiry))
    waived = await report_on(store)
    assert (waived.overall_compliance, waived.violations) == (True, ())
    assert [(one.product_id, one.waiver) for one in waived.warnings] == [(product.id, waiver)]
    assert [tuple(tally)[2:] for tally in at_once(by_policy(waived))] == [(1, 1, 0, 1, 1, None)]
    await asyncio.sleep(3.1)
    expired = await report_on(store)
    assert (expired.overall_compliance, [one.waiver for one in expired.violations]) == (False, [None])
    while_waived = await report_on(store, as_of=waiver.granted_at)
    assert while_waived.overall_compliance is True


async def test_a_waiver_covers_the_policys_next_version(store):
    await a_domain(store)
    product = await a_product(store)
    policy = await a_policy(store, RULE)
    done(await grant_waiver(store, ADMINISTRATOR, policy.id, product.id, "Known.", later(days=1)))
    await a_policy(store, RULE, description="Said better.")
    assert told(await publish_contract(store, ADMINISTRATOR, product.id, BARE))["warnings"] == [SAID]


async def test_a_grant_that_would_not_count_is_told(store):
    await a_domain(store)
    await a_domain(store, "finance")
    product = await a_product(store)
    policy = await a_policy(store, RULE, domain="finance")
    before = await checksum(store)

    async def granting(policy_id=policy.id, product_id=product.id, reason="Why not", expires_at=None):
        until = expires_at or later(days=1)
        return faults(await grant_waiver(store, ADMINISTRATOR, policy_id, product_id, reason, until))

    assert await granting() == [("INVALID_INPUT", ("productId",))]
    assert await granting(reason="  ") == [("INVALID_INPUT", ("reason",))]
    assert await granting(expires_at=later(seconds=-1)) == [("INVALID_INPUT", ("expiresAt",))]
    assert await granting("pol_none", "prd_none") == [("NOT_FOUND", ("policyId",)), ("NOT_FOUND", ("productId",))]
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("caller", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (READER, "FORBIDDEN"), (SALES_OWNER, "FORBIDDEN")]
)
async def test_only_governance_grants(store, caller, code):
    await a_domain(store)
    product = await a_product(store)
    policy = await a_policy(store, RULE, domain="sales")
    before = await checksum(store)
    outcome = await grant_waiver(store, caller, policy.id, product.id, "Please.", later(days=1))
    assert [fault.code for fault in outcome.user_errors] == [code]
    assert await checksum(store) == before
