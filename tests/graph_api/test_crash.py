"""Request records and kill -9: what was acknowledged is there after the crash, and nothing is counted twice."""

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from graph_api.neo4j.layout import Layout
from graph_api.neo4j.state import read_state
from resolvers.model import clock
from tests.graph_api.test_cli import COMMAND, announced, environment

BATCHES, RECORDS = 60, 50
TRIES = 10
DOMAIN = (
    """mutation { domainRegister(input: {name: "sales", ownerTeam: "t"}, idempotencyKey: "d") { domain { id } } }"""
)
PRODUCT = """mutation { dataProductCreate(input: {domain: "sales", name: "orders", type: SOURCE}, idempotencyKey: "p") {
  dataProduct { id } } }"""
TOTAL = """{ dataProduct(urn: "urn:mesh:sales:orders") { metrics { window(length: "P1D") { total } } } }"""


class Server:
    """The real command with its own embedded Neo4j."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        given = environment(data_dir, MESHWEAVE_EMBEDDED_AOT="false")
        self._process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=data_dir,
            env=given,
            start_new_session=True,
        )
        self.url = announced(self._process)["Meshweave answers at"]
        self.headers = {"authorization": f"Bearer {(data_dir / 'token').read_text().strip()}"}

    def kill(self) -> None:
        """The server and its database, as a power cut would."""
        state = read_state(Layout(self._data_dir).state)
        os.killpg(self._process.pid, signal.SIGKILL)
        if state is not None:
            with suppress(ProcessLookupError):
                os.kill(state.pid, signal.SIGKILL)
        self._process.communicate()

    def ask(self, query: str) -> Any:
        """The data. A database that is too busy is asked again, as its error says."""
        for _ in range(TRIES):
            answer = httpx.post(self.url, json={"query": query}, headers=self.headers, timeout=120).json()
            if [error["extensions"]["code"] for error in answer.get("errors", ())] != ["TIMEOUT"]:
                break
        assert "errors" not in answer, answer
        return answer["data"]


def batch(number: int, time: str) -> bytes:
    record = {"time": time, "duration": 0.01 + number / 1000, "size": number}
    return b"\n".join([orjson.dumps(record)] * RECORDS)


async def send(server: Server, product: str, numbers: range, time: str, acknowledged: set[int]) -> dict[int, Any]:
    """Sends batches, four at a time, until the server is gone; the answers of those it took, by number."""
    answers: dict[int, Any] = {}
    waiting = list(numbers)
    url = server.url.replace("/graphql", f"/api/v1/products/{product}/requests")
    async with httpx.AsyncClient(headers=server.headers, timeout=60) as client:

        async def work() -> None:
            while waiting:
                number = waiting.pop(0)
                headers = {"idempotency-key": f"batch {number}"}
                for _ in range(TRIES):
                    response = await client.post(url, content=batch(number, time), headers=headers)
                    if response.status_code != 503:
                        break
                assert response.status_code == 200, response.text
                answers[number] = response.json()
                acknowledged.add(number)

        await asyncio.gather(*(work() for _ in range(4)), return_exceptions=True)
    return answers


async def test_acknowledged_records_survive_kill_9_and_count_once(tmp_path: Path) -> None:
    time = clock.to_text(datetime.now(UTC))
    first = await asyncio.to_thread(Server, tmp_path)
    try:
        await asyncio.to_thread(first.ask, DOMAIN)
        product = (await asyncio.to_thread(first.ask, PRODUCT))["dataProductCreate"]["dataProduct"]["id"]
        acknowledged: set[int] = set()
        sending = asyncio.create_task(send(first, product, range(BATCHES), time, acknowledged))
        while len(acknowledged) < BATCHES // 4 and not sending.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    finally:
        first.kill()
    await sending
    survived = set(acknowledged)
    assert BATCHES // 4 <= len(survived) < BATCHES

    second = await asyncio.to_thread(Server, tmp_path)
    try:
        total = (await asyncio.to_thread(second.ask, TOTAL))["dataProduct"]["metrics"]["window"]["total"]
        assert total % RECORDS == 0  # a batch is there whole or not at all
        assert len(survived) <= total // RECORDS <= len(survived) + 4
        answers = await send(second, product, range(BATCHES), time, set())
        assert set(answers) == set(range(BATCHES))
        assert {number for number in survived if not answers[number]["replayed"]} == set()
        total = (await asyncio.to_thread(second.ask, TOTAL))["dataProduct"]["metrics"]["window"]["total"]
        assert total == BATCHES * RECORDS
    finally:
        second.kill()
