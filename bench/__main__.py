"""`python -m bench`: loads the seeded mesh, compares the contenders' answers, measures them and writes the table."""

import asyncio
from pathlib import Path
from typing import Annotated

import neo4j
import typer

from bench import report
from bench.chosen import choose
from bench.contenders import Contender, over_driver, over_http, over_socket
from bench.data import database, load
from bench.http_client import HttpClient
from bench.measure import compare, measure
from bench.mesh import make_mesh
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
    password: Annotated[str, typer.Option(help="Its password.", envvar="BENCH_NEO4J_PASSWORD")] = "",
) -> None:
    asyncio.run(run(products, rounds, seed, only, write, Endpoint(uri, "neo4j", password) if uri else None))


async def run(products: int, rounds: int, seed: int, only: str, write: bool, given: Endpoint | None) -> None:
    folder = default_cache_dir() / "bench" / f"{products}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    if given is not None:
        await measured(given, folder, products, rounds, seed, only, write)
        return
    async with database(folder) as endpoint:
        await measured(endpoint, folder, products, rounds, seed, only, write)


async def measured(
    endpoint: Endpoint, folder: Path, products: int, rounds: int, seed: int, only: str, write: bool
) -> None:
    mesh = make_mesh(products, seed)
    print(f"{len(mesh.products):,} products, {len(mesh.edges):,} dependencies, seed {seed}", flush=True)
    ids, seconds = await load(endpoint, mesh)
    if seconds:
        print(f"imported in {seconds:.0f} s", flush=True)
    shapes = [shape for shape in all_shapes(choose(mesh, ids)) if only in shape.name]
    await asyncio.to_thread(contend, endpoint, folder, shapes, rounds, write, f"{products:,} products, seed {seed}")


def contend(endpoint: Endpoint, folder: Path, shapes: list[Shape], rounds: int, write: bool, title: str) -> None:
    with (
        serving(endpoint, folder) as port,
        neo4j.GraphDatabase.driver(endpoint.uri, auth=(endpoint.user, endpoint.password)) as driver,
    ):
        contenders: list[Contender] = [
            over_http(report.OURS, HttpClient("127.0.0.1", port)),
            over_driver(driver, endpoint.database),
            over_socket(endpoint),
        ]
        compared = compare(shapes, contenders)
        print(f"{sum(compared.values())} answers are equal; measuring", flush=True)
        figures = measure(shapes, contenders, lambda shape: rounds_of(shape, rounds))
    names = [one.name for one in contenders]
    report.show([shape.name for shape in shapes], names, figures, title)
    if write:
        report.write(DOCUMENT, report.markdown([shape.name for shape in shapes], names, figures, title))


def rounds_of(shape: Shape, rounds: int) -> int:
    """Large answers take long enough to be steady in fewer exchanges."""
    return rounds if shape.size == "S" else max(20, rounds // 5)


if __name__ == "__main__":
    typer.run(main)
