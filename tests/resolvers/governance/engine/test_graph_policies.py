"""Graph-aware policies on a real graph: what they refuse, from which side, and what they leave alone."""

from resolvers.governance.report import report_on
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.dependency_retire import retire_dependency
from resolvers.mutations.inputs import ProductInput
from resolvers.writes.dependency_edges import DependencyInput
from tests.checksum import checksum
from tests.policies import a_policy, told
from tests.writes import a_domain, a_product, contract, done

OURS = "urn:mesh:sales:"


async def moved(store, product, *statuses):
    """The product after a walk through `statuses`."""
    for status in statuses:
        product = done(await transition_product(store, ADMINISTRATOR, product.id, ProductStatus[status]))
    return product


async def depends(store, consumer, provider, **given):
    return await declare_dependency(store, ADMINISTRATOR, consumer.id, provider.id, DependencyInput(**given))


async def offenders(store, at=None):
    report = await report_on(store, as_of=at)
    return [(one.product.name, one.message, len(one.path)) for one in report.violations + report.warnings]


async def test_stable_dependencies_holds_from_both_sides(store):
    await a_domain(store)
    orders, revenue = await a_product(store, "orders"), await a_product(store, "revenue")
    await moved(store, orders, "TESTING", "PRODUCTION")
    await moved(store, revenue, "TESTING", "PRODUCTION")
    draft = await a_product(store, "draft")
    await a_policy(store, "stable_dependencies")
    before = await checksum(store)
    said = f"The product is PRODUCTION and depends on {OURS}draft, which is DEVELOPMENT."
    refused = await depends(store, revenue, draft)
    assert told(refused)["violations"] == [("stable_dependencies", said)]
    assert [one.path for one in refused.violations] == [(revenue.id, draft.id)]
    assert await checksum(store) == before
    done(await depends(store, revenue, orders))
    before = await checksum(store)
    refused = await transition_product(store, ADMINISTRATOR, orders.id, ProductStatus.DEPRECATED)
    assert told(refused)["violations"] == [
        ("stable_dependencies", f"The product is PRODUCTION and depends on {OURS}orders, which is DEPRECATED.")
    ]
    assert [(one.product_id, one.path) for one in refused.violations] == [(revenue.id, (revenue.id, orders.id))]
    assert await checksum(store) == before


async def test_who_mends_one_of_two_faults_is_not_refused_for_the_other(store):
    await a_domain(store)
    revenue, old, older = [await a_product(store, name) for name in ("revenue", "old", "older")]
    for provider in (old, older):
        done(await depends(store, revenue, provider))
    await moved(store, revenue, "TESTING", "PRODUCTION")
    await a_policy(store, "stable_dependencies")
    assert len(await offenders(store)) == 2
    done(await retire_dependency(store, ADMINISTRATOR, revenue.id, old.id))
    done(await transition_product(store, ADMINISTRATOR, older.id, ProductStatus.TESTING))
    assert await offenders(store) == []


async def test_classification_flow_is_judged_when_a_provider_publishes(store):
    await a_domain(store)
    source, report = await a_product(store, "source"), await a_product(store, "report", contract=contract())
    done(await depends(store, report, source))
    await a_policy(store, "classification_flow")
    before = await checksum(store)
    refused = await publish_contract(store, ADMINISTRATOR, source.id, contract(classification="CONFIDENTIAL"))
    assert told(refused)["violations"] == [
        ("classification_flow", f"The product is INTERNAL and takes {OURS}source, which is CONFIDENTIAL.")
    ]
    assert await checksum(store) == before
    done(await publish_contract(store, ADMINISTRATOR, source.id, contract()))


def schema(**fields):
    return {"type": "object", "properties": {name: {"type": "string", **more} for name, more in fields.items()}}


async def test_a_confidential_field_is_named_along_column_lineage(store, cypher):
    await a_domain(store)
    secret = contract(jsonSchema=schema(email={"classification": "CONFIDENTIAL"}, country={}))
    source = await a_product(store, "source", contract=secret)
    public = contract(classification="PUBLIC", jsonSchema=schema(contact={}, land={}))
    report = await a_product(store, "report", contract=public)
    done(await depends(store, report, source))
    await a_policy(store, "classification_flow", "ADVISORY")
    assert await offenders(store) == [
        ("report", f"The product is PUBLIC and takes email (CONFIDENTIAL) of {OURS}source.", 2)
    ]
    derive = "MATCH (a:ContractField {path: $a}), (b:ContractField {path: $b}) CREATE (a)-[:DERIVED_FROM]->(b)"
    await cypher(derive, a="contact", b="email")
    expected = ("report", f"The product is PUBLIC and takes email (CONFIDENTIAL) as contact from {OURS}source.", 2)
    assert await offenders(store) == [expected]
    # a new version of the source takes the column lineage over
    described = contract("1.1.0", jsonSchema=schema(email={"classification": "CONFIDENTIAL"}, country={}, city={}))
    done(await publish_contract(store, ADMINISTRATOR, source.id, described))
    assert await offenders(store) == [expected]
    report = await report_on(store)
    assert report.warnings[0].evidence == {
        "provider": f"{OURS}source",
        "fields": [{"from": "email", "to": "contact", "was": "CONFIDENTIAL", "is": "PUBLIC"}],
    }


