"""`python -m bench.bystander`: how fast a small question stays while one other client sends large or malformed ones.

The bystander asks for a product's name every 50 ms. Its time counts from when it was to ask: what delays one question
counts for those behind it too. The other client sends the same request again as soon as it is answered.
"""

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Annotated, Any, NamedTuple

import orjson
import typer

from bench.chosen import choose
from bench.data import database, load
from bench.hostile import Hostile, hostiles
from bench.http_client import HttpClient, graphql
from bench.mesh import make_mesh
from bench.service import serving
from graph_api.neo4j.driver import open_driver
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.migrate import migrate
from graph_api.neo4j.store import Neo4jStore
from graph_api.sample.load import load_sample
from graph_api.settings import default_cache_dir

EVERY = 0.05
NAME = "query ($id: ID!) { dataProduct(id: $id) { name } }"
IDS = "MATCH (p:DataProduct) WITH p, COUNT { (p)<-[:DEPENDS_ON]-() } AS n ORDER BY n DESC, p.urn RETURN collect(p.id)"
DOMAINS = "MATCH (d:Domain) RETURN collect(d.name)"
ROW = "| {} | {} | {} | {:.0f} | {:.0f} | {:.0f} |"
HEAD = (
    "| other client's request | its answers | its median s | bystander p50 ms | p99 | max |\n|---|---|---|---|---|---|"
)


class Mesh(NamedTuple):
    """Ids of products, those with most consumers first, and names of domains."""

    ids: list[str]
    domains: list[str]


def main(
    products: Annotated[int, typer.Option(help="Size of the mesh; 0 takes the sample.")] = 10_000,
    seconds: Annotated[float, typer.Option(help="How long each request is repeated.")] = 5.0,
    max_cost: Annotated[int, typer.Option(help="MESHWEAVE_MAX_COST; the default refuses some.")] = 0,
    only: Annotated[str, typer.Option(help="Only requests whose name holds this.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of the mesh.")] = 2026,
) -> None:
    asyncio.run(run(products, seconds, max_cost, only, seed))


async def run(products: int, seconds: float, max_cost: int, only: str, seed: int) -> None:
    folder = default_cache_dir() / "bench" / (f"{products}-{seed}" if products else "sample")
    folder.mkdir(parents=True, exist_ok=True)
    async with database(folder) as endpoint:
        mesh = await prepared(endpoint, products, seed)
        variables = {"MESHWEAVE_MAX_COST": str(max_cost)} if max_cost else {}
        await asyncio.to_thread(measured, endpoint, folder, mesh, seconds, only, variables)


async def prepared(endpoint: Endpoint, products: int, seed: int) -> Mesh:
    async with open_driver(endpoint) as driver:
        store = Neo4jStore(driver, endpoint.database, patient=True)
        if products:
            made = make_mesh(products, seed)
            choose(made, (await load(endpoint, made))[0])
        else:
            await migrate(driver, endpoint.database)
            await load_sample(store)
        return Mesh(await store.read(IDS), await store.read(DOMAINS))


def measured(
    endpoint: Endpoint, folder: Path, mesh: Mesh, seconds: float, only: str, variables: dict[str, str]
) -> None:
    load = os.getloadavg()[0]
    # Longer bodies than by default, so that thousands of representations arrive.
    settings = {"MESHWEAVE_MAX_COST": "200000", "MESHWEAVE_MAX_BODY_BYTES": "10000000", **variables}
    with serving(endpoint, folder, **settings) as port, closing(HttpClient("127.0.0.1", port)) as client:
        body = client.request(graphql(NAME, {"id": mesh.ids[-1]}))
        for _ in range(200):
            client.exchange(body)
        cost, cores = settings["MESHWEAVE_MAX_COST"], os.cpu_count()
        print(f"{len(mesh.ids):,} products, {cores} cores, load average {load:.1f}, limit of cost {cost}\n\n{HEAD}")
        with watched(client, body) as times:
            sleep(seconds)
        print(ROW.format("none", "", "", *figures(times)), flush=True)
        for hostile in hostiles(mesh.ids[::-1], mesh.domains, mesh.ids[0]):
            if only in hostile.name:
                with watched(client, body) as times:
                    answers, took = repeated(port, hostile, seconds)
                said = ", ".join(f"{count} x {what}" for what, count in answers.items())
                print(ROW.format(hostile.name, said, f"{median(took):.2f}", *figures(times)), flush=True)


def repeated(port: int, hostile: Hostile, seconds: float) -> tuple[Counter[str], list[float]]:
    """What became of the requests, and how long each took."""
    answers: Counter[str] = Counter()
    took: list[float] = []
    began = perf_counter()
    with closing(HttpClient("127.0.0.1", port)) as client:
        request = client.request(graphql(hostile.query, hostile.variables))
        while perf_counter() - began < seconds:
            started = perf_counter()
            answers[outcome(client, request)] += 1
            took.append(perf_counter() - started)
    return answers, took


def outcome(client: HttpClient, request: bytes) -> str:
    try:
        answer: dict[str, Any] = orjson.loads(client.exchange(request))
    except RuntimeError as error:
        return str(error).split(":")[0]
    errors = answer.get("errors") or []
    codes = sorted({error.get("extensions", {}).get("code", "?") for error in errors})
    return " ".join(codes) if codes else "answered"


@contextmanager
def watched(client: HttpClient, request: bytes) -> Iterator[list[float]]:
    """The bystander's times in ms, from when each question was due, while the block runs."""
    times: list[float] = []
    done = threading.Event()

    def ask() -> None:
        due = perf_counter()
        while not done.is_set():
            client.exchange(request)
            times.append((perf_counter() - due) * 1_000)
            due += EVERY
            sleep(max(0.0, due - perf_counter()))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield times
    finally:
        done.set()
        asking.join()


def figures(times: list[float]) -> tuple[float, float, float]:
    return median(times), quantiles(times, n=100)[98], max(times)


if __name__ == "__main__":
    typer.run(main)
