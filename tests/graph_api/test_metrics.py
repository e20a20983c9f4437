"""`/metrics` and the HTTP way to record requests, over the real application."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx
import neo4j
import orjson
import pytest

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.model import clock
from resolvers.mutations.service_levels_record import record_service_levels
from tests.graph_api.live import Replica
from tests.graph_api.tiny import ADMIN, BASE
from tests.writes import a_domain, a_product, contract

AUTHORIZED = {"authorization": f"Bearer {ADMIN}"}


def opened(endpoint: Endpoint, driver: neo4j.AsyncDriver, tmp_path: Path) -> httpx.AsyncClient:
    app = Replica(endpoint, driver).app(tmp_path)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE)


async def test_requests_by_http_and_what_prometheus_reads(
    clean_database: Endpoint, request_driver: neo4j.AsyncDriver, store: Neo4jStore, tmp_path: Path
) -> None:
    await a_domain(store)
    sla = [{"metric": "availability", "target": 0.99}, {"metric": "latency", "target": 500, "unit": "ms"}]
    product = await a_product(store, contract=contract(sla=sla))
    record = {"time": clock.to_text(datetime.now(UTC)), "duration": 0.01, "status": "error"}
    body = b"\n".join(orjson.dumps(record) for _ in range(5)) + b"\n\n"
    url = f"/api/v1/products/{product.id}/requests"
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
        assert (await client.post(url.replace(product.id, "x"), content=body, headers=AUTHORIZED)).status_code == 404
        assert (await client.get(url)).status_code == 405
        await record_service_levels(store)
        scraped = await client.get("/metrics", headers=AUTHORIZED)
    assert scraped.status_code == 200
    lines = scraped.text.splitlines()
    assert 'sla_compliance_percentage{domain="sales",product="orders"} 50.0' in lines
    assert 'meshweave_http_requests_total{path="/api/v1/products",status="200"} 2.0' in lines
    assert "meshweave_webhook_dead_letters 0.0" in lines
    check_by_promtool(scraped.text)


def check_by_promtool(exposition: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    checked = subprocess.run([promtool, "check", "metrics"], input=exposition, text=True, capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, "")
