"""The write pipeline: replay, revisions, refusals, dry runs, batches, and all of it at once from many sides."""

import asyncio
from itertools import pairwise

import pytest

from resolvers.governance.governed_write import write
from resolvers.model.access import ADMINISTRATOR, Action
from resolvers.model.errors import StoreError
from resolvers.model.ids import Prefix, new_id
from resolvers.model.records import Policy
from resolvers.mutations import data_product_create, data_product_update, dependency_declare, domain_register
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.domain_register import register_domain
from resolvers.mutations.inputs import DomainInput, ProductInput
from resolvers.writes import pipeline
from resolvers.writes.batch import batch
from resolvers.writes.dependency_edges import DependencyInput
from resolvers.writes.judgement import Governance, Judgement, Violation
from resolvers.writes.pipeline import WriteOptions
from resolvers.writes.revisions import save_revisions
from tests.checksum import checksum
from tests.writes import OTHER_OWNER, SALES_OWNER, a_domain, a_product, audit_actions, contract, done, faults

KEYED = WriteOptions(idempotency_key="once")
POLICY = Policy(
    *(new_id(Prefix.POLICY), "described", "", "MESH", None, None, "MANDATORY", "BUILTIN", "described", "{}", None),
    *(1, False, "", "", None),
)


async def test_the_same_key_and_input_get_the_same_answer(store):
    await a_domain(store)
    given = ProductInput("sales", "orders", "SOURCE", contract=contract())
    first = await create_product(store, SALES_OWNER, given, KEYED)
    after_first = await checksum(store)
    again = await create_product(store, SALES_OWNER, given, KEYED)
    assert done(first) == again.thing
    assert again.extra["contract"] == first.extra["contract"]
    assert await checksum(store) == after_first


async def test_a_lost_reply_is_asked_for_again(store):
    class Losing:
        """Commits, and then loses the connection before the reply."""

        async def write(self, work):
            await store.write(work)
            raise StoreError("The connection was lost during the commit.", "UNKNOWN_OUTCOME")

    await a_domain(store)
    given = ProductInput("sales", "orders", "SOURCE", contract=contract())
    with pytest.raises(StoreError):
        await create_product(Losing(), SALES_OWNER, given, KEYED)  # type: ignore[arg-type]
    after = await checksum(store)
    assert done(await create_product(store, SALES_OWNER, given, KEYED)).urn == "urn:mesh:sales:orders"
    assert await checksum(store) == after


async def test_a_replay_answers_what_was_and_writes_nothing(store):
    await a_domain(store)
    product = await a_product(store)
    first = done(await update_product(store, SALES_OWNER, product.id, {"description": "one"}, KEYED))
    done(await update_product(store, SALES_OWNER, product.id, {"description": "two"}))
    again = await update_product(store, SALES_OWNER, product.id, {"description": "one"}, KEYED)
    assert again.thing == first
    assert await store.read("MATCH (p:DataProduct) RETURN p.description") == "two"


async def test_another_input_under_the_same_key_is_refused(store):
    await a_domain(store)
    done(await create_product(store, SALES_OWNER, ProductInput("sales", "orders", "SOURCE"), KEYED))
    before = await checksum(store)
    for other in (ProductInput("sales", "orders", "DERIVED"), ProductInput("sales", "others", "SOURCE")):
        outcome = await create_product(store, SALES_OWNER, other, KEYED)
        assert faults(outcome) == [("IDEMPOTENCY_MISMATCH", ("idempotencyKey",))]
    assert await checksum(store) == before


async def test_a_key_is_its_callers_and_its_mutations_own(store):
    await a_domain(store)
    await a_domain(store, "other")
    done(await create_product(store, SALES_OWNER, ProductInput("sales", "orders", "SOURCE"), KEYED))
    done(await create_product(store, OTHER_OWNER, ProductInput("other", "orders", "SOURCE"), KEYED))
    done(await register_domain(store, ADMINISTRATOR, DomainInput("third", "team"), KEYED))
    assert await store.read("MATCH (k:IdempotencyKey) RETURN count(k)") == 3


