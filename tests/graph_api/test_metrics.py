"""`/metrics` and the HTTP way to record requests, over the real application."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx
import neo4j
import orjson
import pytest

from graph_api.app import create_app
from graph_api.http.metrics import product_metrics
from graph_api.neo4j.driver import connections_of
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.infrastructure.plan import COMPLIANCE, FRESHNESS, QUALITY
from resolvers.model import clock
from resolvers.mutations.service_levels_record import record_service_levels
from resolvers.quality.records import latest_runs
from schema.schema import schema
from tests.graph_api.live import Replica
from tests.graph_api.tiny import ADMIN, BASE, settings
from tests.resolvers.mutations.test_quality_report_submit import EXPECTATIONS
from tests.writes import a_domain, a_product, contract

AUTHORIZED = {"authorization": f"Bearer {ADMIN}"}


def opened(endpoint: Endpoint, driver: neo4j.AsyncDriver, tmp_path: Path) -> httpx.AsyncClient:
    replica = Replica(endpoint, driver)
    app = create_app(
        settings(tmp_path),
        schema,
        replica.store,
        replica.context,
        access=replica.store(),
        pool=lambda: connections_of(driver),
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE)


async def test_requests_by_http_and_what_prometheus_reads(
    clean_database: Endpoint, request_driver: neo4j.AsyncDriver, store: Neo4jStore, tmp_path: Path
) -> None:
    await a_domain(store)
    sla = [{"metric": "availability", "target": 0.99}, {"metric": "latency", "target": 500, "unit": "ms"}]
    product = await a_product(store, contract=contract(sla=sla))
    record = {"time": clock.to_text(datetime.now(UTC)), "duration": 0.01, "status": "error"}
    body = b"\n".join(orjson.dumps(record) for _ in range(5)) + b"\n\n"
    url = f"/api/v1/products/{product.urn}/requests"
    async with opened(clean_database, request_driver, tmp_path) as client:
        answer = await client.post(url, content=body, headers=AUTHORIZED)
        assert (answer.status_code, answer.json()) == (200, {"recorded": 5, "replayed": False})
        answer = await client.post(url, content=body, headers=AUTHORIZED)
        assert (answer.status_code, answer.json()) == (200, {"recorded": 5, "replayed": True})
        assert (await client.post(url, content=body)).status_code == 401
        assert (await client.post(url, content=b"{", headers=AUTHORIZED)).status_code == 400
        assert (await client.post(url, content=b"{}", headers=AUTHORIZED)).json()["errors"][0][
            "code"
        ] == "INVALID_INPUT"
        assert (await client.post(url.replace(product.urn, "x"), content=body, headers=AUTHORIZED)).status_code == 404
        assert (await client.get(url)).status_code == 405
        await record_service_levels(store)
        scraped = await client.get("/metrics", headers=AUTHORIZED)
    assert scraped.status_code == 200
    lines = scraped.text.splitlines()
    assert 'sla_compliance_percentage{domain="sales",product="orders"} 50.0' in lines
    assert 'meshweave_http_requests_total{path="/api/v1/products",status="200"} 2.0' in lines
    assert "meshweave_webhook_dead_letters 0.0" in lines
    assert "meshweave_database_connections_limit 100.0" in lines
    connections = {line.split("} ")[0]: float(line.split()[-1]) for line in lines if "database_connections{" in line}
    assert set(connections) == {
        'meshweave_database_connections{state="idle"',
        'meshweave_database_connections{state="in_use"',
    }
    assert sum(connections.values()) >= 1
    assert 'meshweave_gate_limit{gate="wide_operations"} 4.0' in lines
    assert 'meshweave_gate_entries{gate="wide_operations",state="running"} 0.0' in lines
    check_by_promtool(scraped.text)


def check_by_promtool(exposition: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    checked = subprocess.run([promtool, "check", "metrics"], input=exposition, text=True, capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, "")


async def test_results_of_other_tools_by_http(
    clean_database: Endpoint, request_driver: neo4j.AsyncDriver, store: Neo4jStore, tmp_path: Path
) -> None:
    await a_domain(store)
    points = [{"kind": "BATCH", "uri": "file:///data/rows.csv"}]
    product = await a_product(store, contract=contract(), access_points=points)
    body = orjson.dumps(EXPECTATIONS)
    async with opened(clean_database, request_driver, tmp_path) as client:
        url = f"/api/v1/products/{product.urn}/quality"
        answer = await client.post(f"{url}?accessPoint=batch", content=body, headers=AUTHORIZED)
        assert answer.status_code == 200
        told = answer.json()
        assert (told["origin"], told["passed"]) == ("great-expectations", False)
        again = await client.post(
            f"/api/v1/products/{product.id}/quality?accessPoint=batch", content=body, headers=AUTHORIZED
        )
        assert again.json() == told
        assert (await client.post(url, content=body)).status_code == 401
        assert (await client.post(url, content=b"{", headers=AUTHORIZED)).status_code == 400
        assert (await client.post(f"{url}?format=pdf", content=body, headers=AUTHORIZED)).status_code == 400
        wrong = await client.post(f"{url}?format=soda", content=body, headers=AUTHORIZED)
        assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (400, "INVALID_INPUT")
        absent = await client.post(url.replace("orders", "x"), content=body, headers=AUTHORIZED)
        assert absent.status_code == 404
        assert (await client.get(url)).status_code == 405
    (run,) = await latest_runs(store, [product.id])
    assert run is not None
    assert (run.id, run.access_point, run.rows) == (told["qualityRun"], "batch", 200)


def test_dashboards_and_alerts_use_the_names_of_the_exposition() -> None:
    metrics = product_metrics([["sales", "orders", 1, 1, 0.9, "2026-11-28T00:00:00.000000Z"]], datetime.now(UTC))
    assert {metric.name for metric in metrics} == {FRESHNESS, QUALITY, COMPLIANCE}
    labels = {name for metric in metrics for sample in metric.samples for name in sample.labels}
    assert labels == {"domain", "product"}
