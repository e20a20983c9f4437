"""How many Cypher statements each kind of write takes, beside BEGIN and COMMIT, however large the mesh is.

All take three: lock and look, judge, append to the log with what the idempotency key remembers. What is more is what
the mutation itself reads and writes, one for each graph pattern in force, and one when others appended in the meantime.
"""

import pytest

from resolvers.governance.engine import active_policies
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.dependency_retire import retire_dependency
from resolvers.mutations.domain_update import update_domain
from resolvers.mutations.inputs import ProductInput
from resolvers.writes.dependency_edges import DependencyInput
from resolvers.writes.pipeline import WriteOptions
from tests.counting_store import CountingStore
from tests.policies import a_policy, told
from tests.writes import a_domain, a_product, contract, done

DRY = WriteOptions(dry_run=True)
PATTERN = "MATCH (p:DataProduct) WHERE p.id IN $products AND p.status = 'NONE' RETURN p.id AS productId"


def kinds(ids):
    """By name: the write, and its statements without a policy."""
    hub, user, free, domain = ids
    contracted = {"contract": contract(), "description": "X.", "dependencies": [DependencyInput(hub)]}
    given = ProductInput("sales", "fresh", "DERIVED", **contracted)
    return {
        "domainUpdate": (4, lambda store, how: update_domain(store, ADMINISTRATOR, domain, {"ownerTeam": "x"}, how)),
        "dataProductUpdate": (3, lambda store, how: update_product(store, ADMINISTRATOR, hub, {"tags": ["x"]}, how)),
        "dataProductTransition": (
            3,
            lambda store, how: transition_product(store, ADMINISTRATOR, hub, ProductStatus.TESTING, how),
        ),
        "dependencyDeclare": (5, lambda store, how: declare_dependency(store, ADMINISTRATOR, free, hub, options=how)),
        "dependencyRetire": (5, lambda store, how: retire_dependency(store, ADMINISTRATOR, user, hub, how)),
        "dataContractPublish": (
            7,
            lambda store, how: publish_contract(store, ADMINISTRATOR, free, contract("1.1.0"), how),
        ),
        "dataProductCreate": (8, lambda store, how: create_product(store, ADMINISTRATOR, given, how)),
    }


@pytest.fixture
async def ids(store):
    domain = await a_domain(store)
    made = {"contract": contract(), "description": "X."}
    hub, user, free = [await a_product(store, name, **made) for name in ("hub", "user", "free")]
    done(await declare_dependency(store, ADMINISTRATOR, user.id, hub.id))
    return hub.id, user.id, free.id, domain.id


@pytest.mark.parametrize("governed", [False, True])
async def test_statements_per_kind(store, ids, governed):
    if governed:
        for rule in ("stable_dependencies", "classification_flow", "acyclic_dependencies", "owner_required"):
            await a_policy(store, rule)
        await a_policy(store, "", name="ours", rule={"expression": "providers.all(p, p.status != 'DEPRECATED')"})
        await a_policy(store, "", name="found", rule={"graph_pattern": PATTERN})
    counting = CountingStore(store)
    counted, begun = {}, {}
    for name, (_, run) in kinds(ids).items():
        assert (await run(counting, DRY)).thing is not None, name  # the policies are expected from here on
        counting.statements.clear()
        counting.transactions = 0
        done(await run(counting, WriteOptions(idempotency_key=name)))
        counted[name], begun[name] = len(counting.statements), counting.transactions
    patterns = {name: int(governed and name != "domainUpdate") for name in counted}
    assert counted == {name: expected + patterns[name] for name, (expected, _) in kinds(ids).items()}
    assert set(begun.values()) == {1}


async def test_policies_that_are_not_expected_are_judged_all_the_same(store, ids, monkeypatch):
    """Another process defined them: the first write finds them under its locks, locks more and begins again once."""
    await a_policy(store, "stable_dependencies")
    hub, user, *_ = ids
    done(await transition_product(store, ADMINISTRATOR, hub, ProductStatus.PRODUCTION))
    done(await transition_product(store, ADMINISTRATOR, user, ProductStatus.PRODUCTION))
    monkeypatch.setattr(active_policies, "_last", [active_policies.CachedPolicies([], [])])
    counting = CountingStore(store)
    refused = await transition_product(counting, ADMINISTRATOR, hub, ProductStatus.DEPRECATED)
    assert [name for name, _ in told(refused)["violations"]] == ["stable_dependencies"]
    assert counting.transactions == 2
    counting.transactions = 0
    await transition_product(counting, ADMINISTRATOR, hub, ProductStatus.DEPRECATED)
    assert counting.transactions == 1


async def test_policies_that_are_gone_refuse_nothing(store, ids, cypher):
    hub, user, *_ = ids
    await a_policy(store, "stable_dependencies")
    for product in (hub, user):
        done(await transition_product(store, ADMINISTRATOR, product, ProductStatus.PRODUCTION))
    assert active_policies.expected()
    await cypher("MATCH (y:Policy) SET y.retiredAt = y.since")
    done(await transition_product(store, ADMINISTRATOR, hub, ProductStatus.DEPRECATED))
    assert active_policies.expected() == []
