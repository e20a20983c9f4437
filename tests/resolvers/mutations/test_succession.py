"""Successor and sunset of a deprecated product: given, refused, shown to consumers, taken back, seen in the past."""

import asyncio
from itertools import pairwise

import pytest

from graph_api.neo4j.metadata_successors import move_successors
from resolvers.governance.engine.facts_cypher import Scope
from resolvers.governance.report import report_on
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_product_retire import retire_product
from resolvers.mutations.data_product_transition import Succession, transition_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.inputs import DependencyInput
from resolvers.writes.revisions import from_document
from tests.checksum import checksum
from tests.graphql_execution import ask, ask_wrongly
from tests.policies import a_policy
from tests.writes import SALES_OWNER, a_domain, a_product, done, faults

DEPRECATED = ProductStatus.DEPRECATED
SHOWN = """query($id: ID!) { dataProduct(id: $id) { status sunset successor { urn status }
  dependencies { nodes { provider { sunset successor { name } }
    providerHealth { deprecated sunset healthy successor { urn } } } } } }"""
LATER = "2999-06-30"


async def old_and_new(store):
    await a_domain(store)
    return await a_product(store, "old"), await a_product(store, "new")


async def deprecate(store, product, successor=None, sunset=None):
    after = Succession(successor, sunset)
    return await transition_product(store, SALES_OWNER, product.id, DEPRECATED, succession=after)


async def test_a_deprecated_product_names_what_comes_after_it(store):
    old, new = await old_and_new(store)
    user = await a_product(store, "user", dependencies=[DependencyInput(old.id)])
    after = done(await deprecate(store, old, new.id, LATER))
    assert (after.status, after.successor, after.sunset) == ("DEPRECATED", new.urn, LATER)
    told = (await ask(store, SHOWN, id=old.id))["dataProduct"]
    assert (told["sunset"], told["successor"]) == (LATER, {"urn": new.urn, "status": "DEVELOPMENT"})
    (edge,) = (await ask(store, SHOWN, id=user.id))["dataProduct"]["dependencies"]["nodes"]
    assert edge["provider"] == {"sunset": LATER, "successor": {"name": "new"}}
    health = {"deprecated": True, "sunset": LATER, "healthy": None, "successor": {"urn": new.urn}}
    assert edge["providerHealth"] == health
    other = await a_product(store, "other")
    changed = done(await update_product(store, SALES_OWNER, old.id, {"successor": other.urn, "sunset": "2998-01-01"}))
    assert (changed.successor, changed.sunset) == (other.urn, "2998-01-01")
    cleared = done(await update_product(store, SALES_OWNER, old.id, {"successor": None, "sunset": None}))
    assert (cleared.successor, cleared.sunset) == (None, None)


async def test_a_deprecation_that_is_taken_back_has_no_successor(store):
    old, new = await old_and_new(store)
    done(await deprecate(store, old, new.urn, LATER))
    again = done(await transition_product(store, SALES_OWNER, old.id, ProductStatus.PRODUCTION))
    assert (again.successor, again.sunset) == (None, None)
    documents = "MATCH (r:ProductRevision {productId: $id}) WITH r ORDER BY r.revision RETURN collect(r.documentJson)"
    told = [from_document(text).successor for text in await store.read(documents, id=old.id)]
    assert told == [None, new.urn, None]


async def test_what_cannot_come_after_is_refused_without_a_trace(store):
    old, new = await old_and_new(store)
    gone = await a_product(store, "gone")
    done(await deprecate(store, gone))
    done(await retire_product(store, SALES_OWNER, gone.id))
    today = clock.now()[:10]
    before = await checksum(store)
    for given, expected in (
        ((new.id, "2020-01-01"), ("INVALID_INPUT", ("sunset",))),
        ((new.id, today), ("INVALID_INPUT", ("sunset",))),
        ((new.id, "soon"), ("INVALID_INPUT", ("sunset",))),
        (("urn:mesh:sales:none", None), ("NOT_FOUND", ("successor",))),
        ((old.id, None), ("INVALID_INPUT", ("successor",))),
        ((gone.urn, None), ("INVALID_INPUT", ("successor",))),
    ):
        assert faults(await deprecate(store, old, *given)) == [expected]
    to_testing = await transition_product(
        store, SALES_OWNER, old.id, ProductStatus.TESTING, succession=Succession(new.id, LATER)
    )
    assert faults(to_testing) == [("INVALID_INPUT", ("successor",)), ("INVALID_INPUT", ("sunset",))]
    early = await update_product(store, SALES_OWNER, old.id, {"successor": new.id})
    assert faults(early) == [("INVALID_INPUT", ("input", "successor"))]
    assert await checksum(store) == before
    done(await deprecate(store, old))
    before = await checksum(store)
    for change in ({"successor": "prd_none"}, {"sunset": "2020-01-01"}, {"sunset": "2027-02-30"}):
        refused = await update_product(store, SALES_OWNER, old.id, change)
        assert [path for _, path in faults(refused)] == [("input", *change)]
    assert await checksum(store) == before


