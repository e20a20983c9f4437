"""The sample mesh as it is in the graph, by name and number."""

import orjson

from graph_api.neo4j.store import Neo4jStore
from graph_api.sample.files import read_sample
from graph_api.sample.steps import snake
from resolvers.governance.engine.definition import PolicyInput
from resolvers.governance.engine.evaluate import refuses
from resolvers.lineage.cycles import find_cycles
from resolvers.lineage.records import Direction, LineageGraph
from resolvers.lineage.request import Question
from resolvers.lineage.service import trace
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.portions import at_once
from resolvers.mutations.policy_define import define_policy
from resolvers.writes.pipeline import WriteOptions
from tests.graphql_execution import ask
from tests.sample_mesh import VIOLATIONS, WARNINGS

COUNTS = """
RETURN [COUNT { (:Domain) }, COUNT { (:DataProduct) }, COUNT { (:DataProduct)-[:IN_DOMAIN]->(:Domain) },
        COUNT { (:DataContract) }, COUNT { ()-[:DEPENDS_ON]->() }, COUNT { ()-[:DEPENDED_ON]->() },
        COUNT { (:Policy) }, COUNT { (:ProductRevision) }]
"""
EVOLUTION = """{
  returns: dataProduct(urn: "urn:mesh:orders:returns") {
    contracts { nodes { version status } }
    contract { changesFrom { changes { rule } } }
  }
  changeRequests { nodes {
    id status fromVersion toVersion product { urn } approvals { domain decision note } diff { breaking }
  } }
  auditEvents(filter: {action: "changeRequestReject"}) { nodes { subjectId after } }
  complianceReport { warnings { nodes { product { urn } policy { name } waivedBy { reason } } } }
}"""
ID = "MATCH (p:DataProduct {urn: $urn}) RETURN p.id"
CONSUMERS = (
    "MATCH (c:DataProduct)-[:DEPENDS_ON]->(:DataProduct {urn: $urn}) WITH c.urn AS urn ORDER BY urn RETURN collect(urn)"
)
STATUSES = "MATCH (p:DataProduct) WHERE p.status <> 'PRODUCTION' RETURN collect([p.urn, p.status])"
PATHS = """
MATCH (:DataProduct {urn: $urn})-[:HAS_CONTRACT]->(:DataContract)-[:HAS_FIELD]->(f:ContractField)
WITH f ORDER BY f.position RETURN collect(f.path)
"""


async def lineage(store: Neo4jStore, urn: str, direction: Direction) -> LineageGraph:
    root = await store.read(ID, urn=urn)
    return await trace(store, Question((root,), direction, depth=None), clock.now())


async def test_counts(sample: Neo4jStore) -> None:
    domains, products, at_home, contracts, edges, past, policies, revisions = await sample.read(COUNTS)
    assert (domains, products, at_home, contracts) == (8, 60, 60, 60)
    assert (edges, past, policies) == (115, 0, 10)
    assert revisions == 60 + 59 + 57 + 1 + 1  # created, tested, in production, deprecated, another contract


async def test_products_that_are_not_in_production(sample: Neo4jStore) -> None:
    assert dict(await sample.read(STATUSES)) == {
        "urn:mesh:digital:experiments": "DEVELOPMENT",
        "urn:mesh:fulfilment:return_parcels": "TESTING",
        "urn:mesh:inventory:shrinkage": "TESTING",
        "urn:mesh:marketing:newsletter_subscribers": "DEPRECATED",
    }


async def test_a_deprecated_product_is_in_use(sample: Neo4jStore) -> None:
    assert await sample.read(CONSUMERS, urn="urn:mesh:marketing:newsletter_subscribers") == [
        "urn:mesh:marketing:audiences",
        "urn:mesh:marketing:message_sends",
    ]


async def test_the_hub_and_its_consumers(sample: Neo4jStore) -> None:
    assert await sample.read(CONSUMERS, urn="urn:mesh:customer:profiles") == [
        "urn:mesh:catalog:reviews",
        "urn:mesh:customer:lifetime_value",
        "urn:mesh:customer:preferences",
        "urn:mesh:customer:segments",
        "urn:mesh:digital:conversion_funnel",
        "urn:mesh:digital:experiments",
        "urn:mesh:digital:recommendations",
        "urn:mesh:digital:search_ranking",
        "urn:mesh:finance:invoices",
        "urn:mesh:fulfilment:shipments",
        "urn:mesh:marketing:attribution",
        "urn:mesh:marketing:audiences",
        "urn:mesh:marketing:message_sends",
        "urn:mesh:orders:order_analytics",
        "urn:mesh:orders:orders",
        "urn:mesh:orders:returns",
    ]


async def test_the_longest_way_through_it(sample: Neo4jStore) -> None:
    graph = await lineage(sample, "urn:mesh:inventory:stock_scans", Direction.DOWNSTREAM)
    distances = {node.product.urn: node.distance for node in graph.nodes}
    assert graph.depth_reached == 9
    assert not graph.truncated
    assert distances["urn:mesh:finance:marketing_return"] == 9
    assert len(distances) == 14


