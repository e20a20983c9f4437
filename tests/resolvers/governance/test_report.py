"""Compliance reports: exact counts, past times, and a number of queries that products don't add to."""

import pytest

from resolvers.governance.engine.facts_cypher import MESH, Scope
from resolvers.governance.report import by_domain, by_policy, listing, product_scope, report_on
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.clock import now
from resolvers.model.errors import UserFault
from resolvers.model.portions import at_once
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.policy_retire import retire_policy
from resolvers.writes.dependency_edges import DependencyInput
from tests.counting_store import CountingStore
from tests.policies import REQUIRED_SLAS, a_policy
from tests.writes import a_domain, a_product, contract, done


async def a_small_mesh(store):
    """sales: orders complies, returns has no contract. finance: ledger states no retention."""
    await a_domain(store)
    await a_domain(store, "finance")
    orders = await a_product(store, "orders", contract=contract())
    returns = await a_product(store, "returns")
    ledger = await a_product(store, "ledger", "finance", contract=contract(retention=None))
    return orders, returns, ledger


def findings(report):
    return {
        kind: [(one.product.urn.removeprefix("urn:mesh:"), one.policy.name) for one in getattr(report, kind)]
        for kind in ("violations", "warnings")
    }


async def test_the_mesh_a_domain_and_products(store):
    orders, returns, _ = await a_small_mesh(store)
    await a_policy(store, "data_classification_required", "MANDATORY")
    await a_policy(store, "retention_policy_required", "ADVISORY")
    whole = await report_on(store)
    assert (whole.overall_compliance, whole.checked_products) == (False, 3)
    assert findings(whole) == {
        "violations": [("sales:returns", "data_classification_required")],
        "warnings": [("finance:ledger", "retention_policy_required"), ("sales:returns", "retention_policy_required")],
    }
    finance = await report_on(store, Scope(domains=("finance",)))
    assert (finance.overall_compliance, finance.checked_products) == (True, 1)
    assert findings(finance) == {"violations": [], "warnings": [("finance:ledger", "retention_policy_required")]}
    two = await report_on(store, product_scope([orders.id, returns.id, orders.id]))
    assert (two.overall_compliance, [product.id for product in two.products]) == (False, [orders.id, returns.id])
    assert [(one.product_id, one.path, one.product) for one in two.violations] == [(returns.id, (returns.id,), returns)]


async def test_by_domain_and_by_policy(store):
    await a_small_mesh(store)
    mandatory = await a_policy(store, "data_classification_required", "MANDATORY")
    advisory = await a_policy(store, "minimum_sla_requirements", "ADVISORY", REQUIRED_SLAS, domain="sales")
    report = await report_on(store)
    assert [tuple(tally) for tally in at_once(by_domain(report))] == [
        ("finance", None, 1, 1, 0, 0, 0, None),
        ("sales", None, 2, 1, 1, 2, 0, None),
    ]
    assert [tuple(tally) for tally in at_once(by_policy(report))] == [
        (mandatory.id, mandatory, 3, 2, 1, 0, 0, None),
        (advisory.id, advisory, 2, 2, 0, 2, 0, None),
    ]
    assert [tally.overall_compliance for tally in at_once(by_policy(report))] == [False, True]


async def test_an_empty_mesh_complies_and_says_that_nothing_was_checked(store):
    report = await report_on(store)
    assert (report.overall_compliance, report.checked_products, report.violations) == (True, 0, ())


async def test_a_past_time_sees_the_products_contracts_and_policies_of_then(store):
    await a_domain(store)
    orders = await a_product(store, "orders", contract=contract(retention=None))
    before_the_policy = now()
    policy = await a_policy(store, "retention_policy_required")
    violated = now()
    await a_product(store, "returns", contract=contract())
    published = done(await publish_contract(store, ADMINISTRATOR, orders.id, contract("1.1.0")))
    mended = now()
    done(await retire_policy(store, ADMINISTRATOR, policy.id))

    async def seen(at=None):
        report = await report_on(store, as_of=at)
        return report.checked_products, findings(report)["violations"], [one.version for one in report.policies]

    assert await seen(before_the_policy) == (1, [], [])
    assert await seen(violated) == (1, [("sales:orders", "retention_policy_required")], [1])
    assert await seen(mended) == (2, [], [1])
    assert await seen() == (2, [], [])
    then = await report_on(store, as_of=violated)
    assert then.violations[0].product == orders  # as it was, not as it is
    assert published.version == "1.1.0"


