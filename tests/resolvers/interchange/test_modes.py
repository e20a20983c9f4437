"""Skipping, pruning, dry runs and refusals of an import."""

import pytest

from resolvers.interchange import Imported, ImportRefused, Unreadable, import_mesh
from resolvers.interchange.documents import Document
from resolvers.model.access import ADMINISTRATOR
from tests.checksum import checksum
from tests.policies import a_policy
from tests.resolvers.interchange.meshes import DOCUMENTS, FINANCE, ORDERS_URN, SALES, SCHEMA, edge, product, urn
from tests.writes import contract

NAMES = "MATCH (p:DataProduct) WITH p.name AS name ORDER BY name RETURN collect(name)"
POLICY = {
    "kind": "Policy",
    "name": "classified",
    "enforcement": "MANDATORY",
    "rule": {"builtin": {"name": "data_classification_required"}},
}
WAIVER = {
    "kind": "Waiver",
    "policy": "classified",
    "product": urn("plain"),
    "reason": "old",
    "expiresAt": "2999-01-01T00:00:00Z",
}


async def test_every_fault_of_every_document_is_told_at_once(store):
    documents = [
        {"kind": "Domain", "name": "Bad Name", "ownerTeam": ""},
        product("p", "Bad Name"),
        product("q", "nowhere", type="X", tags="t", size=1, status="GONE", version="1", metadata=[]),
        product("r", dependencies=[{"provider": "x", "fields": "all"}, {"provider": urn("q", "nowhere")}]),
        SALES,
        edge(urn("q", "nowhere"), urn("r")),
        {"kind": "Policy", "name": "p", "enforcement": "STRICT", "rule": {"builtin": 5}, "effectiveFrom": "soon"},
        {"kind": "Waiver", "policy": "p", "product": urn("none")},
        Document("mesh.jsonl:9", Unreadable("This is not JSON.")),
    ]
    before = await checksum(store)
    with pytest.raises(ImportRefused) as refused:
        await import_mesh(store, ADMINISTRATOR, documents)
    found = [reason.split(": ", 1) for reason in refused.value.reasons]
    assert [(place, text.split(":")[0].split(".")[0]) for place, text in found] == [
        ("document 1 Domain Bad Name", "name"),
        ("document 1 Domain Bad Name", "ownerTeam"),
        ("document 2 DataProduct Bad Name p", "domain"),
        ("document 3 DataProduct nowhere q", "tags"),
        ("document 3 DataProduct nowhere q", "metadata"),
        ("document 3 DataProduct nowhere q", "status"),
        ("document 3 DataProduct nowhere q", "The document does not know size"),
        ("document 3 DataProduct nowhere q", "type"),
        ("document 3 DataProduct nowhere q", "version"),
        ("document 4 DataProduct sales r", "dependencies"),
        ("document 4 DataProduct sales r", "dependencies"),
        ("document 7 Policy p", "effectiveFrom"),
        ("document 7 Policy p", "rule"),
        ("document 7 Policy p", "enforcement"),
        ("document 8 Waiver", "The document lacks expiresAt, reason"),
        ("mesh.jsonl:9", "This is not JSON"),
    ]
    assert await checksum(store) == before


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_bad_document_is_skipped_whatever_is_wrong_with_it(store, dry_run):
    documents = [
        *DOCUMENTS,
        {"kind": "Domain", "name": "lost", "ownerTeam": "", "defaults": {"format": "?!"}},
        product("homeless", "lost"),
        product("nowhere", "none"),
        product("wrong", type="X"),
        product("user", dependencies=[{"provider": urn("wrong")}]),
        product("itself", dependencies=[{"provider": urn("itself")}]),
        product("plain", description="twice"),
        edge(urn("wrong"), ORDERS_URN),
        Document("x.jsonl:3", Unreadable("This is not JSON.")),
        5,
        {**WAIVER, "policy": "none"},
    ]
    before = await checksum(store)
    imported = await import_mesh(store, ADMINISTRATOR, documents, skip=True, dry_run=dry_run)
    assert (imported.domains, imported.products, imported.dependencies) == (2, 3, 3)
    places = [" ".join(reason.split(" ")[:2]).rstrip(":") for reason in imported.skipped]
    assert {place for place in places if place.startswith("document")} == {
        f"document {number}" for number in (7, 8, 9, 10, 11, 12, 13, 14, 16, 17)
    }
    assert any(reason.startswith("x.jsonl:3") for reason in imported.skipped)
    if dry_run:
        assert await checksum(store) == before
    else:
        assert await store.read(NAMES) == ["plain", "raw_orders-v2", "revenue"]