async def test_a_refused_write_stores_no_key(store):
    await a_domain(store)
    before = await checksum(store)
    refused = await create_product(store, SALES_OWNER, ProductInput("nowhere", "orders", "SOURCE"), KEYED)
    assert faults(refused) == [("NOT_FOUND", ("input", "domain"))]
    assert await checksum(store) == before
    done(await create_product(store, SALES_OWNER, ProductInput("sales", "orders", "SOURCE"), KEYED))


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\nb", "\ud800"])
async def test_a_bad_key_is_refused(store, key):
    await a_domain(store)
    options = WriteOptions(idempotency_key=key)
    outcome = await create_product(store, SALES_OWNER, ProductInput("sales", "orders", "SOURCE"), options)
    assert faults(outcome) == [("INVALID_INPUT", ("idempotencyKey",))]


async def test_one_key_sent_twenty_times_at_once_writes_once(store):
    await a_domain(store)
    given = ProductInput("sales", "orders", "SOURCE", contract=contract())
    outcomes = await asyncio.gather(*(create_product(store, SALES_OWNER, given, KEYED) for _ in range(20)))
    assert {done(outcome) for outcome in map(_hashable, outcomes)} == {done(_hashable(outcomes[0]))}
    assert await store.read("MATCH (p:DataProduct) RETURN count(p)") == 1
    assert await audit_actions(store) == ["domainRegister", "dataProductCreate"]


def _hashable(outcome):
    return outcome._replace(thing=outcome.thing and outcome.thing._replace(tags=tuple(outcome.thing.tags)))


async def test_a_stale_revision_loses_and_hears_the_current_one(store):
    await a_domain(store)
    product = await a_product(store)
    fresh = WriteOptions(expected_revision=1)
    assert done(await update_product(store, SALES_OWNER, product.id, {"description": "one"}, fresh)).revision == 2
    before = await checksum(store)
    stale = await update_product(store, SALES_OWNER, product.id, {"description": "two"}, fresh)
    assert faults(stale) == [("REVISION_CONFLICT", ("expectedRevision",))]
    assert stale.user_errors[0].current == 2
    assert "the current revision is 2" in stale.user_errors[0].message
    assert await checksum(store) == before


async def test_of_many_with_the_same_expectation_one_wins(store):
    await a_domain(store)
    product = await a_product(store)
    expected = WriteOptions(expected_revision=1)
    outcomes = await asyncio.gather(
        *(update_product(store, SALES_OWNER, product.id, {"description": str(n)}, expected) for n in range(10))
    )
    assert (
        sorted(faults(outcome) for outcome in outcomes) == [[]] + [[("REVISION_CONFLICT", ("expectedRevision",))]] * 9
    )
    assert await store.read("MATCH (p:DataProduct) RETURN p.revision") == 2


async def test_revisions_of_parallel_writers_follow_each_other(store):
    await a_domain(store)
    product = await a_product(store)
    await asyncio.gather(*(update_product(store, SALES_OWNER, product.id, {"description": str(n)}) for n in range(10)))
    spans = await store.read(
        "MATCH (r:ProductRevision) WITH r ORDER BY r.revision RETURN collect([r.revision, r.validFrom, r.validTo])"
    )
    assert [number for number, _, _ in spans] == list(range(1, 12))
    for (_, begins, ends), (_, next_begins, _) in pairwise(spans):
        assert begins <= ends == next_begins
    assert spans[-1][2] is None