async def test_a_time_to_come_and_unknown_scopes_are_refused(store):
    await a_small_mesh(store)
    with pytest.raises(UserFault, match="in the future"):
        await report_on(store, as_of="2999-01-01T00:00:00.000000Z")
    with pytest.raises(UserFault, match="There is no domain 'nowhere'"):
        await report_on(store, Scope(domains=("nowhere",)))
    with pytest.raises(UserFault, match="There is no data product 'prd_none'"):
        await report_on(store, product_scope(["prd_none"]))
    with pytest.raises(UserFault, match="at most 1000"):
        product_scope(["prd_x"] * 1001)


async def test_the_number_of_queries_does_not_grow_with_products_or_policies(store):
    await a_domain(store)
    await a_product(store, "one")
    await a_policy(store, "schema_documentation_required", "ADVISORY", {"describe_fields": True})
    counting = CountingStore(store)
    await report_on(counting)
    assert len(counting.queries) == 4  # the policies, the products in halves, the fields that this one asks for
    for number in range(5):
        await a_product(store, f"more_{number}")
    await a_policy(store, "retention_policy_required", "ADVISORY")
    await a_policy(store, "data_classification_required", "ADVISORY")
    counting = CountingStore(store)
    report = await report_on(counting)
    assert (len(counting.queries), report.checked_products, len(report.warnings)) == (4, 6, 24)


async def test_a_schema_without_fields_is_found_by_their_number_now_and_then(store):
    await a_domain(store)
    described = {"properties": {"id": {"type": "string", "description": "The key."}, "total": {"type": "number"}}}
    await a_product(store, "orders", description="All.", contract=contract(jsonSchema={"type": "object", **described}))
    await a_product(store, "returns", description="All.", contract=contract(jsonSchema={"type": "object"}))
    await a_policy(store, "schema_documentation_required", "ADVISORY")
    bare = [("returns", "The schema of contract 1.0.0 names no fields.")]
    for at in (None, now()):
        for scope in (MESH, Scope(domains=("sales",))):
            report = await report_on(store, scope, at)
            assert [(one.product.name, one.message) for one in report.warnings] == bare
    await a_policy(store, "schema_documentation_required", "ADVISORY", {"describe_fields": True})
    report = await report_on(store)
    assert [(one.product.name, one.message) for one in report.warnings] == [
        ("orders", "Contract 1.0.0 does not describe total."),
        *bare,
    ]


async def test_what_is_said_of_providers_is_the_same_in_every_scope(store):
    """The mesh has them as what is judged, other scopes their cards, and all of them when a policy asks for that."""
    await a_domain(store)
    await a_domain(store, "finance")
    ledger = await a_product(store, "ledger", "finance", contract=contract(), description="The books.")
    orders = await a_product(store, "orders", contract=contract(retention=None))
    pinned = DependencyInput(contract_version="1.0.0")
    done(await declare_dependency(store, ADMINISTRATOR, orders.id, ledger.id, pinned))
    for rule in ("pinned_cross_domain_contracts", "retention_flow", "classification_flow", "stable_dependencies"):
        await a_policy(store, rule, "ADVISORY")
    scopes = (MESH, Scope(domains=("sales",)), product_scope([orders.id]))

    async def told(at=None):
        reports = [await report_on(store, scope, at) for scope in scopes]
        return [
            [(one.policy.name, one.message, one.evidence) for one in report.warnings if one.product_id == orders.id]
            for report in reports
        ]

    kept = "The data are kept without an end; urn:mesh:finance:ledger allows 365 days."
    evidence = {"provider": ledger.urn, "allowedDays": 365, "keptDays": None}
    assert await told() == await told(now()) == [[("retention_flow", kept, evidence)]] * 3
    text = "size(providers) == 0 || providers[0].description != 'The books.'"
    await a_policy(store, "", "ADVISORY", name="told", rule={"expression": text})
    said = [("retention_flow", kept, evidence), ("told", "The expression does not hold.", {"expression": text})]
    assert await told() == await told(now()) == [said] * 3


async def test_every_finding_has_a_place_of_its_own(store):
    await a_domain(store)
    await a_product(store, "orders")
    await a_policy(store, "schema_documentation_required", "ADVISORY")
    report = await report_on(store)
    page = await listing(report, "warnings", None, None).page()
    assert [page.key(place)[3] for place in (0, 1)] == [0, 1]


async def test_pages_go_on_where_one_name_begins_another(store):
    """By text `strict` comes before `strict-er`, but `strict/…` after `strict-er/…`."""
    await a_domain(store)
    await a_product(store, "orders")
    for name in ("strict", "strict-er"):
        await a_policy(store, "retention_policy_required", "ADVISORY", name=name)
    report = await report_on(store)
    found, after = [], None
    for _ in range(2):
        page = listing(report, "warnings", 1, after)
        (edge,) = await page.edges()
        found.append(edge.node.policy.name)
        after = edge.cursor
    assert found == ["strict", "strict-er"]
    assert await listing(report, "warnings", 1, after).edges() == []
