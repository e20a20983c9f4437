"""The tour of the README, run as it is printed."""

from pathlib import Path
from typing import Any

import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.model.access import ADMINISTRATOR
from tests.graphql_execution import ask
from tests.sample_mesh import VIOLATIONS, fresh_sample
from tests.shell_requests import bodies, request

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture
async def sample(migrated: Endpoint, driver: neo4j.AsyncDriver, request_driver: neo4j.AsyncDriver) -> Neo4jStore:
    return await fresh_sample(migrated, driver, request_driver)


async def test_the_tour(sample: Neo4jStore) -> None:
    async def run(body: str, **variables: str) -> Any:
        filled = request(body, variables)
        return await ask(sample, filled["query"], caller=ADMINISTRATOR, **filled.get("variables", {}))

    find, refuse, create, follow, report_on = bodies(README)

    hub = (await run(find))["dataProduct"]
    assert hub["consumers"]["totalCount"] == 16
    payload = (await run(refuse, PROFILES=hub["id"]))["dataProductCreate"]
    assert payload["dataProduct"] is None
    assert payload["userErrors"] == []
    assert [violation["policy"]["name"] for violation in payload["violations"]] == ["classified-data"]
    payload = (await run(create, PROFILES=hub["id"]))["dataProductCreate"]
    assert payload == {
        "dataProduct": {"urn": "urn:mesh:marketing:birthday_offers"},
        "violations": [],
        "userErrors": [],
    }
    graph = (await run(follow))["dataProduct"]["lineage"]
    distances = {node["product"]["urn"].removeprefix("urn:mesh:"): node["distance"] for node in graph["nodes"]}
    assert distances == {
        "marketing:birthday_offers": 0,
        "customer:profiles": 1,
        "customer:consents": 2,
        "customer:events": 2,
        "customer:identity_graph": 2,
        "customer:loyalty_cards": 3,
    }
    assert len(graph["edges"]) == 6
    assert graph["truncated"] is False
    report = (await run(report_on))["complianceReport"]
    assert report["checkedProducts"] == 61
    pairs = {(violation["policy"]["name"], violation["product"]["urn"]) for violation in report["violations"]["nodes"]}
    assert pairs == VIOLATIONS
