"""Writes judged by the policies in force: advisory warns, mandatory refuses and leaves no trace."""

import pytest

from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.inputs import ProductInput
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.policies import REQUIRED_SLAS, a_policy, told
from tests.writes import ORDER_SCHEMA, a_domain, a_product, contract, done

GOOD_SLA = {"sla": [{"metric": "availability", "target": 0.995}]}
FIELDLESS = {"jsonSchema": {"type": "object"}}


def create(store, name="orders", domain="sales", options=WriteOptions(), **given):  # noqa: B008
    return create_product(store, ADMINISTRATOR, ProductInput(domain, name, "SOURCE", **given), options)


BREAKING = [
    (
        "data_classification_required",
        None,
        contract(classification=None),
        "Contract 1.0.0 states no classification.",
    ),
    ("retention_policy_required", None, contract(retention=None), "Contract 1.0.0 states no retention."),
    (
        "minimum_sla_requirements",
        REQUIRED_SLAS,
        contract(sla=[{"metric": "availability", "target": 0.98}]),
        "availability is promised as 0.98; at least 0.99 is required.",
    ),
    (
        "schema_documentation_required",
        None,
        contract(**FIELDLESS),
        "The schema of contract 1.0.0 names no fields.",
    ),
]


@pytest.mark.parametrize(("rule", "parameters", "offending", "message"), BREAKING)
async def test_a_mandatory_policy_refuses_and_nothing_is_written(store, rule, parameters, offending, message):
    await a_domain(store)
    await a_policy(store, rule, "MANDATORY", parameters)
    before = await checksum(store)
    refused = await create(store, contract=offending, description="All orders.")
    assert told(refused) == {"violations": [(rule, message)], "warnings": []}
    assert refused.thing is None
    assert refused.user_errors == ()
    assert await checksum(store) == before


@pytest.mark.parametrize(("rule", "parameters", "offending", "message"), BREAKING)
async def test_an_advisory_policy_warns_and_the_write_commits(store, rule, parameters, offending, message):
    await a_domain(store)
    policy = await a_policy(store, rule, "ADVISORY", parameters)
    warned = await create(store, contract=offending, description="All orders.")
    assert told(warned) == {"violations": [], "warnings": [(rule, message)]}
    assert [(one.policy, one.product_id, one.path) for one in warned.warnings] == [
        (policy, warned.thing.id, (warned.thing.id,))
    ]
    assert await store.read("MATCH (p:DataProduct) RETURN collect(p.id)") == [warned.thing.id]


async def test_all_findings_of_all_policies_come_at_once(store):
    await a_domain(store)
    for rule, parameters, _, _ in BREAKING:
        await a_policy(store, rule, "MANDATORY", parameters)
    assert told(await create(store))["violations"] == [
        ("data_classification_required", "There is no contract to state a classification."),
        ("minimum_sla_requirements", "There is no contract to promise availability; 0.99 is required."),
        ("retention_policy_required", "There is no contract to state a retention."),
        ("schema_documentation_required", "The product has no description."),
        ("schema_documentation_required", "There is no contract, so no schema."),
    ]


async def test_a_policy_of_a_domain_holds_there_alone_and_beside_the_meshs(store):
    await a_domain(store)
    await a_domain(store, "finance")
    await a_policy(store, "data_classification_required", "MANDATORY")
    await a_policy(store, "data_classification_required", "ADVISORY", domain="sales")
    await a_policy(store, "retention_policy_required", "MANDATORY", domain="sales")
    bare = contract(classification=None, retention=None)
    classification = ("data_classification_required", "Contract 1.0.0 states no classification.")
    assert told(await create(store, contract=bare)) == {
        "violations": [classification, ("retention_policy_required", "Contract 1.0.0 states no retention.")],
        "warnings": [classification],
    }
    assert told(await create(store, domain="finance", contract=bare)) == {
        "violations": [classification],
        "warnings": [],
    }


async def test_publishing_is_judged_and_a_refusal_keeps_the_contract_in_force(store):
    await a_domain(store)
    product = await a_product(store, contract=contract())
    await a_policy(store, "data_classification_required")
    before = await checksum(store)
    refused = await publish_contract(store, ADMINISTRATOR, product.id, contract("2.0.0", classification=None))
    assert told(refused)["violations"] == [("data_classification_required", "Contract 2.0.0 states no classification.")]
    assert await checksum(store) == before
    done(await publish_contract(store, ADMINISTRATOR, product.id, contract("2.0.0", classification="RESTRICTED")))
    stated = "MATCH (p:DataProduct)-[:HAS_CONTRACT]->(c) WHERE c.id = p.contractId RETURN [c.version, p.classification]"
    assert await store.read(stated) == ["2.0.0", "RESTRICTED"]


async def test_only_policies_that_care_about_what_changed_are_asked(store):
    await a_domain(store)
    product = await a_product(store, contract=contract(classification=None))
    await a_policy(store, "data_classification_required")
    done(await update_product(store, ADMINISTRATOR, product.id, {"tags": ["core"]}))
    assert await store.read("MATCH (e:AuditEvent) WITH e ORDER BY e.seq DESC LIMIT 1 RETURN e.judgedJson") == "[]"


async def test_a_dry_run_is_judged_and_writes_nothing(store):
    await a_domain(store)
    await a_policy(store, "data_classification_required")
    await a_policy(store, "retention_policy_required", "ADVISORY")
    before = await checksum(store)
    dry = WriteOptions(dry_run=True)
    assert told(await create(store, options=dry, contract=contract(classification=None)))["violations"] == [
        ("data_classification_required", "Contract 1.0.0 states no classification.")
    ]
    would = await create(store, options=dry, contract=contract(retention=None))
    assert told(would) == {
        "violations": [],
        "warnings": [("retention_policy_required", "Contract 1.0.0 states no retention.")],
    }
    assert would.thing.classification == "INTERNAL"
    assert await checksum(store) == before


async def test_the_audit_event_names_every_policy_that_was_asked(store):
    await a_domain(store)
    passed = await a_policy(store, "data_classification_required")
    warned = await a_policy(store, "retention_policy_required", "ADVISORY")
    done(await create(store, contract=contract(retention=None)))
    judged = await store.read("MATCH (e:AuditEvent {action: 'dataProductCreate'}) RETURN e.judgedJson")
    assert judged == (
        f'[{{"name":"data_classification_required","policyId":"{passed.id}","verdict":"PASSED","version":1}},'
        f'{{"name":"retention_policy_required","policyId":"{warned.id}","verdict":"WARNED","version":1}}]'
    )


async def test_field_descriptions_can_be_demanded(store):
    await a_domain(store)
    await a_policy(store, "schema_documentation_required", "MANDATORY", {"describe_fields": True})
    told_of = told(await create(store, description="Orders.", contract=contract(jsonSchema=ORDER_SCHEMA)))
    assert told_of["violations"] == [
        ("schema_documentation_required", "Contract 1.0.0 does not describe order_id, total, customer, customer.id.")
    ]
