"""What goes out comes in again as the same mesh, into an empty one and into the same."""

from datetime import timedelta
from typing import Any

import pytest

from resolvers.interchange import Imported, ImportRefused, export_mesh, import_mesh
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR, Caller, Role
from resolvers.mutations.change_request_approve import approve_change_request
from resolvers.mutations.change_request_publish import publish_change_request
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.domain_update import update_domain
from resolvers.mutations.inputs import ChangeRequestInput
from resolvers.mutations.waiver_grant import grant_waiver
from resolvers.writes.dependency_edges import DependencyInput
from tests.checksum import checksum
from tests.conftest import EMPTY_LOG, WIPE
from tests.policies import a_policy
from tests.resolvers.interchange.meshes import DOCUMENTS, FINANCE, SALES, edge, product, urn
from tests.writes import done

ID_AND_EMAIL = {"type": "object", "properties": {"order_id": {"type": "string"}, "email": {"type": "string"}}}
ID_ALONE = {"type": "object", "properties": {"order_id": {"type": "string"}}}
SALES_ALONE = {"kind": "Domain", "name": "sales", "ownerTeam": "sales-team"}


def json_contract(version: str, schema: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"version": version, "format": "json", "jsonSchema": schema, **given}


async def exported(store: Any) -> list[dict[str, Any]]:
    return [document async for document in export_mesh(store)]


