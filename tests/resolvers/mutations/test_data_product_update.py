"""dataProductUpdate: what a product says of itself, one revision a change."""

import orjson
import pytest

from resolvers.model.access import ANONYMOUS
from resolvers.mutations.data_product_update import update_product
from resolvers.writes.pipeline import WriteOptions
from resolvers.writes.revisions import from_document
from tests.checksum import checksum
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, a_domain, a_product, audit_actions, contract, done, faults

REVISIONS = (
    "MATCH (r:ProductRevision {productId: $id}) WITH r ORDER BY r.revision "
    "RETURN collect([r.revision, r.validFrom, r.validTo, r.documentJson])"
)


async def test_changes_what_is_given_and_keeps_the_rest(store):
    await a_domain(store)
    product = await a_product(store, description="old", tags=["a"], metadata={"x": 1}, contract=contract())
    changes = {
        "description": "new",
        "ownerTeam": "others",
        "type": "DERIVED",
        "version": "2.0.0",
        "tags": ["b", "b"],
        "accessPoints": [{"kind": "BATCH", "uri": "s3://bucket/x"}],
    }
    after = done(await update_product(store, SALES_OWNER, product.id, changes))
    assert after == product._replace(
        description="new",
        owner_team="others",
        type="DERIVED",
        version="2.0.0",
        tags=["b"],
        access_points_json='[{"kind":"BATCH","uri":"s3://bucket/x"}]',
        revision=2,
        updated_at=after.updated_at,
    )
    first, second = await store.read(REVISIONS, id=product.id)
    assert first[:3] == [1, product.created_at, after.updated_at]
    assert second[:3] == [2, after.updated_at, None]
    assert from_document(first[3]) == product
    assert from_document(second[3]) == after
    stored = await store.read("MATCH (p:DataProduct {id: $id}) RETURN properties(p)", id=product.id)
    assert stored["fieldNames"] == ["customer", "id", "order_id", "total"]
    assert (stored["revision"], stored["description"], orjson.loads(stored["metadataJson"])) == (2, "new", {"x": 1})


async def test_null_empties_what_can_be_empty(store):
    await a_domain(store)
    product = await a_product(
        store, description="old", tags=["a"], metadata={"x": 1}, access_points=[{"kind": "API", "uri": "https://x.y"}]
    )
    nulls = {"description": None, "tags": None, "metadata": None, "accessPoints": None}
    after = done(await update_product(store, SALES_OWNER, product.id, nulls))
    assert (after.description, after.tags, after.metadata_json, after.access_points_json) == ("", [], "{}", "[]")


async def test_a_change_of_nothing_is_no_revision_and_no_event(store):
    await a_domain(store)
    product = await a_product(store, description="same")
    before = await checksum(store)
    assert done(await update_product(store, SALES_OWNER, product.id, {"description": " same "})) == product
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("INVALID_INPUT", ("input",))]),
        ({"name": "other"}, [("INVALID_INPUT", ("input", "name"))]),
        ({"ownerTeam": None, "type": None, "version": None}, [
            ("INVALID_INPUT", ("input", "ownerTeam")),
            ("INVALID_INPUT", ("input", "type")),
            ("INVALID_INPUT", ("input", "version")),
        ]),
        ({"version": "1.0"}, [("INVALID_INPUT", ("input", "version"))]),
        ({"accessPoints": [{"kind": "DATABASE", "uri": "postgres://u:secret@h/db"}]}, [
            ("INVALID_INPUT", ("input", "accessPoints", "0", "uri"))
        ]),
        ({"accessPoints": [{"kind": "BATCH", "uri": "javascript:alert(1)"}]}, [
            ("INVALID_INPUT", ("input", "accessPoints", "0", "uri"))
        ]),
    ],
)  # fmt: skip
async def test_refuses_and_leaves_no_trace(store, changes, expected):
    await a_domain(store)
    product = await a_product(store)
    before = await checksum(store)
    outcome = await update_product(store, SALES_OWNER, product.id, changes)
    assert outcome.thing is None
    assert faults(outcome) == expected
    assert await checksum(store) == before


async def test_an_unknown_product_is_not_found(store):
    outcome = await update_product(store, SALES_OWNER, "prd_none", {"description": "x"})
    assert faults(outcome) == [("NOT_FOUND", ("id",))]


@pytest.mark.parametrize(
    ("caller", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (READER, "FORBIDDEN"), (OTHER_OWNER, "FORBIDDEN")]
)
async def test_denies_and_leaves_no_trace(store, caller, code):
    await a_domain(store)
    product = await a_product(store)
    before = await checksum(store)
    assert faults(await update_product(store, caller, product.id, {"description": "x"})) == [(code, ())]
    assert await checksum(store) == before


async def test_a_dry_run_answers_and_leaves_no_trace(store):
    await a_domain(store)
    product = await a_product(store)
    before = await checksum(store)
    outcome = await update_product(store, SALES_OWNER, product.id, {"tags": ["x"]}, WriteOptions(dry_run=True))
    assert (done(outcome).tags, done(outcome).revision, outcome.dry_run) == (["x"], 2, True)
    assert await checksum(store) == before
    assert await audit_actions(store) == ["domainRegister", "dataProductCreate"]
