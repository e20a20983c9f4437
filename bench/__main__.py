"""`python -m bench`: loads the seeded mesh, compares the contenders' answers, measures them and writes the table."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Annotated, NamedTuple

import neo4j
import typer

from bench import report
from bench.chosen import choose
from bench.contenders import Contender, over_driver, over_http, over_socket
from bench.data import database, load
from bench.http_client import HttpClient
from bench.measure import compare, measure
from bench.mesh import make_mesh
from bench.peer_service import peer_serving
from bench.service import serving
from bench.shapes import Shape, all_shapes
from graph_api.neo4j.endpoint import Endpoint
from graph_api.settings import default_cache_dir

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"


def main(
    products: Annotated[int, typer.Option(help="Size of the mesh.")] = 10_000,
    rounds: Annotated[int, typer.Option(help="Exchanges of each contender on each small shape.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of the mesh.")] = 2026,
    only: Annotated[str, typer.Option(help="Only shapes whose name holds this.")] = "",
    write: Annotated[bool, typer.Option(help="Put the table into docs/performance.md.")] = True,
    uri: Annotated[str, typer.Option(help="An empty Neo4j of yours, instead of an embedded one.")] = "",
    peer: Annotated[bool, typer.Option(help="Measure @neo4j/graphql too; installed by npm at the first run.")] = True,
    password: Annotated[str, typer.Option(help="Its password.", envvar="BENCH_NEO4J_PASSWORD")] = "",
) -> None:
    given = Endpoint(uri, "neo4j", password) if uri else None
    asyncio.run(run(Bench(products, rounds, seed, only, write, peer), given))


class Bench(NamedTuple):
    """What `--help` says of each."""

    products: int
    rounds: int
    seed: int
    only: str
    write: bool
    peer: bool

    @property
    def title(self) -> str:
        load, cores = os.getloadavg()[0], os.cpu_count()
        return f"{self.products:,} products, seed {self.seed}, {cores} cores, load average {load:.0f}"


async def run(bench: Bench, given: Endpoint | None) -> None:
    folder = default_cache_dir() / "bench" / f"{bench.products}-{bench.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    async with database(folder) if given is None else nullcontext(given) as endpoint:
        mesh = make_mesh(bench.products, bench.seed)
        print(f"{bench.title}, {len(mesh.edges):,} dependencies", flush=True)
        ids, seconds = await load(endpoint, mesh)
        if seconds:
            print(f"imported in {seconds:.0f} s", flush=True)
        shapes = [shape for shape in all_shapes(choose(mesh, ids)) if bench.only in shape.name]
        await asyncio.to_thread(contend, bench, endpoint, folder, shapes)


def contend(bench: Bench, endpoint: Endpoint, folder: Path, shapes: list[Shape]) -> None:
    title = bench.title  # before this run is itself the load
    with ExitStack() as stack:
        contenders = list(enter_contenders(bench, endpoint, folder, stack))
        compared = compare(shapes, contenders)
        print(f"{sum(compared.values())} answers are equal; measuring", flush=True)
        figures = measure(shapes, contenders, lambda shape: rounds_of(shape, bench.rounds))
    names = [one.name for one in contenders]
    report.show([shape.name for shape in shapes], names, figures, title)
    if bench.write:
        report.write(DOCUMENT, report.markdown([shape.name for shape in shapes], names, figures, title))


def enter_contenders(bench: Bench, endpoint: Endpoint, folder: Path, stack: ExitStack) -> Iterator[Contender]:
    port = stack.enter_context(serving(endpoint, folder))
    yield over_http(report.OURS, HttpClient("127.0.0.1", port))
    if bench.peer:
        yield over_http("peer", HttpClient("127.0.0.1", stack.enter_context(peer_serving(endpoint))), theirs=True)
    login = (endpoint.user, endpoint.password)
    yield over_driver(stack.enter_context(neo4j.GraphDatabase.driver(endpoint.uri, auth=login)), endpoint.database)
    yield over_socket(endpoint)


def rounds_of(shape: Shape, rounds: int) -> int:
    """Large answers take long enough to be steady in fewer exchanges."""
    return rounds if shape.size == "S" else max(20, rounds // 5)


if __name__ == "__main__":
    typer.run(main)