def of(documents: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = [document for document in documents if document.get("name") == name]
    return found


async def agreed(store: Any, cypher: Any, domain: str) -> None:
    """Version 2.0.0 of orders, without the email, to which `domain` has agreed."""
    (row,) = await cypher("MATCH (p:DataProduct {name: 'orders'}) RETURN p.id AS id")
    asked = await publish_contract(
        store,
        ADMINISTRATOR,
        row["id"],
        json_contract("2.0.0", ID_ALONE),
        change_request=ChangeRequestInput("no more mail"),
    )
    request = asked.extra["change_request"]
    owner = Caller("fia", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({domain}))
    done(await approve_change_request(store, owner, request.id, domain))
    done(await publish_change_request(store, ADMINISTRATOR, request.id))


async def goes_round(store: Any, cypher: Any) -> list[dict[str, Any]]:
    """The export, which changes nothing here, and makes the same export of an empty mesh."""
    documents = await exported(store)
    here = await import_mesh(store, ADMINISTRATOR, documents)
    assert here == Imported(known=here.known)
    await cypher(WIPE)
    await cypher(EMPTY_LOG)
    await import_mesh(store, ADMINISTRATOR, documents)
    assert await exported(store) == documents
    again = await import_mesh(store, ADMINISTRATOR, documents)
    assert again == Imported(known=here.known)
    return documents


async def test_a_version_that_a_consumer_pins_goes_along(store, cypher):
    orders = product("orders", contract=json_contract("1.0.0", ID_AND_EMAIL))
    mail = product("mail", dependencies=[{"provider": urn("orders"), "fields": ["email"], "contractVersion": "1.0.0"}])
    await import_mesh(store, ADMINISTRATOR, [SALES_ALONE, orders, mail])
    # Nobody is asked: mail keeps the version that it pins.
    await import_mesh(store, ADMINISTRATOR, [product("orders", contract=json_contract("2.0.0", ID_ALONE))])
    documents = await goes_round(store, cypher)
    orders = of(documents, "orders")
    assert orders["contract"]["version"] == "2.0.0"
    assert [(one["version"], one["jsonSchema"]) for one in orders["contractHistory"]] == [("1.0.0", ID_AND_EMAIL)]
    found = await cypher(
        """MATCH (p:DataProduct {name: 'orders'})-[:HAS_CONTRACT]->(c)
        RETURN c.version AS version, c.status AS status, c.id = p.contractId AS current,
          COUNT { (c)-[:HAS_FIELD]->() } AS fields, c.validTo IS NOT NULL AS ended ORDER BY version"""
    )
    assert found == [
        {"version": "1.0.0", "status": "SUPERSEDED", "current": False, "fields": 2, "ended": True},
        {"version": "2.0.0", "status": "ACTIVE", "current": True, "fields": 1, "ended": False},
    ]


async def test_a_version_that_nobody_pins_stays_behind_and_one_can_be_added(store, cypher):
    await import_mesh(store, ADMINISTRATOR, [SALES_ALONE, product("orders", contract=json_contract("1.0.0", ID_ALONE))])
    newer = product("orders", contract=json_contract("1.1.0", ID_AND_EMAIL))
    await import_mesh(store, ADMINISTRATOR, [newer])
    assert "contractHistory" not in of(await goes_round(store, cypher), "orders")
    added = {**newer, "contractHistory": [json_contract("1.0.0", ID_ALONE)]}
    assert await import_mesh(store, ADMINISTRATOR, [added]) == Imported(changed=1)
    assert await import_mesh(store, ADMINISTRATOR, [added]) == Imported(known=1)
    versions = "MATCH (c:DataContract) WITH c ORDER BY c.version RETURN collect([c.version, c.status])"
    assert await store.read(versions) == [["1.0.0", "SUPERSEDED"], ["1.1.0", "ACTIVE"]]


async def test_an_edge_that_names_a_field_which_an_agreed_change_removed_goes_along(store, cypher):
    orders = product("orders", contract=json_contract("1.0.0", ID_AND_EMAIL))
    mail = product("mail", "finance", dependencies=[{"provider": urn("orders"), "fields": ["email"]}])
    await import_mesh(store, ADMINISTRATOR, [SALES_ALONE, FINANCE, orders, mail])
    await agreed(store, cypher, "finance")
    documents = await goes_round(store, cypher)
    assert of(documents, "mail")["dependencies"] == [
        {"provider": urn("orders"), "kind": "feeds", "fields": ["email"], "contractVersion": None}
    ]
    assert [one["version"] for one in of(documents, "orders")["contractHistory"]] == ["1.0.0"]


async def test_kind_and_origin_of_dependencies_go_along(store, cypher):
    uses = product("uses", dependencies=[{"provider": urn("orders"), "kind": "enriches"}])
    await import_mesh(store, ADMINISTRATOR, [SALES_ALONE, product("orders"), uses, product("seen"), product("both")])
    seen = edge(urn("seen"), urn("orders"), dependencyKind="reads", origin="OBSERVED")
    await import_mesh(store, ADMINISTRATOR, [seen, edge(urn("both"), urn("orders"), origin="BOTH")])
    documents = await goes_round(store, cypher)
    whole = {"provider": urn("orders"), "fields": None, "contractVersion": None}
    assert {name: of(documents, name)["dependencies"] for name in ("uses", "seen", "both")} == {
        "uses": [{**whole, "kind": "enriches"}],
        "seen": [{**whole, "kind": "reads", "origin": "OBSERVED"}],
        "both": [{**whole, "kind": "feeds", "origin": "BOTH"}],
    }


async def test_inherited_values_are_left_out_and_stated_ones_told(store, cypher):
    plain = {"version": "1.0.0", "jsonSchema": ID_ALONE}
    stated = {**plain, "classification": "CONFIDENTIAL", "format": "parquet"}
    emptied = {**plain, "sla": [], "without": ["classification", "retention"]}
    documents = [
        SALES,
        product("inherits", contract=plain),
        product("states", contract=stated, ownerTeam="others", accessPoints=[]),
        product("emptied", contract=emptied),
    ]
    await import_mesh(store, ADMINISTRATOR, documents)
    found = await goes_round(store, cypher)
    assert of(found, "inherits")["contract"] == {"version": "1.0.0", "jsonSchema": ID_ALONE}
    assert of(found, "inherits").keys().isdisjoint({"ownerTeam", "accessPoints"})
    assert of(found, "states")["contract"] == stated
    assert (of(found, "states")["ownerTeam"], of(found, "states")["accessPoints"]) == ("others", [])
    assert of(found, "emptied")["contract"] == {**plain, "without": ["classification", "retention", "sla"]}
    nothing = await cypher(
        """MATCH (p:DataProduct {name: 'emptied'})-[:HAS_CONTRACT]->(c)
        RETURN c.classification AS classification, c.retentionJson AS retention, c.slaJson AS sla, c.format AS format"""
    )
    assert nothing == [{"classification": None, "retention": None, "sla": "[]", "format": "parquet"}]


async def test_what_was_inherited_is_told_once_the_domain_says_something_else(store, cypher):
    contract = {"version": "1.0.0", "jsonSchema": ID_ALONE}
    await import_mesh(store, ADMINISTRATOR, [SALES, product("orders", contract=contract)])
    (row,) = await cypher("MATCH (d:Domain) RETURN d.id AS id")
    changes = {"ownerTeam": "new-team", "defaults": {"classification": "PUBLIC"}}
    done(await update_domain(store, ADMINISTRATOR, row["id"], changes))
    orders = of(await goes_round(store, cypher), "orders")
    assert orders["ownerTeam"] == "sales-team"
    assert orders["contract"]["classification"] == "CONFIDENTIAL"
    assert orders["contract"]["format"] == "parquet"


async def test_emptied_values_are_stated(store, cypher):
    full = product("orders", description="x", tags=["a"], metadata={"k": 1})
    await import_mesh(store, ADMINISTRATOR, [{**SALES_ALONE, "description": "Sells."}, full])
    emptied = [
        {**SALES_ALONE, "description": "", "defaults": {}},
        {**full, "description": "", "tags": [], "metadata": {}},
    ]
    assert await import_mesh(store, ADMINISTRATOR, emptied) == Imported(changed=2)
    documents = await goes_round(store, cypher)
    assert (of(documents, "orders")["description"], of(documents, "orders")["tags"]) == ("", [])
    await import_mesh(store, ADMINISTRATOR, [full])
    assert await import_mesh(store, ADMINISTRATOR, documents) == Imported(changed=1, known=1)


async def test_defaults_are_told_as_the_api_takes_them(store, cypher):
    defaults = {
        "classificationByProduct": [{"product": "orders", "classification": "CONFIDENTIAL"}],
        "retentionByProduct": [{"product": "orders", "days": 30}],
    }
    await import_mesh(store, ADMINISTRATOR, [{**SALES_ALONE, "defaults": defaults}])
    (sales,) = await goes_round(store, cypher)
    assert sales["defaults"] == defaults


async def test_what_a_document_leaves_out_of_an_edge_stays(store, cypher):
    orders = product("orders", contract=json_contract("1.0.0", ID_AND_EMAIL))
    whole = {"provider": urn("orders"), "fields": ["email"], "contractVersion": "1.0.0", "kind": "reads"}
    await import_mesh(store, ADMINISTRATOR, [SALES_ALONE, orders, product("mail", dependencies=[whole])])
    less = edge(urn("mail"), urn("orders"))
    assert await import_mesh(store, ADMINISTRATOR, [less]) == Imported(known=1)
    query = "MATCH ()-[r:DEPENDS_ON]->() RETURN [r.kind, r.fields, r.contractVersion]"
    for given, expected in (
        ({"dependencyKind": "feeds"}, ["feeds", ["email"], "1.0.0"]),
        ({"contractVersion": None}, ["feeds", ["email"], None]),
        ({"fields": ["order_id"]}, ["feeds", ["order_id"], None]),
        ({"fields": None, "contractVersion": "1.0.0"}, ["feeds", None, "1.0.0"]),
    ):
        assert await import_mesh(store, ADMINISTRATOR, [less | given]) == Imported(dependencies=1)
        assert await store.read(query) == expected
        assert await import_mesh(store, ADMINISTRATOR, [less | given]) == Imported(known=1)


async def test_policies_and_waivers_go_along(store, cypher):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    (row,) = await cypher("MATCH (p:DataProduct {name: 'plain'}) RETURN p.id AS id")
    mesh = await a_policy(store, "data_classification_required")
    later = clock.to_text(clock.from_text(clock.now()) + timedelta(days=9))
    await a_policy(store, "data_classification_required", "ADVISORY", effective_from=later)
    await a_policy(store, "owner_required", "ADVISORY", domain="sales", paused=True, description="Who answers.")
    await a_policy(store, "x", name="calm", product=row["id"], rule={"expression": "product.status != 'TESTING'"})
    pattern = "MATCH (p:DataProduct {name: 'nobody'}) RETURN p.id AS productId"
    await a_policy(store, "x", "ADVISORY", name="found", rule={"graph_pattern": pattern})
    done(await grant_waiver(store, ADMINISTRATOR, mesh.id, row["id"], "until it has one", later))
    documents = await goes_round(store, cypher)
    told = [document for document in documents if document["kind"] in ("Policy", "Waiver")]
    builtin = {"builtin": {"name": "data_classification_required", "parameters": {}}}
    common = {"kind": "Policy", "description": ""}
    assert told == [
        {
            **common,
            "name": "calm",
            "enforcement": "MANDATORY",
            "product": urn("plain"),
            "rule": {"expression": "product.status != 'TESTING'"},
        },
        {**common, "name": "data_classification_required", "enforcement": "MANDATORY", "rule": builtin},
        {
            **common,
            "name": "data_classification_required",
            "enforcement": "ADVISORY",
            "rule": builtin,
            "effectiveFrom": later,
        },
        {**common, "name": "found", "enforcement": "ADVISORY", "rule": {"graphPattern": pattern}},
        {
            "kind": "Policy",
            "name": "owner_required",
            "description": "Who answers.",
            "enforcement": "ADVISORY",
            "domain": "sales",
            "rule": {"builtin": {"name": "owner_required", "parameters": {}}},
            "paused": True,
        },
        {
            "kind": "Waiver",
            "policy": "data_classification_required",
            "product": urn("plain"),
            "reason": "until it has one",
            "expiresAt": later,
        },
    ]


@pytest.mark.parametrize("at_once", [1, 500])
async def test_a_declared_edge_over_the_api_is_the_same(store, cypher, at_once):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS, at_once=at_once)
    rows = await cypher("MATCH (p:DataProduct) RETURN p.name AS name, p.id AS id")
    ids = {row["name"]: row["id"] for row in rows}
    given = DependencyInput(fields=["order_id"])
    done(await declare_dependency(store, ADMINISTRATOR, ids["plain"], ids["raw_orders-v2"], given))
    await goes_round(store, cypher)