async def test_retention_flow_is_judged_for_a_new_product_with_its_dependencies(store):
    await a_domain(store)
    source = await a_product(store, "source", contract=contract(retention={"days": 30}))
    await a_policy(store, "retention_flow")
    before = await checksum(store)

    async def create(days):
        edges = [DependencyInput(source.id)]
        given = ProductInput(
            "sales", "copy", "DERIVED", contract=contract(retention={"days": days}), dependencies=edges
        )
        return await create_product(store, ADMINISTRATOR, given)

    assert told(await create(31))["violations"] == [
        ("retention_flow", f"The data are kept for 31 days; {OURS}source allows 30 days.")
    ]
    assert await checksum(store) == before
    done(await create(30))


async def test_contracts_of_other_domains_are_pinned(store):
    await a_domain(store)
    await a_domain(store, "finance")
    ours = await a_product(store, "orders")
    theirs = await a_product(store, "ledger", "finance", contract=contract())
    await a_policy(store, "pinned_cross_domain_contracts")
    before = await checksum(store)
    refused = await depends(store, ours, theirs)
    assert told(refused)["violations"] == [
        ("pinned_cross_domain_contracts", "The dependency on urn:mesh:finance:ledger pins no contract version.")
    ]
    assert await checksum(store) == before
    done(await depends(store, ours, theirs, contract_version="1.0.0"))


async def test_a_deprecated_product_names_its_successor_before_a_live_consumer_comes(store):
    await a_domain(store)
    old, new, user = [await a_product(store, name) for name in ("old", "new", "user")]
    await a_policy(store, "successor_for_deprecated")
    await moved(store, old, "DEPRECATED")
    done(await depends(store, user, old))  # not live yet
    before = await checksum(store)
    refused = await transition_product(store, ADMINISTRATOR, user.id, ProductStatus.TESTING)
    assert [(one.product_id, one.path) for one in refused.violations] == [(old.id, (old.id, user.id))]
    assert await checksum(store) == before
    told_to_go = {"successor": new.id, "sunset": "2999-06-30"}
    done(await update_product(store, ADMINISTRATOR, old.id, told_to_go))
    await moved(store, user, "TESTING")


async def test_an_owner_is_judged_when_it_changes(store):
    await a_domain(store)
    product = await a_product(store)
    await a_policy(store, "owner_required")
    refused = await update_product(store, ADMINISTRATOR, product.id, {"ownerTeam": "tbd"})
    assert told(refused)["violations"] == [("owner_required", "'tbd' is not a team that owns the product.")]


async def test_production_is_judged_by_what_it_needs(store):
    await a_domain(store)
    product = await a_product(store, description="Orders.", contract=contract())
    await moved(store, product, "TESTING")
    await a_policy(store, "production_ready")
    refused = await transition_product(store, ADMINISTRATOR, product.id, ProductStatus.PRODUCTION)
    assert told(refused)["violations"] == [("production_ready", "The product is PRODUCTION without an access point.")]
    points = {"accessPoints": [{"kind": "API", "uri": "https://api.example.com/orders"}]}
    done(await update_product(store, ADMINISTRATOR, product.id, points))
    await moved(store, product, "PRODUCTION")


async def test_a_cycle_is_refused_and_an_old_one_hinders_nobody(store):
    await a_domain(store)
    a, b, c, d = [await a_product(store, name) for name in "abcd"]
    for consumer, provider in ((a, b), (b, a), (b, c)):
        done(await depends(store, consumer, provider))
    await a_policy(store, "acyclic_dependencies")
    assert await offenders(store) == [
        ("a", "The product depends on itself by way of 1 other product.", 2),
        ("b", "The product depends on itself by way of 1 other product.", 2),
    ]
    before = await checksum(store)
    refused = await depends(store, c, a)
    assert [(one.product_id, one.message, one.evidence) for one in refused.violations] == [
        (c.id, "The product depends on itself by way of 2 other products.", {"cycle": [c.id, a.id, b.id, c.id]})
    ]
    assert await checksum(store) == before
    done(await depends(store, a, d))  # in the old cycle, and closes none
    assert told(await depends(store, d, a))["violations"] == [
        ("acyclic_dependencies", "The product depends on itself by way of 1 other product.")
    ]


async def test_many_cycles_are_found_in_one_report_and_at_a_past_time(store):
    await a_domain(store)
    ring = [await a_product(store, f"ring_{number:02}") for number in range(22)]
    for consumer, provider in zip(ring, [*ring[1:], ring[0]], strict=True):
        done(await depends(store, consumer, provider))
    await a_policy(store, "acyclic_dependencies", "ADVISORY")
    with_ring = (await report_on(store)).generated_at
    assert [length for _, _, length in await offenders(store)] == [22] * 22
    done(await retire_dependency(store, ADMINISTRATOR, ring[0].id, ring[1].id))
    assert await offenders(store) == []
    assert len(await offenders(store, with_ring)) == 22
