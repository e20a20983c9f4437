"""The tour of the README, run as it is printed."""

import json
import re
from pathlib import Path
from typing import Any

import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.model.access import ADMINISTRATOR
from tests.graphql_execution import ask
from tests.sample_mesh import VIOLATIONS, fresh_sample

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture
async def sample(migrated: Endpoint, driver: neo4j.AsyncDriver, request_driver: neo4j.AsyncDriver) -> Neo4jStore:
    return await fresh_sample(migrated, driver, request_driver)


def requests(**variables: str) -> list[dict[str, Any]]:
    """The bodies between `<<JSON` and `JSON`, as a shell would send them."""
    bodies = re.findall(r"^gql <<JSON\n(.*?)^JSON$", README.read_text(), re.MULTILINE | re.DOTALL)
    return [json.loads(as_shell(body, variables)) for body in bodies]


def as_shell(text: str, variables: dict[str, str]) -> str:
    """`text` as an unquoted here-document gives it: variables filled in, then `\\$` unescaped."""
    filled = re.sub(r"(?<!\\)\$([A-Z]+)", lambda found: variables[found[1]], text)
    return filled.replace("\\$", "$")


async def test_the_tour(sample: Neo4jStore) -> None:
    async def run(request: dict[str, Any]) -> Any:
        return await ask(sample, request["query"], caller=ADMINISTRATOR, **request.get("variables", {}))

    hub = (await run(requests(PROFILES="prd_")[0]))["dataProduct"]
    _, refused, created, lineage, compliance = requests(PROFILES=hub["id"])

    assert hub["consumers"]["totalCount"] == 16
    payload = (await run(refused))["dataProductCreate"]
    assert payload["dataProduct"] is None
    assert payload["userErrors"] == []
    assert [one["policy"]["name"] for one in payload["violations"]] == ["classified-data"]
    payload = (await run(created))["dataProductCreate"]
    assert payload == {
        "dataProduct": {"urn": "urn:mesh:marketing:birthday_offers"},
        "violations": [],
        "userErrors": [],
    }
    graph = (await run(lineage))["dataProduct"]["lineage"]
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
    report = (await run(compliance))["complianceReport"]
    assert report["checkedProducts"] == 61
    found = {(one["policy"]["name"], one["product"]["urn"]) for one in report["violations"]["nodes"]}
    assert found == VIOLATIONS
