"""A normalised cache, that of the real Apollo Client, beside answers about the past and about writes not kept."""

import json
from pathlib import Path

import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.ids import plain_id
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from tests.graph_api.live import Replica, listening
from tests.graph_api.tiny import ADMIN
from tests.graphql_execution import ask
from tests.npm_project import installed
from tests.policies import a_policy
from tests.writes import a_domain, a_product, contract, done

HERE = Path(__file__).parent
WATCHED = """query Watched($id: ID!) { dataProduct(id: $id) {
  id urn description tags revision
  domain { id name ownerTeam description }
  contract { id version status }
} }"""
PAST = """query Past($id: ID!, $asOf: DateTime!) {
  lineage(roots: [$id], asOf: $asOf, direction: DOWNSTREAM) {
    roots { id urn description tags revision }
    nodes { rank product {
      id urn description tags revision contract { id version } consumers { nodes { consumer { id } } }
    } }
    edges { source target }
  }
}"""
PAST_BELOW = """query PastBelow($id: ID!, $asOf: DateTime!) { dataProduct(id: $id) {
  id lineage(asOf: $asOf, direction: DOWNSTREAM) { nodes { product { id description tags revision } } }
} }"""
REPORT = """query Report($id: ID!, $asOf: DateTime!) { complianceReport(scope: {products: [$id]}, asOf: $asOf) {
  violations { nodes { message product { id description tags revision } } }
} }"""
UPDATE = """mutation Update($id: ID!, $input: DataProductUpdateInput!) {
  dataProductUpdate(id: $id, input: $input, dryRun: true) {
    dataProduct { id description tags revision domain { id name } consumers { totalCount } } userErrors { message }
  }
}"""
REFUSED = """mutation Refused($id: ID!) {
  dataProductUpdate(id: $id, input: {tags: []}) {
    dataProduct { id } violations { message product { id tags revision } }
  }
}"""
PUBLISH = """mutation Publish($id: ID!, $contract: DataContractInput!) {
  dataContractPublish(productId: $id, contract: $contract, dryRun: true) {
    contract { id version status fields { id path } product { id revision contract { id version } } }
    userErrors { message }
  }
}"""
DOMAIN = """mutation Domain($id: ID!) {
  domainUpdate(id: $id, input: {description: "never kept"}, dryRun: true) { domain { id name description } }
}"""


@pytest.fixture
async def mesh(store):
    """A product with a past: other tags and another contract; and a consumer."""
    await a_domain(store)
    product = await a_product(store, tags=["old"], description="As it was.", contract=contract("1.0.0"))
    consumer = await a_product(store, "reports")
    done(await declare_dependency(store, ADMINISTRATOR, consumer.id, product.id))
    then = clock.now()
    done(await update_product(store, ADMINISTRATOR, product.id, {"tags": ["new"], "description": "As it is."}))
    done(await publish_contract(store, ADMINISTRATOR, product.id, contract("1.0.1", sla=[])))
    rule = {"expression": "size(product.tags) > 0"}
    await a_policy(store, "owner_required", name="tagged", rule=rule)
    return product, consumer, then


@pytest.fixture
def ask_apollo(store, tmp_path, clean_database: Endpoint, driver: neo4j.AsyncDriver):
    async def ask(watched, *steps):
        project = await installed(HERE)
        async with listening(Replica(clean_database, driver).app(tmp_path)) as port:
            given = {
                "uri": f"http://127.0.0.1:{port}/graphql",
                "token": ADMIN,
                "watched": {"text": WATCHED, "variables": {"id": watched}},
                "steps": [{"text": text, "variables": variables} for text, variables in steps],
            }
            code, output = await project.run("cache.mjs", given=json.dumps(given))
        assert code == 0, output
        return json.loads(output.splitlines()[-1])

    return ask


