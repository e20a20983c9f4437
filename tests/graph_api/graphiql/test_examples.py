"""The example tabs of the page, run against the sample mesh that they are written for."""

from pathlib import Path
from typing import Any

import neo4j
import pytest

import graph_api.graphiql
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.model.access import ADMINISTRATOR, ANONYMOUS, Caller
from tests.checksum import checksum
from tests.graphql_execution import ask
from tests.sample_mesh import VIOLATIONS, WARNINGS, consumers, distances, fresh_sample, providers

EXAMPLES = {
    file.stem: file for file in sorted((Path(graph_api.graphiql.__file__).parent / "examples").glob("*.graphql"))
}


@pytest.fixture(scope="module")
async def sample(migrated: Endpoint, driver: neo4j.AsyncDriver, request_driver: neo4j.AsyncDriver) -> Neo4jStore:
    return await fresh_sample(migrated, driver, request_driver)


async def run(store: Neo4jStore, name: str, caller: Caller = ANONYMOUS) -> Any:
    """The example's data; fails on any error."""
    return await ask(store, EXAMPLES[name].read_text(), caller=caller)


def test_every_example_is_tested() -> None:
    before = ["1_discover", "2_lineage", "3_impact", "4_compliance", "5_refused"]
    assert list(EXAMPLES) == [*before, "6_quality", "7_evolution", "8_life"]


async def test_discover(sample: Neo4jStore) -> None:
    found = (await run(sample, "1_discover"))["dataProducts"]

    assert len(found["nodes"]) == 10
    assert found["pageInfo"]["hasNextPage"] is True
    assert found["totalCount"] == sum(one["count"] for one in found["facets"]["domain"])
    assert found["totalCount"] == sum(one["count"] for one in found["facets"]["type"])
    assert {node["status"] for node in found["nodes"]} <= {"PRODUCTION", "DEPRECATED"}
    assert "urn:mesh:customer:profiles" in {node["urn"] for node in found["nodes"]}
    facet = {one["value"]: one["count"] for one in found["facets"]["domain"]}
    assert facet["customer"] == 9  # the domain's own, all of which are tagged `customer`


async def test_lineage_of_a_hub(sample: Neo4jStore) -> None:
    hub = "urn:mesh:customer:profiles"
    up, down = distances(hub, providers(), 5), distances(hub, consumers(), 5)

    graph = (await run(sample, "2_lineage"))["dataProduct"]["lineage"]

    nodes = {node["product"]["urn"]: node for node in graph["nodes"]}
    assert len(graph["nodes"]) == len(nodes)
    assert {urn: node["distance"] for urn, node in nodes.items()} == {**up, **down}
    assert {urn for urn, node in nodes.items() if node["direction"] == "UPSTREAM"} == set(up) - {hub}
    assert {urn for urn, node in nodes.items() if node["direction"] == "DOWNSTREAM"} == set(down) - {hub}
    inside = {(source, target) for source in nodes for target in consumers()[source] if target in nodes}
    assert len(graph["edges"]) == len(inside)
    assert graph["truncated"] is any(consumers()[urn] - nodes.keys() for urn in down)


async def test_impact(sample: Neo4jStore) -> None:
    down = distances("urn:mesh:customer:events", consumers(), 10)

    product = (await run(sample, "3_impact"))["dataProduct"]

    assert product["consumers"]["totalCount"] == len(consumers()["urn:mesh:customer:events"]) == 3
    graph = product["lineage"]
    assert {node["product"]["urn"]: node["distance"] for node in graph["nodes"]} == down
    assert graph["truncated"] is False
    assert graph["depthReached"] == max(down.values())


async def test_quality(sample: Neo4jStore) -> None:
    product = (await run(sample, "6_quality"))["dataProduct"]

    assert product["quality"] == {"latest": None, "trend": []}
    assert [level["metric"] for level in product["serviceLevels"]["levels"]] == [
        "availability",
        "latency_p95",
        "freshness",
    ]
    assert {level["kept"] for level in product["serviceLevels"]["levels"]} == {None}
    assert [rule["id"] for rule in product["domain"]["businessRules"]] == ["customer-named", "timestamp-iso-8601"]


