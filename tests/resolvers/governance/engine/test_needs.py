"""Reports read no more of a product than its rules say they need, so rules have to say all that they look at."""

import pytest

from resolvers.governance.engine.binding import Bound, bind, needs_of
from resolvers.governance.engine.evaluate import evaluate
from resolvers.governance.engine.facts_cypher import MESH, Scope, load
from resolvers.governance.facts import BASIC, BRIEF_CONTRACT, ContractFacts, Need
from resolvers.governance.rules.registry import BUILTIN
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.clock import now
from resolvers.model.records import Product, ProductStatus
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.writes.dependency_edges import DependencyInput
from tests.policies import REQUIRED_SLAS, a_policy
from tests.writes import a_domain, a_product, contract, done

PROMISED = [{"metric": "freshness", "target": 2, "unit": "h", "better": "LOWER"}]
SCOPES = (MESH, Scope(domains=("sales", "finance")))
PARAMETERS = {"minimum_sla_requirements": REQUIRED_SLAS, "schema_documentation_required": {"describe_fields": True}}
EXPRESSIONS = (
    "product.description == 'no'",
    "'no' in product.tags",
    "has(product.metadata.no)",
    "size(product.accessPoints) > 9",
    "product.name == 'no' || contract != null && contract.version == 'no'",
    "contract != null && contract.format == 'no'",
    "contract != null && size(contract.sla) > 9",
    "contract != null && size(contract.quality) > 9",
    "contract != null && contract.semanticModel != null",
    "contract != null && contract.retention == null && contract.classification == 'no'",
    "contract != null && contract.fields.exists(field, field.name == 'no')",
    "product['tags'].size() > 9",
    "providers.exists(one, one.description == 'no')",
    "consumers.exists(one, one.metadata.no == 1)",
)


async def a_mesh_of_faults(store):
    """Some product breaks each built-in rule: ledger and orders are made of each other, bare has nothing."""
    await a_domain(store)
    await a_domain(store, "finance")
    kept = contract(classification="CONFIDENTIAL", retention={"days": 30}, sla=[])
    ledger = await a_product(store, "ledger", "finance", contract=kept)
    orders = await a_product(
        store, "orders", contract=contract(classification="PUBLIC", sla=PROMISED), tags=["a"], description="All."
    )
    bare = await a_product(store, "bare", owner_team="nobody")
    for consumer, provider in ((orders, ledger), (ledger, orders), (bare, ledger)):
        done(await declare_dependency(store, ADMINISTRATOR, consumer.id, provider.id, DependencyInput()))
    for product, status in ((orders, ProductStatus.PRODUCTION), (ledger, ProductStatus.DEPRECATED)):
        done(await transition_product(store, ADMINISTRATOR, product.id, status))


async def found(store, bound: Bound, scope: Scope, shown: tuple[str, ...] | None, at_once: bool = False):
    loaded = await load(store.read, scope, bound.needs, now(), at_once=at_once, shown=shown)
    return sorted((one.product_id, one.message, one.path, one.evidence) for one in evaluate(bound, loaded))


async def finds_as_much_in_what_it_needs(store, bound: Bound):
    for scope in SCOPES:
        everything = await found(store, bound, scope, None)
        assert everything
        assert await found(store, bound, scope, ()) == everything
        assert await found(store, bound, scope, ("created_at",), at_once=True) == everything


async def test_a_rule_says_what_it_looks_at(store):
    await a_mesh_of_faults(store)
    for rule in BUILTIN:
        bound = bind(await a_policy(store, rule, "ADVISORY", PARAMETERS.get(rule)))
        await finds_as_much_in_what_it_needs(store, bound)


async def test_an_expression_is_known_by_its_words(store):
    await a_mesh_of_faults(store)
    for number, text in enumerate(EXPRESSIONS):
        policy = await a_policy(store, "", "ADVISORY", name=f"rule_{number}", rule={"expression": text})
        await finds_as_much_in_what_it_needs(store, bind(policy))


async def test_no_more_is_read_than_that(store):
    await a_domain(store)
    orders = await a_product(store, "orders", contract=contract(), tags=["a"], description="All.")

    async def read(needs: frozenset[Need], shown: tuple[str, ...] | None):
        loaded = await load(store.read, MESH, needs, now(), shown=shown)
        return loaded.facts[orders.id].product

    record, terms = await read(frozenset(), ())
    assert (record._fields, record.name) == (BASIC, "orders")
    assert (terms._fields, terms.version, terms.retention_days) == (BRIEF_CONTRACT, "1.0.0", 365)
    record, terms = await read(frozenset({Need.TAGS, Need.TERMS}), ("urn", "created_at"))
    assert (record._fields, record.tags) == ((*BASIC, "tags", "created_at"), ["a"])
    assert (type(terms), terms.format, terms.sla) == (ContractFacts, "json", [])
    for needs, shown in ((frozenset({Need.WHOLE_NEIGHBOURS}), ()), (frozenset(), None)):
        record, terms = await read(needs, shown)
        assert (type(record), record) == (Product, orders)
        assert (type(terms), terms.format) == (ContractFacts, "json")


@pytest.mark.parametrize(
    ("rule", "needs"),
    [
        ("owner_required", set()),
        ("data_classification_required", set()),
        ("minimum_sla_requirements", {Need.TERMS}),
        ("production_ready", {Need.DESCRIPTION, Need.ACCESS_POINTS}),
    ],
)
async def test_common_rules_need_little(store, rule, needs):
    assert needs_of([bind(await a_policy(store, rule, "ADVISORY", PARAMETERS.get(rule)))]) == needs