@pytest.mark.node
async def test_the_past_and_writes_not_kept_leave_the_cached_present_alone(store, mesh, ask_apollo):
    product, consumer, then = mesh
    about = {"id": product.id, "asOf": then}
    told = await ask_apollo(
        product.id,
        (PAST, about),
        (PAST_BELOW, about),
        (UPDATE, {"id": product.id, "input": {"description": "never kept", "tags": ["x"]}}),
        (PUBLISH, {"id": product.id, "contract": contract("1.1.0")}),
        (REFUSED, {"id": product.id}),
        (DOMAIN, {"id": product.domain_id}),
    )
    present = told["first"]["dataProduct"]
    assert (present["id"], present["description"], present["tags"]) == (product.id, "As it is.", ["new"])
    assert present["contract"]["version"] == "1.0.1"
    assert [step["cached"] for step in told["steps"]] == [told["first"]] * 6

    past, below, update, publish, refused, domain = [step["answer"] for step in told["steps"]]
    graph = past["lineage"]
    first, second = graph["nodes"]
    assert [first["product"]["description"], first["product"]["tags"]] == ["As it was.", ["old"]]
    assert first["product"]["contract"]["version"] == "1.0.0"
    assert first["product"]["consumers"]["nodes"] == [
        {"__typename": "Dependency", "consumer": {"__typename": "DataProduct", "id": consumer.id}}
    ]
    ids = [first["product"]["id"], second["product"]["id"]]
    assert list(map(plain_id, ids)) == [product.id, consumer.id]
    assert set(ids).isdisjoint({product.id, consumer.id})
    assert graph["roots"][0]["id"] == ids[0]
    assert [(edge["source"], edge["target"]) for edge in graph["edges"]] == [tuple(ids)]
    assert [node["product"]["id"] for node in below["dataProduct"]["lineage"]["nodes"]] == ids

    would_be = update["dataProductUpdate"]["dataProduct"]
    assert (would_be["description"], would_be["revision"]) == ("never kept", present["revision"] + 1)
    assert (would_be["consumers"]["totalCount"], would_be["domain"]["id"]) == (1, product.domain_id)
    version = publish["dataContractPublish"]["contract"]
    assert version["product"]["contract"]["version"] == "1.1.0"
    assert version["product"]["revision"] == present["revision"] + 1
    assert [field["path"] for field in version["fields"]] == ["order_id", "total", "customer", "customer.id"]
    assert len({field["id"] for field in version["fields"]}) == 4
    [violation] = refused["dataProductUpdate"]["violations"]
    assert violation["product"]["tags"] == []
    assert domain["domainUpdate"]["domain"]["description"] == "never kept"
    answered = {would_be["id"], version["product"]["id"], violation["product"]["id"]}
    assert (len(answered), set(map(plain_id, answered))) == (3, {product.id})
    assert {f"DataProduct:{one}" for one in (product.id, consumer.id, *ids, *answered)} <= set(told["keys"])


@pytest.mark.node
async def test_a_past_report_leaves_the_cached_present_alone(store, mesh, ask_apollo):
    product, *_ = mesh
    done(await update_product(store, ADMINISTRATOR, product.id, {"description": "Later."}))
    await a_policy(store, "owner_required", name="named", rule={"expression": "product.description == 'Last.'"})
    after = clock.now()
    done(await update_product(store, ADMINISTRATOR, product.id, {"description": "Last."}))
    told = await ask_apollo(product.id, (REPORT, {"id": product.id, "asOf": after}))
    [step] = told["steps"]
    [violation] = step["answer"]["complianceReport"]["violations"]["nodes"]
    assert step["cached"] == told["first"]
    assert (violation["product"]["description"], told["first"]["dataProduct"]["description"]) == ("Later.", "Last.")


async def test_the_id_of_a_snapshot_finds_the_product_as_it_is_now(store, mesh):
    product, _, then = mesh
    past = await ask(store, PAST, id=product.id, asOf=then)
    snapshot = past["lineage"]["roots"][0]["id"]
    again = await ask(store, PAST, id=snapshot, asOf=then)
    assert again == past
    now = "query ($id: ID!) { node(id: $id) { id ... on DataProduct { description } } }"
    assert await ask(store, now, id=snapshot) == {"node": {"id": product.id, "description": "As it is."}}
