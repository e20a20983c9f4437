"""policyDefine and policyRetire: versions, scopes, rights, times, and whom a policy would hit."""

from datetime import UTC, datetime, timedelta

import pytest

from resolvers.model.access import ADMINISTRATOR, ANONYMOUS, Caller, Role
from resolvers.model.clock import now, to_text
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.inputs import ProductInput
from resolvers.mutations.policy_define import define_policy
from resolvers.mutations.policy_retire import retire_policy
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.policies import REQUIRED_SLAS, a_policy, builtin, policy_input, told
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, a_domain, a_product, audit_actions, contract, done, faults

RULE = "data_classification_required"
EVERY_DOMAINS_OWNER = Caller("eve", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"*"}))
VERSIONS = """
MATCH (y:Policy) WITH y ORDER BY y.version
RETURN collect([y.version, y.enforcement, y.effectiveFrom, y.retiredAt])
"""


def later(**ahead) -> str:
    return to_text(datetime.now(UTC) + timedelta(**ahead))


async def test_a_policy_is_stored_with_all_it_says(store):
    domain = await a_domain(store)
    given = policy_input(
        "minimum_sla_requirements", "ADVISORY", REQUIRED_SLAS, description=" Be there. ", domain="sales"
    )
    policy = done(await define_policy(store, SALES_OWNER, given))
    stored, scope = await store.read(
        "MATCH (y:Policy)-[:APPLIES_TO]->(d:Domain) RETURN [properties(y), d.id]",
    )
    assert scope == domain.id
    assert stored == {
        "id": policy.id,
        "name": "minimum_sla_requirements",
        "description": "Be there.",
        "scope": "DOMAIN",
        "scopeKey": "DOMAIN:sales",
        "domain": "sales",
        "enforcement": "ADVISORY",
        "ruleKind": "BUILTIN",
        "ruleName": "minimum_sla_requirements",
        "parametersJson": '{"required_slas":{"availability":{"target":0.99}}}',
        "version": 1,
        "paused": False,
        "since": policy.since,
        "effectiveFrom": policy.since,
    }
    assert await audit_actions(store) == ["domainRegister", "policyDefine"]


async def test_a_new_definition_is_the_next_version_and_the_old_one_is_kept(store):
    first = await a_policy(store, RULE, "ADVISORY")
    second = await a_policy(store, RULE, "MANDATORY")
    assert (second.version, second.id == first.id) == (2, False)
    assert await store.read(VERSIONS) == [
        [1, "ADVISORY", first.since, second.since],
        [2, "MANDATORY", second.since, None],
    ]


async def test_the_same_definition_again_changes_nothing(store):
    first = await a_policy(store, RULE)
    before = await checksum(store)
    assert done(await define_policy(store, ADMINISTRATOR, policy_input(RULE))) == first
    assert await checksum(store) == before


async def test_the_same_name_in_another_scope_is_another_policy(store):
    await a_domain(store)
    product = await a_product(store)
    mesh, domain = await a_policy(store, RULE), await a_policy(store, RULE, domain="sales")
    of_product = await a_policy(store, RULE, product=product.id)
    assert [(one.scope, one.version, one.retired_at) for one in (mesh, domain, of_product)] == [
        ("MESH", 1, None),
        ("DOMAIN", 1, None),
        ("PRODUCT", 1, None),
    ]


async def test_a_policy_of_one_product_holds_for_it_alone(store):
    await a_domain(store)
    product, other = await a_product(store, "orders"), await a_product(store, "returns")
    await a_policy(store, RULE, product=product.id, name="ours")
    bare = contract(classification=None)
    assert told(await publish_contract(store, ADMINISTRATOR, product.id, bare))["violations"] == [
        ("ours", "Contract 1.0.0 states no classification.")
    ]
    done(await publish_contract(store, ADMINISTRATOR, other.id, bare))


async def test_a_policy_can_take_effect_later_and_its_forerunner_holds_until_then(store):
    await a_domain(store)
    advisory = await a_policy(store, RULE, "ADVISORY")
    tomorrow = later(days=1)
    mandatory = await a_policy(store, RULE, "MANDATORY", effective_from=tomorrow)
    assert await store.read(VERSIONS) == [
        [1, "ADVISORY", advisory.since, tomorrow],
        [2, "MANDATORY", tomorrow, None],
    ]
    product = await a_product(store)  # warned by the first, not refused by the second
    soon = later(hours=1)
    await a_policy(store, RULE, "MANDATORY", effective_from=soon, description="Sooner.")
    assert [row[2:] for row in await store.read(VERSIONS)] == [
        [advisory.since, soon],
        [tomorrow, soon],  # replaced before it ever began
        [soon, None],
    ]
    assert (mandatory.effective_from, product.revision) == (tomorrow, 1)


async def test_a_policy_cannot_take_effect_in_the_past(store):
    outcome = await define_policy(store, ADMINISTRATOR, policy_input(RULE, effective_from=later(hours=-1)))
    assert faults(outcome) == [("INVALID_INPUT", ("input", "effectiveFrom"))]
    slow_clock = await a_policy(store, RULE, effective_from=later(seconds=-5))
    assert slow_clock.effective_from == slow_clock.since