async def test_a_diamond(sample: Neo4jStore) -> None:
    graph = await lineage(sample, "urn:mesh:orders:order_analytics", Direction.UPSTREAM)
    urns = {node.product.id: node.product.urn.removeprefix("urn:mesh:") for node in graph.nodes}
    edges = {(urns[edge.source], urns[edge.target]) for edge in graph.edges}
    for middle in ("orders:order_lines", "orders:returns"):
        assert {("orders:orders", middle), (middle, "orders:order_analytics")} <= edges


async def test_the_one_cycle_is_a_feedback_loop(sample: Neo4jStore) -> None:
    graph = await lineage(sample, "urn:mesh:digital:recommendations", Direction.BOTH)
    urns = {node.product.id: node.product.urn for node in graph.nodes}
    assert [{urns[id] for id in cycle} for cycle in at_once(find_cycles(graph.edges))] == [
        {"urn:mesh:digital:recommendations", "urn:mesh:digital:recommendation_outcomes"}
    ]


async def test_nested_fields_arrays_and_references(sample: Neo4jStore) -> None:
    assert await sample.read(PATHS, urn="urn:mesh:orders:order_analytics") == [
        "period_start", "channel", "orders", "net_revenue", "net_revenue.amount", "net_revenue.currency",
        "average_order_value", "return_rate", "repeat_rate", "customer_segments", "customer_segments[].segment",
        "customer_segments[].orders", "customer_segments[].net_revenue",
    ]  # fmt: skip
    assert {"total.amount", "tax.currency", "delivery.postcode"} <= set(
        await sample.read(PATHS, urn="urn:mesh:orders:orders")
    )


async def test_what_the_policies_find(sample: Neo4jStore) -> None:
    """The policies came after the products that they find wanting."""
    assert await findings(sample) == (VIOLATIONS, WARNINGS)


async def findings(store: Neo4jStore) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(policy, urn) of what the sample's policies find today, by asking whom each would hit if it were defined now."""
    urns = dict(await store.read("MATCH (p:DataProduct) RETURN collect([p.id, p.urn])"))
    found = [
        violation
        for policy in read_sample().policies
        for outcome in [await define_policy(store, ADMINISTRATOR, PolicyInput(**snake(policy)), WriteOptions(True))]
        for violation in (*outcome.violations, *outcome.warnings)
    ]
    named = [((one.policy.name, urns[one.product_id]), refuses(one)) for one in found]
    return {name for name, bites in named if bites}, {name for name, bites in named if not bites}


async def test_it_came_by_the_pipeline(sample: Neo4jStore) -> None:
    """One audit event for each write, numbered without gaps; what many products of a domain do at once is one."""
    events = await sample.read("MATCH (e:AuditEvent) WITH e ORDER BY e.seq RETURN collect([e.seq, e.action, e.actor])")
    actions = [action for _, action, _ in events]
    assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1))
    assert {actor for _, _, actor in events} == {"sample"}
    assert {action: actions.count(action) for action in actions} == {
        "domainRegister": 8,
        "dataProductCreate": 60,
        "sampleLoad": 44,
        "dataProductTransition": 1,
        "dependencyDeclare": 1,
        "policyDefine": 10,
        "dataContractPublish": 3,
        "changeRequestReject": 1,
        "waiverGrant": 1,
    }
    defaults = await sample.read("MATCH (d:Domain {name: 'customer'}) RETURN d.defaultsJson")
    assert orjson.loads(defaults)["retention"] == {"days": 1095}


async def test_a_second_contract_version_a_waiver_and_change_requests(sample: Neo4jStore) -> None:
    data = await ask(sample, EVOLUTION)
    versions = data["returns"]["contracts"]["nodes"]
    assert [(one["version"], one["status"]) for one in versions] == [("1.1.0", "ACTIVE"), ("1.0.0", "SUPERSEDED")]
    assert [change["rule"] for change in data["returns"]["contract"]["changesFrom"]["changes"]] == ["field_added"]
    requests = {one["product"]["urn"]: one for one in data["changeRequests"]["nodes"]}
    open, refused = requests["urn:mesh:catalog:items"], requests["urn:mesh:customer:profiles"]
    assert (open["status"], open["fromVersion"], open["toVersion"]) == ("PENDING", "4.2.0", "5.0.0")
    assert [(one["domain"], one["decision"]) for one in open["approvals"]] == [
        ("catalog", "APPROVED"),
        ("orders", "PENDING"),
    ]
    assert open["diff"]["breaking"] is True
    assert (refused["status"], refused["toVersion"]) == ("REJECTED", "3.0.0")
    assert {one["domain"]: one["note"] for one in refused["approvals"] if one["decision"] == "REJECTED"} == {
        "orders": "Returns are routed by it until the new routing is there."
    }
    [event] = data["auditEvents"]["nodes"]
    assert (event["subjectId"], event["after"]["status"]) == (refused["id"], "REJECTED")
    [waived] = [one for one in data["complianceReport"]["warnings"]["nodes"] if one["waivedBy"]]
    assert (waived["product"]["urn"], waived["policy"]["name"]) == ("urn:mesh:digital:clickstream", "retention-stated")
    assert waived["waivedBy"]["reason"] == "The privacy office decides this quarter how long clicks are kept."
