"""`python -m bench.profile`: where the CPU of the slow shapes goes, by graphql-core and by compiled code.

In one process and without HTTP: CPU of an operation by the process clock, and its parts in the proportions that the
profiler sees, which makes code of many small calls look somewhat dearer than it is. The database is not in it.
"""

import asyncio
import cProfile
import gc
import os
import pstats
from collections import Counter
from time import process_time
from typing import Annotated, Any, NamedTuple

import typer

from bench import report
from bench.caller import CALLER
from bench.chosen import choose
from bench.data import database, load
from bench.mesh import make_mesh
from bench.shapes import Shape, all_shapes
from graph_api.database import Database
from graph_api.execution.engine import Engine, Operation
from graph_api.execution.limits import limits_of
from graph_api.http.reply import encode
from graph_api.neo4j.driver import open_driver
from graph_api.neo4j.endpoint import Endpoint
from graph_api.serve import settle_memory, shared
from graph_api.settings import Settings, default_cache_dir
from resolvers.graph.store import Store
from schema.context import Context, Process
from schema.schema import schema

MARKS = report.marks("profile", "python -m bench.profile")
SHAPES = ("1,000 products x 6 fields", "1,000 entities", "lineage of a hub, unlimited", "compliance of the mesh")
# Parts by what the file of a function has in its path, the first that fits; C functions count where they are called.
PARTS = {
    "driver": ("/neo4j/", "packstream"),
    "GraphQL libraries": ("/graphql/", "/strawberry/", "/aiodataloader/"),
    "compiled code": ("<string>", "/graph_api/execution/"),
    "lineage, governance, records": ("/resolvers/", "/schema/"),
    "JSON": ("orjson",),
}
REST = "asyncio and the rest"
WAITING = ("'select.epoll'", "'select.kqueue'")  # for the database: the profiler looks at a clock, not at the CPU


class Profile(NamedTuple):
    """Milliseconds of CPU an operation took, and the share of each part."""

    cpu: float
    shares: dict[str, float]


def main(
    products: Annotated[int, typer.Option(help="Size of the mesh.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the mesh.")] = 2026,
    rounds: Annotated[int, typer.Option(help="Operations of each shape.")] = 10,
    only: Annotated[str, typer.Option(help="The shapes whose name holds this, instead of the slow ones.")] = "",
    write: Annotated[bool, typer.Option(help="Put the table into bench/NOTES.md.")] = True,
) -> None:
    asyncio.run(run(products, seed, rounds, only, write))


async def run(products: int, seed: int, rounds: int, only: str, write: bool) -> None:
    folder = default_cache_dir() / "bench" / f"{products}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    async with database(folder) as endpoint:
        mesh = make_mesh(products, seed)
        ids, _ = await load(endpoint, mesh)
        shapes = [one for one in all_shapes(choose(mesh, ids)) if (only in one.name if only else one.name in SHAPES)]
        settle_memory()
        table = await profiles(endpoint, shapes, rounds, f"{products:,} products, seed {seed}, {os.cpu_count()} cores")
    report.show([table])
    if write:
        report.write(report.NOTES, MARKS, report.markdown([table]))


async def profiles(endpoint: Endpoint, shapes: list[Shape], rounds: int, title: str) -> report.Table:
    """As `meshweave serve` composes it."""
    settings = Settings(_env_file=None).model_copy(update={"max_cost": 10**9})  # type: ignore[call-arg]
    engine = Engine(schema, limits_of(settings), seconds=600)
    rows = []
    async with open_driver(endpoint) as driver:
        database = Database(driver, endpoint.database)
        _, process = shared(settings, database)
        for shape in shapes:
            for name, compiles in (("graphql-core", False), ("compiled", True)):
                engine.compiles = compiles
                rows.append(to_row(shape.name, name, await profile(engine, database.store(), process, shape, rounds)))
    return report.Table(title, ["shape", "executed by", "CPU ms", *PARTS, REST], rows)


def to_row(shape: str, executor: str, found: Profile) -> list[str]:
    return [
        shape,
        executor,
        f"{found.cpu:.1f}",
        *(f"{found.cpu * found.shares.get(part, 0):.1f}" for part in [*PARTS, REST]),
    ]


async def profile(engine: Engine, store: Store, process: Process, shape: Shape, rounds: int) -> Profile:
    """Timed first and profiled afterwards, since the profiler multiplies the time."""
    await ask(engine, store, process, shape, 2)
    gc.collect()
    began = process_time()
    await ask(engine, store, process, shape, rounds)
    cpu = (process_time() - began) / rounds * 1_000
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        await ask(engine, store, process, shape, max(2, rounds // 3))
    finally:
        profiler.disable()
    return Profile(cpu, shares_of(pstats.Stats(profiler)))


async def ask(engine: Engine, store: Store, process: Process, shape: Shape, times: int) -> None:
    for number in range(times):
        variables = shape.variables[number % len(shape.variables)]
        prepared = engine.prepare(Operation(shape.query, variables, None, {}), "profile")
        answer = await engine.run(prepared, Context(store, CALLER, process), "profile")
        if answer.errors:
            raise RuntimeError(f"{shape.name}: {answer.errors[0]}")
        encode(answer.payload())


def shares_of(stats: Any) -> dict[str, float]:
    """By part. A function in C has no file: its time goes to the parts that call it, as often as they do."""
    time: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, callers) in stats.stats.items():
        if any(sign in name for sign in WAITING):
            continue
        if file != "~" or part_of(file, name) != REST:
            time[part_of(file, name)] += own
            continue
        for (caller, _, calling), (_, _, spent, _) in callers.items():
            time[part_of(caller, calling)] += spent
    whole = sum(time.values())
    return {part: spent / whole for part, spent in time.items()}


def part_of(file: str, name: str) -> str:
    where = f"{file} {name}"
    return next((part for part, signs in PARTS.items() if any(sign in where for sign in signs)), REST)


if __name__ == "__main__":
    typer.run(main)