async def test_a_successor_and_a_sunset_go_along(store, cypher):
    new = product("new")
    old = product("old", status="DEPRECATED", successor=urn("new"), sunset="2999-06-30")
    passed = product("passed", status="DEPRECATED", successor=urn("new"), sunset="2020-06-30")
    await import_mesh(store, ADMINISTRATOR, [SALES_ALONE, old, passed, new])
    documents = await goes_round(store, cypher)
    assert {key: of(documents, "old")[key] for key in ("successor", "sunset")} == {
        "successor": urn("new"),
        "sunset": "2999-06-30",
    }
    assert of(documents, "passed")["sunset"] == "2020-06-30"
    (row,) = await cypher("MATCH (p:DataProduct {name: 'new'}) RETURN p.id AS id")
    by_id = product("old", status="DEPRECATED", successor=row["id"])
    assert await import_mesh(store, ADMINISTRATOR, [by_id]) == Imported(known=1)
    again = await import_mesh(store, ADMINISTRATOR, [product("old", status="PRODUCTION")])
    assert again.changed == 1
    assert not {"successor", "sunset"} & of(await exported(store), "old").keys()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"successor": urn("new")}, "successor: Only a product whose status is DEPRECATED has this."),
        ({"status": "DEPRECATED", "sunset": "soon"}, "sunset: 'soon' is not a day"),
        ({"status": "DEPRECATED", "successor": "new"}, "successor: Name a data product by its urn"),
        ({"status": "DEPRECATED", "successor": urn("none")}, "There is no other data product"),
        ({"status": "DEPRECATED", "successor": urn("old")}, "There is no other data product"),
    ],
)
async def test_a_document_with_a_wrong_successor_is_refused(store, given, message):
    with pytest.raises(ImportRefused, match=message):
        await import_mesh(store, ADMINISTRATOR, [SALES_ALONE, product("new"), product("old", **given)])


