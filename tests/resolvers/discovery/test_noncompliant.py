"""Finding products by whether they keep to the policies."""

from tests.counting_store import CountingStore
from tests.graphql_execution import ask
from tests.policies import a_policy
from tests.writes import a_domain, a_product, contract

FOUND = """
query($compliant: Boolean) {
  dataProducts(filter: {compliant: $compliant}) { totalCount nodes { urn } facets { domain { value count } } }
  domains { nodes {
    name
    dataProducts(filter: {compliant: $compliant, status: [DEVELOPMENT]}) { totalCount nodes { name } }
  } }
}
"""


async def found(store, compliant):
    data = await ask(store, FOUND, compliant=compliant)
    listed = data["dataProducts"]
    by_domain = {
        node["name"]: [one["name"] for one in node["dataProducts"]["nodes"]] for node in data["domains"]["nodes"]
    }
    assert listed["totalCount"] == len(listed["nodes"]) == sum(one["count"] for one in listed["facets"]["domain"])
    assert [node["dataProducts"]["totalCount"] for node in data["domains"]["nodes"]] == [
        len(n) for n in by_domain.values()
    ]
    return [node["urn"].removeprefix("urn:mesh:") for node in listed["nodes"]], by_domain


async def test_products_are_found_by_their_compliance(store):
    for domain in ("finance", "sales"):
        await a_domain(store, domain)
        await a_product(store, "bare", domain)
        await a_product(store, "good", domain, contract=contract())
    await a_policy(store, "data_classification_required", "MANDATORY", domain="sales")
    await a_policy(store, "retention_policy_required", "ADVISORY")
    everything = ["finance:bare", "finance:good", "sales:bare", "sales:good"]
    both = ["bare", "good"]
    assert await found(store, None) == (everything, {"finance": both, "sales": both})
    assert await found(store, False) == (["sales:bare"], {"finance": [], "sales": ["bare"]})
    assert await found(store, True) == (
        ["finance:bare", "finance:good", "sales:good"],
        {"finance": both, "sales": ["good"]},
    )


async def test_offenders_are_read_once_for_a_page_its_count_and_its_facets(store):
    await a_domain(store)
    await a_product(store)
    await a_policy(store, "data_classification_required", "MANDATORY")
    counting = CountingStore(store)
    query = "{ dataProducts(filter: {compliant: false}) { totalCount nodes { urn } facets { status { value } } } }"
    assert (await ask(counting, query))["dataProducts"]["totalCount"] == 1
    assert len([query for query in counting.queries if "Policy" in query]) == 1


async def test_without_a_mandatory_policy_everyone_complies(store):
    await a_domain(store)
    await a_product(store)
    assert (await found(store, True))[0] == ["sales:orders"]
    assert (await found(store, False))[0] == []