async def test_a_paused_policy_judges_nothing(store):
    await a_domain(store)
    await a_policy(store, RULE)
    await a_policy(store, RULE, paused=True)
    await a_product(store)
    await a_policy(store, RULE, paused=False)
    refused = await create_product(store, ADMINISTRATOR, ProductInput("sales", "returns", "SOURCE"))
    assert told(refused)["violations"] == [(RULE, "There is no contract to state a classification.")]


async def test_a_dry_run_tells_whom_it_would_hit_today(store):
    await a_domain(store)
    await a_product(store, "orders", contract=contract())
    returns = await a_product(store, "returns")
    before = await checksum(store)
    dry = WriteOptions(dry_run=True)
    mandatory = await define_policy(store, ADMINISTRATOR, policy_input(RULE, effective_from=later(days=9)), dry)
    assert (mandatory.thing.name, mandatory.dry_run, mandatory.warnings) == (RULE, True, ())
    assert [(one.product_id, one.message) for one in mandatory.violations] == [
        (returns.id, "There is no contract to state a classification.")
    ]
    advisory = await define_policy(store, ADMINISTRATOR, policy_input(RULE, "ADVISORY", domain="sales"), dry)
    assert [(one.product_id, one.policy.enforcement) for one in advisory.warnings] == [(returns.id, "ADVISORY")]
    assert advisory.violations == ()
    assert await checksum(store) == before


BAD = [
    ({"rule": {"builtin": {"name": "be_nice"}}}, ("input", "rule", "builtin", "name")),
    ({"rule": builtin(RULE, {"level": 3})}, ("input", "rule", "builtin", "parameters", "level")),
    ({"rule": builtin("minimum_sla_requirements")}, ("input", "rule", "builtin", "parameters", "required_slas")),
    ({"rule": {}}, ("input", "rule")),
    ({"name": " "}, ("input", "name")),
    ({"domain": "sales", "product": "prd_x"}, ("input", "product")),
]


@pytest.mark.parametrize(("given", "path"), BAD)
async def test_a_bad_definition_is_told_and_leaves_no_trace(store, given, path):
    before = await checksum(store)
    outcome = await define_policy(store, ADMINISTRATOR, policy_input(RULE, **given))
    assert faults(outcome) == [("INVALID_INPUT", path)]
    assert await checksum(store) == before


async def test_unknown_scopes_are_told(store):
    in_domain = await define_policy(store, ADMINISTRATOR, policy_input(RULE, domain="nowhere"))
    of_product = await define_policy(store, ADMINISTRATOR, policy_input(RULE, product="prd_none"))
    assert faults(in_domain) == [("NOT_FOUND", ("input", "domain"))]
    assert faults(of_product) == [("NOT_FOUND", ("input", "product"))]


@pytest.mark.parametrize(
    ("caller", "domain", "code"),
    [
        (ANONYMOUS, None, "UNAUTHENTICATED"),
        (READER, None, "FORBIDDEN"),
        (SALES_OWNER, None, "FORBIDDEN"),
        (EVERY_DOMAINS_OWNER, None, "FORBIDDEN"),
        (READER, "sales", "FORBIDDEN"),
        (OTHER_OWNER, "sales", "FORBIDDEN"),
        (SALES_OWNER, "sales", None),
        (EVERY_DOMAINS_OWNER, "sales", None),
    ],
)
async def test_who_may_define_and_retire(store, caller, domain, code):
    await a_domain(store)
    policy = await a_policy(store, RULE, "ADVISORY", domain=domain)
    before = await checksum(store)
    defined = await define_policy(store, caller, policy_input(RULE, "MANDATORY", domain=domain))
    assert [fault.code for fault in defined.user_errors] == ([code] if code else [])
    if code:
        retired = await retire_policy(store, caller, policy.id)
        assert [fault.code for fault in retired.user_errors] == [code]
        assert await checksum(store) == before
    else:
        assert done(await retire_policy(store, caller, defined.thing.id)).retired_at is not None


async def test_a_retired_policy_judges_no_more_and_stays(store):
    await a_domain(store)
    policy = await a_policy(store, RULE)
    retired = done(await retire_policy(store, ADMINISTRATOR, policy.id))
    assert retired == policy._replace(retired_at=retired.retired_at)
    await a_product(store)
    assert [row[3] for row in await store.read(VERSIONS)] == [retired.retired_at]
    assert faults(await retire_policy(store, ADMINISTRATOR, policy.id)) == [("INVALID_INPUT", ("id",))]
    assert faults(await retire_policy(store, ADMINISTRATOR, "pol_none")) == [("NOT_FOUND", ("id",))]


async def test_retiring_ends_versions_that_were_to_come(store):
    first = await a_policy(store, RULE, "ADVISORY")
    await a_policy(store, RULE, "MANDATORY", effective_from=later(days=1))
    retired = done(await retire_policy(store, ADMINISTRATOR, first.id))
    assert [row[3] for row in await store.read(VERSIONS)] == [retired.retired_at, retired.retired_at]
    assert retired.retired_at <= now()
