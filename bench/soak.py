"""`python -m bench.soak`: whether the service's memory stays flat over mixed reads; `--requests 1000000` for a million.

Reports the resident memory of the service's process each thousand requests. Linux only, since it reads /proc.
"""

import asyncio
import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import pairwise, repeat
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Annotated

import typer

from bench.data import database, load
from bench.http_client import HttpClient
from bench.mesh import make_mesh
from bench.service import serving
from graph_api.neo4j.endpoint import Endpoint
from graph_api.settings import default_cache_dir

CONNECTIONS = 8
EACH = 1_000
NEW_EACH = 25
# Few texts and many values, as clients send them. One request of 25 has a text that is new: caches of texts fill too.
READS = (
    "query($id: ID!) { dataProduct(id: $id) { id urn name status tags contract { version classification } } }",
    "query($id: ID!) { dataProduct(id: $id) { name dependencies { nodes { provider { name domain { name } } } } } }",
    "query($id: ID!) { dataProduct(id: $id) { lineage(direction: UPSTREAM, depth: 3) { nodes { distance } } } }",
    "query($id: ID!) { node(id: $id) { id } dataProducts(first: 20) { totalCount nodes { urn } } }",
    "query($id: ID!) { dataProduct(id: $id) { urn } }",
)
NEW = "query($id: ID!) { a%d: dataProduct(id: $id) { urn } }"


def main(
    requests: Annotated[int, typer.Option(help="How many, in all.")] = 20_000,
    products: Annotated[int, typer.Option(help="Size of the mesh.")] = 2_000,
    uri: Annotated[str, typer.Option(help="A Neo4j of yours that is empty or has this mesh.")] = "",
    password: Annotated[str, typer.Option(help="Its password.", envvar="BENCH_NEO4J_PASSWORD")] = "",
) -> None:
    asyncio.run(run(requests, products, Endpoint(uri, "neo4j", password) if uri else None))


async def run(requests: int, products: int, given: Endpoint | None) -> None:
    folder = default_cache_dir() / "bench" / f"soak-{products}"
    folder.mkdir(parents=True, exist_ok=True)
    async with database(folder) if given is None else nullcontext(given) as endpoint:
        ids, _ = await load(endpoint, make_mesh(products))
        await asyncio.to_thread(soak, endpoint, folder, sorted(ids.values()), requests)


def soak(endpoint: Endpoint, folder: Path, ids: list[str], requests: int) -> None:
    with serving(endpoint, folder) as port, ThreadPoolExecutor(CONNECTIONS) as pool:
        pid = service_of(port)
        clients = [HttpClient("127.0.0.1", port) for _ in range(CONNECTIONS)]
        sizes = [resident(pid)]
        print(f"before: {sizes[0]:.1f} MB", flush=True)
        for thousand in range(requests // EACH):
            began = perf_counter()
            seeds = range(thousand * CONNECTIONS, (thousand + 1) * CONNECTIONS)
            list(pool.map(ask, clients, repeat(ids), seeds))
            sizes.append(resident(pid))
            rate = EACH / (perf_counter() - began)
            print(f"{(thousand + 1) * EACH:>9,}: {sizes[-1]:.1f} MB, {rate:,.0f} requests/s", flush=True)
        print(verdict(sizes))


def ask(client: HttpClient, ids: list[str], seed: int) -> None:
    dice = random.Random(seed)
    for number in range(EACH // CONNECTIONS):
        fresh = number % NEW_EACH == NEW_EACH - 1
        query = NEW % (seed * EACH + number) if fresh else READS[number % len(READS)]
        client.ask(query, {"id": dice.choice(ids)})


def verdict(sizes: list[float]) -> str:
    """How the second half grew: the first one fills caches."""
    half = sizes[len(sizes) // 2 :]
    growth = mean(after - before for before, after in pairwise(half)) if len(half) > 1 else 0.0
    return f"after: {sizes[-1]:.1f} MB; over the second half {growth * 1024:+.1f} KB each thousand requests"


def service_of(port: int) -> int:
    """The process that `serving` started."""
    for pid, words in processes():
        if words[-2:] == ["--port", str(port)]:
            return pid
    raise RuntimeError("the service's process is not found")


def processes() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                yield int(folder.name), (folder / "cmdline").read_bytes().decode().rstrip("\0").split("\0")
            except OSError:
                continue


def resident(pid: int) -> float:
    """Megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    typer.run(main)