async def test_over_graphql_an_id_or_urn_and_a_day(store):
    old, new = await old_and_new(store)
    mutation = """mutation($id: ID!, $to: ID!) {
      dataProductTransition(id: $id, to: DEPRECATED, successor: $to, sunset: "2999-06-30") {
        dataProduct { successor { id } sunset } userErrors { message } } }"""
    told = await ask(store, mutation, caller=SALES_OWNER, id=old.id, to=new.urn)
    assert told["dataProductTransition"] == {
        "dataProduct": {"successor": {"id": new.id}, "sunset": LATER},
        "userErrors": [],
    }


async def test_a_past_report_sees_the_successor_as_it_was(store):
    old, new = await old_and_new(store)
    user = await a_product(store, "user", dependencies=[DependencyInput(old.id)])
    for status in (ProductStatus.TESTING, ProductStatus.PRODUCTION):
        done(await transition_product(store, SALES_OWNER, user.id, status))
    await a_policy(store, "successor_for_deprecated", "ADVISORY")
    done(await deprecate(store, old, new.urn, LATER))
    then = clock.now()
    done(await deprecate(store, new))
    (warning,) = (await report_on(store)).warnings
    assert warning.message.endswith("and its successor urn:mesh:sales:new is DEPRECATED too.")
    for scope in (Scope(), Scope(ids=(old.id,))):
        assert (await report_on(store, scope, then)).warnings == ()


CHAIN = ("a", "b", "c", "d")


async def chained(store):
    """a -> b -> c -> d, by domain sales."""
    await a_domain(store)
    products = [await a_product(store, name) for name in CHAIN]
    for one, after in pairwise(products):
        done(await deprecate(store, one, after.urn, LATER))
    return products


async def test_successors_that_lead_back_are_refused_without_a_trace(store):
    a, b, c, d = await chained(store)
    before = await checksum(store)
    for name in (a.id, a.urn, b.urn, c.id):
        refused = await deprecate(store, d, name)
        assert faults(refused) == [("INVALID_INPUT", ("successor",))]
    assert refused.user_errors[0].message == (
        "Successors would lead in a circle, urn:mesh:sales:c → urn:mesh:sales:d → urn:mesh:sales:c: "
        "name one that does not lead back."
    )
    whole = await deprecate(store, d, a.urn)
    assert " → ".join(f"urn:mesh:sales:{name}" for name in "abcda") in whole.user_errors[0].message
    assert faults(await deprecate(store, d, d.urn)) == [("INVALID_INPUT", ("successor",))]
    assert await checksum(store) == before
    done(await deprecate(store, d))
    before = await checksum(store)
    for name in (a.id, c.urn, d.id):
        changed = await update_product(store, SALES_OWNER, d.id, {"successor": name})
        assert faults(changed) == [("INVALID_INPUT", ("input", "successor"))]
    assert await checksum(store) == before
    new = await a_product(store, "new")
    done(await update_product(store, SALES_OWNER, d.id, {"successor": new.id}))
    done(await update_product(store, SALES_OWNER, b.id, {"successor": None}))
    assert done(await update_product(store, SALES_OWNER, d.id, {"successor": a.urn})).successor == a.urn


async def test_two_writes_at_once_do_not_make_a_circle_of_halves(store):
    await a_domain(store)
    one, other = await a_product(store, "one"), await a_product(store, "other")
    for product in (one, other):
        done(await deprecate(store, product))
    outcomes = await asyncio.gather(
        update_product(store, SALES_OWNER, one.id, {"successor": other.urn}),
        update_product(store, SALES_OWNER, other.id, {"successor": one.urn}),
    )
    assert sorted(faults(outcome) for outcome in outcomes) == [[], [("INVALID_INPUT", ("input", "successor"))]]


AS_OF = """query($id: ID!, $at: DateTime) { dataProduct(id: $id, asOf: $at) { id urn status sunset
  successor { id urn status sunset successor { urn status } } } }"""
LINEAGE_AS_OF = """query($id: ID!, $at: DateTime) { lineage(roots: [$id], asOf: $at) {
  roots { urn sunset successor { urn status successor { urn } } }
  nodes { product { urn status sunset successor { urn status } } } } }"""