async def test_life(sample: Neo4jStore) -> None:
    told = await run(sample, "8_life")

    rules = {one["rule"]: one["fields"] for one in told["requirements"]}
    assert rules["infrastructure_provisioned"] == ["accessPoints"]
    assert rules["retention_policy_required"] == ["contract.retention"]
    infrastructure = told["serving"]["infrastructure"]
    assert infrastructure["plan"]["storage"]["bucket"] == "data-mesh-customer"
    assert infrastructure["plan"]["networking"]["topic"] == {"name": "customer.events", "partitions": 6}
    assert "terraform/storage.tf.json" in [file["path"] for file in infrastructure["files"]]
    assert infrastructure["provisioned"]["state"] == "NOT_PROVISIONED"
    assert {one["available"] for one in infrastructure["provisioned"]["targets"]} == {False}
    assert (infrastructure["usage"]["objects"], infrastructure["cost"]["total"]) == (None, None)
    ending = told["ending"]
    assert ending["successor"] == {"urn": "urn:mesh:customer:consents", "status": "PRODUCTION"}
    assert {edge["providerHealth"]["sunset"] for edge in ending["consumers"]["nodes"]} == {ending["sunset"]}
    assert {edge["consumer"]["urn"] for edge in ending["consumers"]["nodes"]} == consumers()[
        "urn:mesh:marketing:newsletter_subscribers"
    ]


async def test_compliance(sample: Neo4jStore) -> None:
    report = (await run(sample, "4_compliance"))["complianceReport"]

    assert report["overallCompliance"] is False
    assert report["checkedProducts"] == 60
    assert named(report["violations"]) == VIOLATIONS
    assert named(report["warnings"]) == WARNINGS


def named(findings: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["policy"]["name"], one["product"]["urn"]) for one in findings["nodes"]}


async def test_evolution(sample: Neo4jStore) -> None:
    shown = await run(sample, "7_evolution")

    versions = shown["dataProduct"]["contracts"]["nodes"]
    assert [(one["version"], one["status"]) for one in versions] == [("1.1.0", "ACTIVE"), ("1.0.0", "SUPERSEDED")]
    requests = shown["changeRequests"]["nodes"]
    assert {one["product"]["urn"]: one["status"] for one in requests} == {
        "urn:mesh:catalog:items": "PENDING",
        "urn:mesh:customer:profiles": "REJECTED",
    }
    assert len(shown["auditEvents"]["nodes"]) == 1
    waived = [one["product"]["urn"] for one in shown["complianceReport"]["warnings"]["nodes"] if one["waivedBy"]]
    assert waived == ["urn:mesh:digital:clickstream"]


async def test_the_refused_mutation_is_refused_and_leaves_no_trace(sample: Neo4jStore) -> None:
    before = await checksum(sample)

    payload = (await run(sample, "5_refused", ADMINISTRATOR))["dataProductCreate"]

    assert payload["dataProduct"] is None
    assert payload["userErrors"] == []
    assert [(one["policy"]["name"], one["enforcement"]) for one in payload["violations"]] == [
        ("classified-data", "MANDATORY")
    ]
    assert payload["violations"][0]["message"] == "Contract 1.0.0 states no classification."
    assert await checksum(sample) == before


async def test_nobody_is_told_to_sign_in_and_leaves_no_trace(sample: Neo4jStore) -> None:
    before = await checksum(sample)

    payload = (await run(sample, "5_refused"))["dataProductCreate"]

    assert payload["dataProduct"] is None
    assert [error["code"] for error in payload["userErrors"]] == ["UNAUTHENTICATED"]
    assert payload["violations"] == []
    assert await checksum(sample) == before
