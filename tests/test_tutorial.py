"""The tutorial, run as it is printed."""

from pathlib import Path
from typing import Any

import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.model.access import ADMINISTRATOR
from tests.graphql_execution import ask
from tests.sample_mesh import fresh_sample
from tests.shell_requests import bodies, request

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial.md"
OFFERS = "urn:mesh:marketing:win_back_offers"
COSTS = "urn:mesh:finance:offer_costs"


@pytest.fixture
async def sample(migrated: Endpoint, driver: neo4j.AsyncDriver, request_driver: neo4j.AsyncDriver) -> Neo4jStore:
    return await fresh_sample(migrated, driver, request_driver)


async def test_the_tutorial(sample: Neo4jStore) -> None:
    ids: dict[str, str] = {}

    async def run(body: str) -> Any:
        filled = request(body, ids)
        answer = await ask(sample, filled["query"], caller=ADMINISTRATOR, **filled.get("variables", {}))
        return next(iter(answer.values())) if len(answer) == 1 else answer

    find, try_policy, define, refuse, create, use, break_it, ask_first, approve, publish, look_back = bodies(TUTORIAL)

    products = (await run(find))["nodes"]
    ids["PROFILES"] = next(node["id"] for node in products if node["urn"] == "urn:mesh:customer:profiles")

    tried = await run(try_policy)
    assert tried["policy"] == {"name": "tagged", "enforcement": "MANDATORY"}
    assert tried["userErrors"] == []
    defined = await run(define)
    assert defined == {"policy": {"name": "tagged", "version": 1}, "userErrors": []}

    refused = await run(refuse)
    assert refused["dataProduct"] is None
    assert [violation["policy"]["name"] for violation in refused["violations"]] == ["tagged"]
    created = await run(create)
    assert created["violations"] == created["userErrors"] == []
    assert created["dataProduct"]["urn"] == OFFERS
    ids["OFFERS"] = created["dataProduct"]["id"]
    assert await run(use) == {"dataProduct": {"urn": COSTS}, "violations": [], "userErrors": []}

    broken = await run(break_it)
    assert broken["contract"] is None
    assert [error["code"] for error in broken["userErrors"]] == ["BREAKING_CHANGE"]
    assert [change["rule"] for change in broken["diff"]["changes"]] == ["field_removed"]
    assert broken["diff"]["affectedConsumers"] == [
        {"product": {"urn": COSTS}, "fields": ["discount"], "basis": "DECLARED"}
    ]

    asked = (await run(ask_first))["changeRequest"]
    assert asked["approvals"] == [{"domain": "finance", "decision": "PENDING"}]
    ids["REQUEST"] = asked["id"]
    approved = await run(approve)
    assert approved["userErrors"] == []
    assert approved["changeRequest"]["approvals"] == [{"domain": "finance", "decision": "APPROVED"}]
    published = await run(publish)
    assert published == {"contract": {"version": "2.0.0", "status": "ACTIVE"}, "userErrors": []}

    after = await run(look_back)
    assert len(after["auditEvents"]["nodes"]) == 6
    product = after["dataProduct"]
    assert product["contract"] == {"version": "2.0.0"}
    assert [node["version"] for node in product["contracts"]["nodes"]] == ["2.0.0", "1.0.0"]
    assert product["lineage"]["truncated"] is False
    assert [node["product"]["urn"] for node in product["lineage"]["nodes"]] == [OFFERS, COSTS]