async def test_the_successor_of_a_past_time_is_the_one_of_then_as_it_was(store):
    old, first = await old_and_new(store)
    before_all = clock.now()
    second = await a_product(store, "second")
    user = await a_product(store, "user", dependencies=[DependencyInput(old.id)])
    early = clock.now()
    done(await deprecate(store, old, first.urn, LATER))
    then = clock.now()
    done(await update_product(store, SALES_OWNER, old.id, {"successor": second.id, "sunset": "2998-01-01"}))
    done(await deprecate(store, first, second.urn))
    done(await retire_product(store, SALES_OWNER, first.id))
    between = clock.now()
    done(await transition_product(store, SALES_OWNER, second.id, ProductStatus.TESTING))

    async def seen(at):
        return (await ask(store, AS_OF, id=old.urn, at=at))["dataProduct"]

    told = await seen(then)
    assert (told["id"], told["urn"], told["status"], told["sunset"]) == (
        f"{old.id}~{then}",
        old.urn,
        "DEPRECATED",
        LATER,
    )
    assert told["successor"] == {
        "id": f"{first.id}~{then}",
        "urn": first.urn,
        "status": "DEVELOPMENT",
        "sunset": None,
        "successor": None,
    }
    assert (await seen(early))["successor"] is None
    assert (await seen(early))["status"] == "DEVELOPMENT"
    later = await seen(between)
    assert (later["sunset"], later["successor"]["urn"], later["successor"]["status"]) == (
        "2998-01-01",
        second.urn,
        "DEVELOPMENT",
    )
    assert (await ask(store, AS_OF, id=first.id, at=between))["dataProduct"]["successor"]["status"] == "DEVELOPMENT"
    assert (await seen(None))["successor"] == {
        "id": second.id,
        "urn": second.urn,
        "status": "TESTING",
        "sunset": None,
        "successor": None,
    }
    for root in (old, user):
        nodes = (await ask(store, LINEAGE_AS_OF, id=root.id, at=then))["lineage"]["nodes"]
        shown = {node["product"]["urn"]: node["product"] for node in nodes}
        assert shown[old.urn]["successor"] == {"urn": first.urn, "status": "DEVELOPMENT"}
        assert shown[old.urn]["sunset"] == LATER
        assert shown[user.urn]["successor"] is None
    roots = (await ask(store, LINEAGE_AS_OF, id=old.id, at=between))["lineage"]["roots"]
    assert roots == [
        {
            "urn": old.urn,
            "sunset": "2998-01-01",
            "successor": {"urn": second.urn, "status": "DEVELOPMENT", "successor": None},
        }
    ]
    assert (await ask(store, AS_OF, id=user.urn, at=before_all))["dataProduct"] is None
    _, errors = await ask_wrongly(store, AS_OF, id=old.id, at="2999-01-01T00:00:00Z")
    assert errors[0]["extensions"]["code"] == "INVALID_INPUT"


async def test_successors_of_a_chain_are_followed_at_the_same_time(store):
    a, b, c, _ = await chained(store)
    then = clock.now()
    done(await update_product(store, SALES_OWNER, b.id, {"successor": None}))
    told = (await ask(store, AS_OF, id=a.id, at=then))["dataProduct"]["successor"]
    assert (told["urn"], told["successor"]) == (b.urn, {"urn": c.urn, "status": "DEPRECATED"})
    assert (await ask(store, AS_OF, id=a.id))["dataProduct"]["successor"]["successor"] is None


@pytest.mark.parametrize("by", ["id", "urn"])
async def test_keys_of_metadata_become_fields(store, cypher, driver, endpoint, by):
    old, new = await old_and_new(store)
    lost = await a_product(store, "lost", metadata={"successor": "urn:mesh:no:one", "sunset": "some day", "a": 1})
    kept = await a_product(store, "kept", metadata={"successor": new.urn})
    done(await update_product(store, ADMINISTRATOR, old.id, {"metadata": {
        "successor": getattr(new, by), "sunset": "2027-06-30T12:00:00+02:00", "costCentre": 7}}))  # fmt: skip
    for product in (old, lost):
        done(await deprecate(store, product))
    for _ in range(2):
        await move_successors(driver, endpoint.database)
    query = """{ dataProducts { nodes { name metadata sunset successor { urn } } } }"""
    told = {one.pop("name"): one for one in (await ask(store, query))["dataProducts"]["nodes"]}
    assert told["old"] == {"metadata": {"costCentre": 7}, "sunset": "2027-06-30", "successor": {"urn": new.urn}}
    assert told["lost"]["metadata"] == {"successor": "urn:mesh:no:one", "sunset": "some day", "a": 1}
    assert told["kept"] == {"metadata": {"successor": new.urn}, "sunset": None, "successor": None}
    assert kept.successor is None
    documents = "MATCH (r:ProductRevision {productId: $id}) WITH r ORDER BY r.revision RETURN collect(r.documentJson)"
    *before, last = [from_document(text) for text in await store.read(documents, id=old.id)]
    assert (last.successor, last.sunset, last.metadata_json) == (new.urn, "2027-06-30", '{"costCentre":7}')
    assert [one.successor for one in before] == [None, None]
