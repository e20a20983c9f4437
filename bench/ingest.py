"""Request records per second that one service process takes, over HTTP, each batch stored when it is answered.

`python -m bench.ingest --seconds 20` starts a Neo4j and the service, sends batches of JSON Lines for several products
from another process, and counts what was acknowledged. The goal is 10,000 records a second. It ends with a check that
the metrics of the products have exactly what was acknowledged.
"""

import argparse
import asyncio
import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import orjson

from bench.service import serving
from graph_api.neo4j.embedded import start_embedded
from graph_api.neo4j.endpoint import Endpoint
from graph_api.settings import Settings
from resolvers.model import clock

GOAL = 10_000
PRODUCTS = 4
TRIES = 5
DOMAIN = """mutation { domainRegister(input: {name: "bench", ownerTeam: "bench"}, idempotencyKey: "bench") {
  domain { id } } }"""
CREATE = """mutation($name: String!) {
  dataProductCreate(input: {domain: "bench", name: $name, type: SOURCE}, idempotencyKey: $name) {
    dataProduct { id } } }"""
TOTAL = """query($id: ID!) { dataProduct(id: $id) { metrics { window(length: "P1D") { total } } } }"""


class Client:
    def __init__(self, port: int, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120)
        self.acknowledged: dict[str, int] = {}

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data. A database that plans its first writes on a busy machine is asked again."""
        for _ in range(TRIES):
            answer = (await self.http.post("/graphql", json={"query": query, "variables": variables})).json()
            if [error["extensions"]["code"] for error in answer.get("errors", ())] != ["TIMEOUT"]:
                break
        assert "errors" not in answer, answer
        return answer["data"]

    async def send(self, product: str, size: int, until: float) -> None:
        random = Random(product)
        while time.monotonic() < until:
            now = clock.to_text(datetime.now(UTC))
            records = [
                {"time": now, "duration": round(random.lognormvariate(-3, 1), 6), "status": "200", "size": 512}
                for _ in range(size)
            ]
            body = b"\n".join(map(orjson.dumps, records))
            key = {"idempotency-key": secrets.token_hex(8)}
            answer = await self.http.post(f"/api/v1/products/{product}/requests", content=body, headers=key)
            assert answer.status_code == 200, answer.text
            self.acknowledged[product] = self.acknowledged.get(product, 0) + answer.json()["recorded"]


async def measure(port: int, token: str, seconds: float, size: int) -> float:
    client = Client(port, token)
    await client.ask(DOMAIN)
    created = [await client.ask(CREATE, name=f"p{number}") for number in range(PRODUCTS)]
    products = [one["dataProductCreate"]["dataProduct"]["id"] for one in created]
    for product in products:  # plans its statements
        await client.send(product, 10, time.monotonic() + 0.01)
    warm = sum(client.acknowledged.values())
    began = time.monotonic()
    await asyncio.gather(*(client.send(product, size, began + seconds) for product in products))
    rate = (sum(client.acknowledged.values()) - warm) / (time.monotonic() - began)
    for product in products:
        counted = (await client.ask(TOTAL, id=product))["dataProduct"]["metrics"]["window"]["total"]
        assert counted == client.acknowledged[product], (counted, client.acknowledged[product])
    await client.http.aclose()
    return rate


async def run(folder: Path, seconds: float, size: int, uri: Endpoint | None) -> None:
    token = secrets.token_urlsafe(32)
    if uri is None:
        settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
        async with await start_embedded(settings, train=False) as server:
            await run(folder, seconds, size, server.endpoint)
        return
    with serving(uri, folder, token) as port:
        rate = await measure(port, token, seconds, size)
    print(f"{rate:,.0f} records a second in batches of {size:,} for {PRODUCTS} products (goal {GOAL:,})")
    print(f"load {os.getloadavg()[0]:.1f}; each acknowledged record is counted once")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--batch", type=int, default=5_000)
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="meshweave-bench") as folder:
        asyncio.run(run(Path(folder), asked.seconds, asked.batch, None))


if __name__ == "__main__":
    main()