def deprecated(name: str, successor: str, **given: Any) -> dict[str, Any]:
    return product(name, status="DEPRECATED", successor=successor, **given)


async def test_documents_whose_successors_lead_in_a_circle_are_refused(store):
    await import_mesh(store, ADMINISTRATOR, [SALES_ALONE, deprecated("c", urn("d")), product("d")])
    before = await checksum(store)
    for documents, walk in (
        ([deprecated("a", urn("b")), deprecated("b", urn("a"))], "aba"),
        ([deprecated("a", urn("b")), deprecated("b", urn("c")), deprecated("d", urn("a"))], "abcda"),
        ([deprecated("d", urn("c"))], "cdc"),
    ):
        with pytest.raises(ImportRefused) as refused:
            await import_mesh(store, ADMINISTRATOR, documents)
        assert len(refused.value.reasons) == 1
        assert " → ".join(map(urn, walk)) in refused.value.reasons[0]
    assert await checksum(store) == before
    turned = [product("c", status="PRODUCTION"), deprecated("d", urn("c"))]
    assert (await import_mesh(store, ADMINISTRATOR, turned)).changed == 2
    left_out = await import_mesh(
        store, ADMINISTRATOR, [deprecated("x", urn("y")), deprecated("y", urn("x")), product("z")], skip=True
    )
    assert (left_out.products, len(left_out.skipped)) == (1, 2)
