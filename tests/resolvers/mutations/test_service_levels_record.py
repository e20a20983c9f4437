"""Breaches of service levels are recorded once, and once when they end."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.mutations.inputs import DependencyInput
from resolvers.mutations.requests_record import record_requests
from resolvers.mutations.service_levels_record import record_service_levels
from tests.schema.test_mutations import ask
from tests.writes import SALES_OWNER, a_domain, a_product, audit_actions, contract, done

SLA = [{"metric": "availability", "target": 0.9}, {"metric": "freshness", "target": 2, "unit": "h"}]


async def promising(store: Store) -> str:
    await a_domain(store)
    return (await a_product(store, contract=contract(sla=SLA))).id


async def requests(store: Store, product: str, count: int, status: str, key: str) -> None:
    time = clock.to_text(datetime.now(UTC) - timedelta(minutes=2))
    records = [{"time": time, "duration": 0.2, "status": status}] * count
    done(await record_requests(store, SALES_OWNER, product, records, key))


async def recorded(store: Store) -> int:
    return list(await audit_actions(store)).count("serviceLevelsRecord")


async def test_a_breach_is_one_event_and_its_end_another(store: Store, cypher: Any) -> None:
    product = await promising(store)
    await requests(store, product, 10, "success", "a")
    assert await record_service_levels(store) == 1
    assert await recorded(store) == 0
    await requests(store, product, 10, "error", "b")
    await asyncio.gather(*(record_service_levels(store) for _ in range(3)))
    assert await record_service_levels(store) == 0
    assert await recorded(store) == 1
    (status,) = await cypher(
        "MATCH (:DataProduct {id: $id})-[:HAS_SERVICE_LEVEL_STATUS]->(s) RETURN s {.metric, .kept, .measured} AS s",
        id=product,
    )
    assert status["s"] == {"metric": "availability", "kept": False, "measured": 0.5}
    await requests(store, product, 200, "success", "c")
    await record_service_levels(store)
    await record_service_levels(store)
    assert await recorded(store) == 2


async def test_the_api_tells_what_is_kept_and_consumers_see_it(store: Store) -> None:
    product = await promising(store)
    await a_product(store, "reports", type="DERIVED", dependencies=None)
    await requests(store, product, 10, "error", "a")
    await record_service_levels(store)
    answer = await ask(
        store,
        """query($id: ID!) { dataProduct(id: $id) {
          metrics { last { total errorRate p95 } window(length: "PT1H") { total errors } }
          serviceLevels { compliance levels { metric kept measured reason errorBudgetLeft since } }
          domain { slaReport { compliance more products { dataProduct { name } compliance } } } } }""",
        id=product,
    )
    assert answer["metrics"]["window"] == {"total": 10, "errors": 10}
    assert (answer["metrics"]["last"]["total"], answer["metrics"]["last"]["errorRate"]) == (10, 1.0)
    availability, freshness = answer["serviceLevels"]["levels"]
    assert availability.pop("since") is not None
    assert round(availability.pop("errorBudgetLeft"), 6) == -9.0
    assert availability == {"metric": "availability", "kept": False, "measured": 0.0, "reason": None}
    assert (freshness["kept"], freshness["reason"]) == (None, "no quality run has finished")
    assert answer["domain"]["slaReport"] == {
        "compliance": 0.0,
        "more": False,
        "products": [{"dataProduct": {"name": "orders"}, "compliance": 0.0}],
    }


async def test_consumers_see_the_health_of_their_provider(store: Store) -> None:
    product = await promising(store)
    consumer = await a_product(store, "reports", type="DERIVED", dependencies=[DependencyInput(product)])
    await requests(store, product, 10, "error", "a")
    await record_service_levels(store)
    answer = await ask(
        store,
        """query($id: ID!) { dataProduct(id: $id) { dependencies { nodes { providerHealth {
          healthy brokenServiceLevels qualityPassed } } } } }""",
        id=consumer.id,
    )
    assert answer["dependencies"]["nodes"] == [
        {"providerHealth": {"healthy": False, "brokenServiceLevels": ["availability"], "qualityPassed": None}}
    ]