@pytest.mark.parametrize("at_once", [1, 500])
async def test_a_dry_run_tells_what_would_be_and_keeps_nothing(store, at_once):
    before = await checksum(store)
    documents = [*DOCUMENTS, POLICY, WAIVER]
    would = await import_mesh(store, ADMINISTRATOR, documents, dry_run=True, at_once=at_once)
    assert would == Imported(domains=2, products=3, dependencies=3, policies=1, waivers=1)
    assert await checksum(store) == before
    assert await import_mesh(store, ADMINISTRATOR, documents, at_once=at_once) == would
    before = await checksum(store)
    again = await import_mesh(store, ADMINISTRATOR, documents, dry_run=True, at_once=at_once)
    assert again == Imported(known=10)
    assert await checksum(store) == before


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("at_once", [1, 500])
async def test_a_refusal_lists_what_is_wrong_in_every_chunk(store, dry_run, at_once):
    await import_mesh(store, ADMINISTRATOR, [SALES, FINANCE])
    await a_policy(store, "data_classification_required")
    before = await checksum(store)
    bare = [product(name, "finance") for name in ("a", "b", "c")]
    fine = product("fine", "finance", contract=contract())
    with pytest.raises(ImportRefused) as refused:
        await import_mesh(store, ADMINISTRATOR, [*bare, fine], dry_run=dry_run, at_once=at_once)
    assert sorted(reason.split(": ")[0] for reason in refused.value.reasons) == [
        f"document {number} urn:mesh:finance:{name}" for number, name in ((1, "a"), (2, "b"), (3, "c"))
    ]
    assert await checksum(store) == before


async def test_a_dry_run_that_skips_leaves_out_what_the_run_would(store):
    await import_mesh(store, ADMINISTRATOR, [SALES, FINANCE])
    await a_policy(store, "data_classification_required")
    before = await checksum(store)
    would = await import_mesh(store, ADMINISTRATOR, DOCUMENTS, dry_run=True, skip=True)
    assert await checksum(store) == before
    done = await import_mesh(store, ADMINISTRATOR, DOCUMENTS, skip=True)
    assert (would.products, would.dependencies, sorted(would.skipped)) == (
        done.products,
        done.dependencies,
        sorted(done.skipped),
    )
    assert done.products == 2


async def test_prune_retires_what_is_not_in_the_documents(store, cypher):
    await import_mesh(store, ADMINISTRATOR, [*DOCUMENTS, POLICY, product("old", contract=contract())])
    kept = [one for one in DOCUMENTS if one.get("kind") != "Dependency"]
    before = await checksum(store)
    would = await import_mesh(store, ADMINISTRATOR, kept, prune=True, dry_run=True)
    assert await checksum(store) == before
    assert await import_mesh(store, ADMINISTRATOR, kept, prune=True) == would
    assert would == Imported(known=7, retired=3)  # the policy, the edge that closed the cycle, the product
    (row,) = await cypher(
        """RETURN COLLECT { MATCH (p:DataProduct {status: 'DEPRECATED'}) RETURN p.name } AS products,
        COUNT { (:DataProduct)-[:DEPENDS_ON]->() } AS edges, COUNT { (:DataProduct)-[:DEPENDED_ON]->() } AS past,
        COUNT { MATCH (y:Policy) WHERE y.retiredAt IS NULL } AS policies"""
    )
    assert row == {"products": ["old"], "edges": 2, "past": 1, "policies": 0}
    assert await import_mesh(store, ADMINISTRATOR, kept, prune=True) == Imported(known=7)


async def test_nothing_is_pruned_where_documents_were_left_out(store):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    imported = await import_mesh(store, ADMINISTRATOR, [SALES, product("x", type="?")], skip=True, prune=True)
    assert (imported.retired, len(imported.skipped)) == (0, 2)


async def test_a_policy_that_an_import_changes_is_its_next_version(store, cypher):
    assert await import_mesh(store, ADMINISTRATOR, [POLICY]) == Imported(policies=1)
    assert await import_mesh(store, ADMINISTRATOR, [POLICY]) == Imported(known=1)
    advisory = {**POLICY, "enforcement": "ADVISORY", "effectiveFrom": "2020-01-01T00:00:00Z"}  # long since
    assert await import_mesh(store, ADMINISTRATOR, [advisory]) == Imported(policies=1)
    assert await import_mesh(store, ADMINISTRATOR, [advisory]) == Imported(known=1)
    versions = (
        "MATCH (y:Policy) WITH y ORDER BY y.version RETURN collect([y.version, y.enforcement, y.retiredAt IS NULL])"
    )
    assert await store.read(versions) == [[1, "MANDATORY", False], [2, "ADVISORY", True]]
    wrong = {**POLICY, "rule": {"graphPattern": "MATCH (p:DataProduct) SET p.x = 1 RETURN p.id AS productId"}}
    before = await checksum(store)
    with pytest.raises(ImportRefused, match=r"Policy classified: rule\.graphPattern: A graph pattern only reads"):
        await import_mesh(store, ADMINISTRATOR, [wrong])
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([{"version": "1.0.0", "jsonSchema": {}}], "contractHistory.0.format: Field required"),
        ([contract("2.0.0")], "contractHistory.0.version: An older version"),
        ([contract("0.1.0"), contract("0.1.0")], "contractHistory.1.version: An older version is given once"),
    ],
)
async def test_a_bad_history_is_told_with_its_path(store, history, message):
    wrong = product("orders", contract={"version": "1.0.0", "jsonSchema": SCHEMA}, contractHistory=history)
    before = await checksum(store)
    with pytest.raises(ImportRefused, match=message):
        await import_mesh(store, ADMINISTRATOR, [SALES, wrong])
    assert await checksum(store) == before
