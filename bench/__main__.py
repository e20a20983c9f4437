"""`python -m bench`: loads the seeded mesh, compares the contenders' answers, measures them and writes the table."""

import asyncio
import os
from contextlib import ExitStack, closing, nullcontext
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bench import report
from bench.bolt_socket import BoltSocket
from bench.chosen import choose
from bench.contenders import enter_contenders, open_driver, over_socket
from bench.crowd import CONNECTIONS
from bench.data import database, load
from bench.measure import compare, measure
from bench.mesh import make_mesh
from bench.rates import enter_rivals, measure_rates
from bench.servers import Servers, started
from bench.shapes import Shape, all_shapes
from bench.targets import Targets, choose_targets
from bench.updates import enter_writers, looking, measure_updates
from graph_api.neo4j.endpoint import Endpoint
from graph_api.settings import default_cache_dir

WRITES = "Writes: ours are judged, locked, kept as a revision and logged; the others judge and lock nothing"
MARKS = report.marks("bench", "python -m bench")


def main(
    products: Annotated[int, typer.Option(help="Size of the mesh.")] = 10_000,
    rounds: Annotated[int, typer.Option(help="Exchanges of each contender on each small shape.")] = 200,
    slices: Annotated[int, typer.Option(help="Slices of each at 16 connections; 0 leaves requests/s out.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the mesh.")] = 2026,
    only: Annotated[str, typer.Option(help="Only shapes whose name holds this.")] = "",
    write: Annotated[bool, typer.Option(help="Put the table into docs/performance.md.")] = True,
    uri: Annotated[str, typer.Option(help="An empty Neo4j of yours, instead of an embedded one.")] = "",
    peer: Annotated[bool, typer.Option(help="Measure @neo4j/graphql too; installed by npm at the first run.")] = True,
    password: Annotated[str, typer.Option(help="Its password.", envvar="BENCH_NEO4J_PASSWORD")] = "",
) -> None:
    given = Endpoint(uri, "neo4j", password) if uri else None
    asyncio.run(run(Bench(products, rounds, slices, seed, only, write, peer), given))


class Bench(NamedTuple):
    """What `--help` says of each."""

    products: int
    rounds: int
    slices: int
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
        await asyncio.to_thread(contend, bench, endpoint, folder, shapes, choose_targets(mesh, ids))


def contend(bench: Bench, endpoint: Endpoint, folder: Path, shapes: list[Shape], targets: Targets) -> None:
    title = bench.title  # before this run is itself the load
    with started(endpoint, folder, bench.peer) as servers, ExitStack() as stack:
        bolt = stack.enter_context(closing(BoltSocket(endpoint)))
        contenders = [*enter_contenders(servers, stack), over_socket(bolt)]
        compared = compare(shapes, contenders)
        print(f"{sum(compared.values())} answers are equal; measuring", flush=True)
        shapes = [shape for shape in shapes if shape.name in compared]
        names = [shape.name for shape in shapes]
        tables = []
        if shapes:
            figures = measure(shapes, contenders, bench.rounds)
            tables.append(report.times(title, names, [one.name for one in contenders], figures))
            report.show(tables)
        if shapes and bench.slices:
            rivals = list(enter_rivals(servers, stack))
            rates = measure_rates(shapes, rivals, figures, bench.slices)
            told = f"Requests/s at {CONNECTIONS} connections, median of {bench.slices} slices"
            tables.append(report.rates(told, names, [one.name for one in rivals], rates))
            report.show(tables[-1:])
        writes = write_tables(bench, servers, targets, stack)
        report.show(writes)
        tables += writes
    if bench.write:
        report.write(report.DOCUMENT, MARKS, report.markdown(tables))


def write_tables(bench: Bench, servers: Servers, targets: Targets, stack: ExitStack) -> list[report.Table]:
    """After all reads, which the service's and the database's work for writes would disturb."""
    writers = [one for one in enter_writers(servers, targets, stack) if bench.only in one.shape]
    if not writers:
        return []
    driver = stack.enter_context(open_driver(servers.endpoint))
    figures = measure_updates(writers, looking(driver, servers.endpoint.database, writers), bench.rounds)
    shapes = list(dict.fromkeys(one.shape for one in writers))
    return [report.times(WRITES, shapes, list(dict.fromkeys(one.name for one in writers)), figures)]


if __name__ == "__main__":
    typer.run(main)
