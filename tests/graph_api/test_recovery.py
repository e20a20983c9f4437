"""Kill -9 of the embedded database under writes: readiness says so, nothing acknowledged is lost, it answers again."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx

from graph_api.neo4j.layout import Layout
from graph_api.neo4j.state import read_state
from tests.graph_api.test_cli import COMMAND, announced, environment

WRITERS = 3
BEFORE, AFTER = 6, 3  # acknowledged writes before the kill and after it
DOMAIN = 'mutation { domainRegister(input: {name: "sales", ownerTeam: "t"}, idempotencyKey: "d") { domain { id } } }'
CREATE = """mutation ($name: String!) {
  dataProductCreate(input: {domain: "sales", name: $name, type: SOURCE}, idempotencyKey: $name) {
    dataProduct { id } userErrors { message } violations { message }
  }
}"""
ALL = """{ dataProducts(first: 1000) { nodes { name revision auditEvents { totalCount } } } }"""
AGAIN = {"UNAVAILABLE", "TIMEOUT", "UNKNOWN_OUTCOME"}


class Writing:
    """Creates products until told to stop; each name is sent until it is acknowledged."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url
        self._next = 0
        self.acknowledged: set[str] = set()
        self.stopped = False

    async def write(self) -> None:
        while not self.stopped:
            self._next += 1
            name = f"p{self._next:05}"
            answer = await self.insist(CREATE, name=name)
            assert answer["dataProductCreate"]["dataProduct"], answer
            self.acknowledged.add(name)

    async def insist(self, query: str, **variables: Any) -> Any:
        """The data. What the database cannot answer now is sent again, as its error says."""
        while True:
            answer = await self.ask(query, **variables)
            if not answer.get("errors"):
                return answer["data"]
            codes = {error["extensions"]["code"] for error in answer["errors"]}
            assert codes <= AGAIN, answer
            await asyncio.sleep(0.05)

    async def ask(self, query: str, **variables: Any) -> Any:
        return (await self._http.post(self._url, json={"query": query, "variables": variables})).json()

    async def until_acknowledged(self, more: int) -> None:
        enough = len(self.acknowledged) + more
        async with asyncio.timeout(300):
            while len(self.acknowledged) < enough:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def readiness(http: httpx.AsyncClient, url: str, reports: list[Any], until: int) -> None:
    """Adds what readiness says until its status is `until`."""
    async with asyncio.timeout(300):
        while True:
            response = await http.get(url.replace("/graphql", "/health/ready"))
            reports.append(response.json())
            if response.status_code == until:
                return
            await asyncio.sleep(0.02)


def started(data_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=data_dir,
        env=environment(data_dir, MESHWEAVE_EMBEDDED_AOT="false"),
        start_new_session=True,
    )


async def test_what_is_acknowledged_survives_a_killed_database(tmp_path: Path) -> None:
    process = started(tmp_path)
    try:
        url = (await asyncio.to_thread(announced, process))["Meshweave answers at"]
        headers = {"authorization": f"Bearer {(tmp_path / 'token').read_text().strip()}"}
        async with httpx.AsyncClient(headers=headers, timeout=120) as http:
            writing = Writing(http, url)
            await writing.insist(DOMAIN)
            writers = [asyncio.create_task(writing.write()) for _ in range(WRITERS)]
            await writing.until_acknowledged(BEFORE)
            state = read_state(Layout(tmp_path).state)
            assert state is not None
            os.kill(state.pid, signal.SIGKILL)
            reports: list[Any] = []
            await readiness(http, url, reports, 503)
            await readiness(http, url, reports, 200)
            databases = [report["checks"]["database"] for report in reports]
            assert "recovering: Neo4j ended unexpectedly and is being started again" in databases
            assert databases[-1] == "ok"
            await writing.until_acknowledged(AFTER)
            writing.stopped = True
            await asyncio.gather(*writers)
            found = (await writing.insist(ALL))["dataProducts"]["nodes"]
        # Each is there once and whole: with its revision and its one event.
        assert {product["name"] for product in found} == writing.acknowledged
        assert len(found) == len(writing.acknowledged) >= BEFORE + AFTER
        assert {(product["revision"], product["auditEvents"]["totalCount"]) for product in found} == {(1, 1)}
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 60)
        finally:
            process.kill()
            process.communicate()