async def test_a_mandatory_violation_leaves_no_trace_and_an_advisory_one_warns(store):
    domain = await a_domain(store)
    before = await checksum(store)

    def judging(violations, warnings):
        async def judge(tx, touched, now, unsaved):
            await save_revisions(tx, unsaved)
            # the graph as it would be is there to be judged
            assert (
                await tx.run("MATCH (p:DataProduct {id: $id}) RETURN p.domainId", id=touched.products[0]) == domain.id
            )
            return Judgement(violations, warnings, ({"policyId": POLICY.id, "version": 1, "verdict": "x"},))

        return Governance(pipeline.no_neighbours, judge)

    def plan():
        return data_product_create.plan(ProductInput("sales", "orders", "SOURCE"))

    violation = Violation(POLICY, "prd_1", "has no description", ("prd_1",))
    refused = await pipeline.write(store, SALES_OWNER, Action.WRITE_PRODUCT, plan, KEYED, judging((violation,), ()))
    assert (refused.thing, refused.user_errors, refused.violations) == (None, (), (violation,))
    assert await checksum(store) == before
    warned = await pipeline.write(store, SALES_OWNER, Action.WRITE_PRODUCT, plan, KEYED, judging((), (violation,)))
    assert done(warned).name == "orders"
    assert warned.warnings == (violation,)
    judged = await store.read("MATCH (e:AuditEvent {action: 'dataProductCreate'}) RETURN e.judgedJson")
    assert judged == f'[{{"policyId":"{POLICY.id}","verdict":"x","version":1}}]'
    again = await pipeline.write(store, SALES_OWNER, Action.WRITE_PRODUCT, plan, KEYED, judging((), ()))
    assert again.warnings == (violation._replace(path=["prd_1"]),)


async def test_a_neighbour_that_comes_between_is_locked_by_a_new_start(store):
    await a_domain(store)
    product, late = await a_product(store), await a_product(store, "late")
    calls = []

    async def judge(tx, touched, now, unsaved):
        await save_revisions(tx, unsaved)
        calls.append(touched.products)
        return Judgement(reached=frozenset({product.id, late.id}))

    governance = Governance(pipeline.no_neighbours, judge)
    plan = data_product_update.plan(product.id, {"description": "new"})
    outcome = await pipeline.write(
        store, SALES_OWNER, Action.WRITE_PRODUCT, lambda: plan, pipeline.DEFAULTS, governance
    )
    assert done(outcome).revision == 2
    assert calls == [(product.id,)] * 2


async def test_a_batch_is_one_event_and_all_or_nothing(store):
    def writes(last_type):
        domain = domain_register.plan(DomainInput("sales", "team"))
        one = data_product_create.plan(ProductInput("sales", "one", "SOURCE"))
        two = data_product_create.plan(ProductInput("sales", "two", "DERIVED"))
        ids = [write.touched.products[0] for write in (one, two)]
        edge = dependency_declare.plan(ids[1], ids[0], DependencyInput())
        last = data_product_update.plan(ids[0], {"type": last_type}) if last_type else None
        taken = data_product_create.plan(ProductInput("sales", "one", "SOURCE"))
        return [domain, one, two, edge, last or taken]

    before = await checksum(store)
    refused = await write(
        store, ADMINISTRATOR, Action.WRITE_PRODUCT, lambda: batch("import", ADMINISTRATOR, writes(None))
    )
    assert faults(refused) == [("ALREADY_EXISTS", ("input", "name"))]
    assert await checksum(store) == before
    outcome = await write(
        store, ADMINISTRATOR, Action.WRITE_PRODUCT, lambda: batch("import", ADMINISTRATOR, writes("AGGREGATE")), KEYED
    )
    assert [type(thing).__name__ for thing in done(outcome)] == [
        "Domain",
        "Product",
        "Product",
        "Dependency",
        "Product",
    ]
    assert await audit_actions(store) == ["import"]
    assert await store.read("MATCH (:DataProduct)-[r:DEPENDS_ON]->(b) RETURN b.type") == "AGGREGATE"


async def test_a_batch_asks_for_the_rights_of_each_part(store):
    await a_domain(store)
    await a_domain(store, "other")
    before = await checksum(store)

    def plan():
        parts = [ProductInput("sales", "one", "SOURCE"), ProductInput("other", "two", "SOURCE")]
        return batch("import", SALES_OWNER, [data_product_create.plan(part) for part in parts])

    outcome = await write(store, SALES_OWNER, Action.WRITE_PRODUCT, plan)
    assert faults(outcome) == [("FORBIDDEN", ())]
    assert await checksum(store) == before
