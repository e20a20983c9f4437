"""An import leaves what the mutations would have left, and asks the same leave."""

import pytest

from resolvers.caller import ADMINISTRATOR
from resolvers.importing import Imported, ImportRefused, import_mesh
from resolvers.lineage import Question, trace
from resolvers.products import by_urns
from tests.policies import a_policy
from tests.writes import SALES_OWNER, a_domain, a_product, audit_actions, contract

DOMAIN = {"kind": "Domain", "name": "sales", "ownerTeam": "sales-team"}
ORDERS = {"kind": "DataProduct", "domain": "sales", "name": "orders", "type": "SOURCE", "status": "PRODUCTION"}
REVENUE = {**ORDERS, "name": "revenue", "type": "AGGREGATE", "tags": ["core"], "contract": contract()}
EDGE = {"kind": "Dependency", "consumer": "urn:mesh:sales:revenue", "provider": "urn:mesh:sales:orders"}
MESH = [DOMAIN, ORDERS, REVENUE, EDGE]

GRAPH = """
MATCH (p:DataProduct {urn: $urn})-[:IN_DOMAIN]->(d:Domain)
OPTIONAL MATCH (p)-[:HAS_CONTRACT]->(c:DataContract)
RETURN p {.*} AS product, d.name AS domain, c {.*} AS contract,
  COLLECT { MATCH (c)-[:HAS_FIELD]->(f) RETURN f {.*, id: null} ORDER BY f.position } AS fields,
  COLLECT { MATCH (p)-[:HAS_REVISION]->(v) RETURN v {.*, documentJson: null} } AS revisions
"""
OWN = {
    "id",
    "urn",
    "name",
    "createdAt",
    "updatedAt",
    "contractId",
    "productId",
    "publishedAt",
    "validFrom",
    "searchWords",
}


def common(row):
    """What must be the same of two products that were given the same."""
    keep = lambda node: node and {key: value for key, value in node.items() if key not in OWN}  # noqa: E731
    return {
        "product": keep(row["product"]),
        "domain": row["domain"],
        "contract": keep(row["contract"]),
        "fields": row["fields"],
        "revisions": [keep(revision) for revision in row["revisions"]],
    }


async def test_what_is_imported_is_there_and_linked(store):
    assert await import_mesh(store, ADMINISTRATOR, MESH) == Imported(domains=1, products=2, dependencies=1)
    orders, revenue = await by_urns(store, ["urn:mesh:sales:orders", "urn:mesh:sales:revenue"])
    assert (orders.status, orders.owner_team, orders.contract_id) == ("PRODUCTION", "sales-team", None)
    assert (revenue.tags, revenue.classification) == (["core"], "INTERNAL")
    graph = await trace(store, Question((revenue.id,)), orders.created_at)
    assert [(edge.source, edge.target, edge.kind) for edge in graph.edges] == [(orders.id, revenue.id, "feeds")]
    assert await audit_actions(store) == ["domainRegister", "importProducts", "importDependencies"]


async def test_an_imported_product_is_as_a_created_one(store, cypher):
    await import_mesh(store, ADMINISTRATOR, [DOMAIN, {**REVENUE, "status": "DEVELOPMENT"}])
    await a_product(store, "profit", type="AGGREGATE", tags=["core"], contract=contract())
    (imported,) = await cypher(GRAPH, urn="urn:mesh:sales:revenue")
    (created,) = await cypher(GRAPH, urn="urn:mesh:sales:profit")
    assert common(imported) == common(created)
    assert imported["product"].keys() == created["product"].keys()
    assert imported["contract"].keys() == created["contract"].keys()


async def test_a_second_run_adds_only_what_is_new(store):
    await import_mesh(store, ADMINISTRATOR, MESH[:2])
    assert await import_mesh(store, ADMINISTRATOR, MESH) == Imported(products=1, dependencies=1, known=2)
    assert await import_mesh(store, ADMINISTRATOR, MESH) == Imported(known=4)
    assert len(await audit_actions(store)) == 4


async def test_a_dependency_that_names_fields_is_checked_and_kept(store, cypher):
    with_fields = {**EDGE, "consumer": EDGE["provider"], "provider": EDGE["consumer"], "fields": ["order_id"]}
    assert (await import_mesh(store, ADMINISTRATOR, [*MESH, with_fields])).dependencies == 2
    edges = await cypher("MATCH ()-[r:DEPENDS_ON]->(b) RETURN b.name AS provider, r.fields AS fields ORDER BY provider")
    assert edges == [{"provider": "orders", "fields": None}, {"provider": "revenue", "fields": ["order_id"]}]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"kind": "Team"}, "one of Domain, DataProduct, Dependency; got 'Team'"),
        ({**ORDERS, "size": 3}, "DataProduct sales orders: The document does not know size"),
        ({"kind": "DataProduct", "domain": "sales"}, "lacks name, type"),
        ({**ORDERS, "status": "GONE"}, "A status is one of DEVELOPMENT, TESTING, PRODUCTION, DEPRECATED"),
        ({**ORDERS, "domain": "nowhere"}, "There is no domain 'nowhere': import it first"),
        ({**ORDERS, "dependencies": [{"provider": "x"}]}, "documents of their own"),
        ({**EDGE, "provider": "urn:mesh:sales:gone"}, "There is no data product 'urn:mesh:sales:gone'"),
        ({**EDGE, "provider": EDGE["consumer"]}, "cannot depend on itself"),
        ({"kind": "Dependency"}, "names its consumer and its provider by urn"),
    ],
)
async def test_a_bad_document_is_named_and_its_batch_left_out(store, cypher, document, words):
    await import_mesh(store, ADMINISTRATOR, MESH)
    with pytest.raises(ImportRefused, match=words):
        await import_mesh(store, ADMINISTRATOR, [{**ORDERS, "name": "new"}, document])
    left = await cypher("MATCH (p:DataProduct) RETURN count(p) AS products")
    # A document of the same kind is of the same batch; one of another kind comes after it.
    same_batch = document["kind"] == "DataProduct"
    assert left == [{"products": 2 if same_batch else 3}]


async def test_a_mandatory_policy_refuses_the_batch(store, cypher):
    await a_domain(store)
    await a_policy(store, "data_classification_required")
    with pytest.raises(ImportRefused, match="data_classification_required"):
        await import_mesh(store, ADMINISTRATOR, [ORDERS, REVENUE])
    assert await cypher("MATCH (p:DataProduct) RETURN count(p) AS products") == [{"products": 0}]
    assert (await import_mesh(store, ADMINISTRATOR, [REVENUE])).products == 1


async def test_an_owner_imports_into_own_domains_only(store, cypher):
    await a_domain(store, "sales")
    await a_domain(store, "other")
    assert (await import_mesh(store, SALES_OWNER, [ORDERS])).products == 1
    with pytest.raises(ImportRefused, match="'sam' may not WRITE_PRODUCT in domain 'other'"):
        await import_mesh(store, SALES_OWNER, [{**REVENUE, "domain": "other"}])
    assert await cypher("MATCH (p:DataProduct) RETURN p.name AS name") == [{"name": "orders"}]
