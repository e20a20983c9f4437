"""`python -m bench.growth`: whether an answer of the same size takes longer in a mesh that is ten times as large.

Two databases with a mesh each and two services, at once and interleaved, so that nothing but the mesh differs.
"""

import asyncio
import os
from contextlib import AsyncExitStack, ExitStack, closing
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bench import report
from bench.contenders import open_driver
from bench.data import database, load
from bench.equal_questions import Question, equal_questions
from bench.http_client import HttpClient, graphql
from bench.measure import Figures, Timed, Unequal, planned, timed
from bench.mesh import Mesh, make_mesh
from bench.servers import Servers, started
from bench.shapes import Variables
from bench.targets import choose_targets
from bench.updates import LEAF, looking, measure_updates, our_writer
from graph_api.neo4j.endpoint import Endpoint
from graph_api.settings import default_cache_dir

MARKS = report.marks("growth", "python -m bench.growth")
SMALL, LARGE = "small", "large"


class Loaded(NamedTuple):
    """A mesh that is in a database; `ids` by urn."""

    mesh: Mesh
    ids: dict[str, str]
    endpoint: Endpoint
    folder: Path


def main(
    small: Annotated[int, typer.Option(help="Products of the one mesh.")] = 10_000,
    large: Annotated[int, typer.Option(help="Products of the other.")] = 100_000,
    rounds: Annotated[int, typer.Option(help="Exchanges with each service on each small shape.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of both.")] = 2026,
    write: Annotated[bool, typer.Option(help="Put the table into docs/performance.md.")] = True,
) -> None:
    asyncio.run(run(small, large, rounds, seed, write))


async def run(small: int, large: int, rounds: int, seed: int, write: bool) -> None:
    async with AsyncExitStack() as stack:
        both = [await loaded(products, seed, stack) for products in (small, large)]
        table = await asyncio.to_thread(compared, both[0], both[1], rounds, seed)
    report.show([table])
    if write:
        report.write(report.DOCUMENT, MARKS, report.markdown([table]))


async def loaded(products: int, seed: int, stack: AsyncExitStack) -> Loaded:
    folder = default_cache_dir() / "bench" / f"{products}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    endpoint = await stack.enter_async_context(database(folder))
    mesh = make_mesh(products, seed)
    print(f"{products:,} products, {len(mesh.edges):,} dependencies", flush=True)
    ids, _ = await load(endpoint, mesh)
    return Loaded(mesh, ids, endpoint, folder)


def compared(small: Loaded, large: Loaded, rounds: int, seed: int) -> report.Table:
    sizes = [f"{len(one.mesh.products):,}" for one in (small, large)]
    title = f"{sizes[0]} and {sizes[1]} products, seed {seed}, {os.cpu_count()} cores, "
    title += f"load average {os.getloadavg()[0]:.0f}"
    with ExitStack() as stack:
        servers = [stack.enter_context(started(one.endpoint, one.folder, peer=False)) for one in (small, large)]
        clients = [stack.enter_context(closing(one.client())) for one in servers]
        questions = equal_questions((small.mesh, small.ids, clients[0]), (large.mesh, large.ids, clients[1]))
        answers = {one.name: answer_sizes(one, *clients) for one in questions}
        print(f"{len(questions)} questions have answers of the same size; measuring", flush=True)
        figures = measured(questions, *clients, rounds)
        figures |= updates((small, large), servers, rounds, stack)
    answers[LEAF] = "1"
    head = ["shape", "answer", "large / small", f"{sizes[0]} p50/p95 ms", f"{sizes[1]} p50/p95 ms"]
    return report.Table(title, head, [line(name, answer, figures) for name, answer in answers.items()])


def line(name: str, answer: str, figures: Figures) -> list[str]:
    small, large = figures[name, SMALL], figures[name, LARGE]
    return [name, answer, report.ratio(large.p50, small.p50), report.p50_p95(small), report.p50_p95(large)]


def answer_sizes(question: Question, small: HttpClient, large: HttpClient) -> str:
    """How large the answers are. Raises `Unequal` when those that should be equally large are not."""
    here = [question.size_of(small.ask(question.query, variables)) for variables in question.small]
    there = [question.size_of(large.ask(question.query, variables)) for variables in question.large]
    if here != there and question.exact:
        raise Unequal(f"{question.name}: answers of {here} and of {there}")
    sizes = [" ".join(dict.fromkeys(one)) for one in (here, there)]
    return sizes[0] if here == there else " / ".join(sizes)


def measured(questions: list[Question], small: HttpClient, large: HttpClient, rounds: int) -> Figures:
    plan: list[Timed] = []
    for question in questions:
        for name, client, instances in ((SMALL, small, question.small), (LARGE, large, question.large)):
            exchanges = [exchange(client, question.query, variables) for variables in instances]
            plan += planned((question.name, name), exchanges, question.weight, rounds)
    return timed(plan, seed=1)


def exchange(client: HttpClient, query: str, variables: Variables):
    request = client.request(graphql(query, variables))
    return lambda: client.exchange(request)


def updates(both: tuple[Loaded, Loaded], servers: list[Servers], rounds: int, stack: ExitStack) -> Figures:
    writers, looks = [], []
    for name, one, server in zip((SMALL, LARGE), both, servers, strict=True):
        client = stack.enter_context(closing(server.writing_client()))
        leaf = choose_targets(one.mesh, one.ids, leaves=1).leaves[0]
        writers.append(our_writer(LEAF, name, leaf, client))
        driver = stack.enter_context(open_driver(one.endpoint))
        looks.append(looking(driver, one.endpoint.database, writers[-1:]))
    return measure_updates(writers, lambda: looks[0]() | looks[1](), rounds)


if __name__ == "__main__":
    typer.run(main)
