"""The server audits of graphql-http, the reference implementation of GraphQL over HTTP, against a real uvicorn."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from graph_api.graphiql.node import Node, find_node
from graph_api.serve import listening, make_server
from graph_api.settings import default_cache_dir
from tests.graph_api.tiny import settings, streaming, tiny_app

PACKAGES = ("graphql-http@1.23.1", "graphql@16.11.0")
SCRIPT = """
import { auditServer } from 'graphql-http';
const results = await auditServer({ url: process.argv[2] });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
"""


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """Of the tiny app on a free port of a real server."""
    up = asyncio.Event()
    server = make_server(tiny_app(tmp_path, streaming), settings(tmp_path), up.set)
    with listening("127.0.0.1", 0) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await asyncio.wait_for(up.wait(), 30)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        server.should_exit = True
        await task


async def test_a_real_server_answers(url: str) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(2):
            response = await http.post(url, json={"query": "{ hello }"})
            assert (response.status_code, response.text) == (200, '{"data":{"hello":"world"}}')
        assert "server" not in response.headers
        assert (
            await http.post(url, content=b"x" * 1_000_001, headers={"content-type": "application/json"})
        ).status_code == 413


async def test_a_real_server_streams(url: str) -> None:
    async with httpx.AsyncClient() as http:
        query = {"query": "subscription { count(to: 1) }"}
        response = await http.post(url, json=query, headers={"accept": "text/event-stream"})
        assert response.content == b'event: next\ndata: {"data":{"count":0}}\n\nevent: complete\ndata:\n\n'


@pytest.mark.node
async def test_all_audits_of_graphql_http_pass(url: str) -> None:
    node = find_node()
    if node is None:
        pytest.skip("there is no Node")
    folder = await audits(node)
    code, output = await run(folder, str(node.node), "audit.mjs", url)
    assert code == 0, output
    results = json.loads(output.splitlines()[-1])
    assert [result for result in results if result["status"] != "ok"] == []
    assert Counter(result["name"].split()[0] for result in results) == {"MUST": 13, "SHOULD": 23, "MAY": 25}


async def audits(node: Node) -> Path:
    """The folder they are installed in, once for this machine."""
    folder = default_cache_dir() / "tests" / PACKAGES[0].replace("@", "-")
    if not (folder / "node_modules" / "graphql-http").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        install = node.npm_command("install", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES)
        code, output = await run(folder, *install)
        if code:
            pytest.skip(f"graphql-http cannot be installed: {output[-200:]}")
    (folder / "audit.mjs").write_text(SCRIPT)
    return folder


async def run(folder: Path, *command: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 180)
    return process.returncode or 0, output.decode()
