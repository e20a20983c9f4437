"""`python -m bench.explorer`: what the explorer's lineage page takes in a headless Chromium, into bench/NOTES.md.

The page is the real bundle under its real policy. Its API is a stand-in that answers with lineages of given sizes, so
that the figures are the page's alone: milliseconds from the parsed response to the painted picture, CPU of the page's
main thread for each frame of panning and zooming (Chromium's own accounting), milliseconds from a pointer's move to the
painted paths, and bytes of the bundle. Each is set beside its goal, which holds for a quiet machine.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Annotated, Any, NamedTuple

import typer
import uvicorn
from playwright.async_api import Browser, CDPSession, async_playwright
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench import bundle, lineages, report
from bench.chromium import FLAGS, chromium_path
from graph_api.auth.hosts import hosts_of
from graph_api.graphiql.build import ensure_built
from graph_api.graphiql.routes import graphiql_routes
from graph_api.graphiql.state import GraphiQL
from graph_api.http.gate import Gate
from graph_api.settings import default_cache_dir, get_settings

MARKS = report.marks("explorer", "python -m bench.explorer")
MESHES: dict[str, Callable[[], lineages.Answer]] = {
    "sample": lineages.sample,
    "60": lambda: lineages.mesh(60),
    "1,000": lambda: lineages.mesh(1_000),
    "5,000": lambda: lineages.mesh(5_000),
    "hub of 2,881": lambda: lineages.hub(2_881),
    "chain of 500": lambda: lineages.chain(500),
}
# Response to picture in milliseconds, folded.
PICTURE_GOALS = {"sample": 300, "60": 300, "1,000": 400, "5,000": 700}
LARGE = "5,000"
FOLDED_CPU = 12  # milliseconds a frame
FRAMES = 90
HOVERS = 15
GOAL_HEAD = ["figure", "at most", "measured", "met"]
# Pans and zooms for a number of frames; the next view is set in each.
MOVE = """async frames => {
  const { lineage } = document.querySelector('.picture');
  const frame = () => new Promise(requestAnimationFrame);
  const { x, y, z } = lineage.view;
  const started = performance.now();
  for (let i = 0; i < frames; i++) {
    const turn = (i / frames) * 2 * Math.PI;
    const zoom = z * (1 + 0.2 * Math.sin(turn));
    lineage.setView({ x: x + 200 * Math.sin(turn), y: y + 80 * Math.sin(2 * turn), z: zoom });
    await frame();
  }
  return (frames * 1000) / (performance.now() - started);
}"""
# The time from a pointer's move over a product to the painted paths, one for each of some products in view.
HOVER = """async most => {
  const area = document.querySelector('.picture');
  const { graph, screenOf } = area.lineage;
  const box = area.getBoundingClientRect();
  const painted = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
  const inside = p => p && p.x > box.left + 20 && p.x < box.right - 20 && p.y > box.top + 50 && p.y < box.bottom - 90;
  const places = graph.nodes.map(node => screenOf(node.id)).filter(inside);
  const step = Math.max(1, Math.floor(places.length / most));
  const times = [];
  for (let k = 0; k < places.length && times.length < most; k += step) {
    const { x, y } = places[k];
    await painted();
    const started = performance.now();
    const target = document.elementFromPoint(x, y);
    target.dispatchEvent(new PointerEvent('pointermove', { clientX: x, clientY: y, bubbles: true }));
    await painted();
    times.push(performance.now() - started);
  }
  return times;
}"""


class View(NamedTuple):
    """Milliseconds; `cpu` is of the main thread for each frame."""

    picture: float
    cards: int
    cpu: float
    frames_per_second: float
    hover: float | None


def main(
    only: Annotated[str, typer.Option(help="Only meshes whose name holds this.")] = "",
    rounds: Annotated[int, typer.Option(help="Loads of each page; figures are medians.")] = 3,
    write: Annotated[bool, typer.Option(help="Put the tables into bench/NOTES.md, if all meshes are measured.")] = True,
) -> None:
    path = chromium_path()
    if path is None:
        raise typer.BadParameter("There is no Chromium on the PATH.")
    built = ensure_built(default_cache_dir())
    asyncio.run(run(path, built / "assets", [name for name in MESHES if only in name], rounds, write))


async def run(path: str, assets: Path, names: list[str], rounds: int, write: bool) -> None:
    cores, load = os.cpu_count(), os.getloadavg()[0]
    title = f"{cores} cores, load average {load:.1f} at the start; milliseconds, medians of {rounds} loads"
    head = ["lineage", "products", "dependencies", "cards", "response to picture", "CPU a frame", "frames/s", "hover"]
    head += [f"show all: {name}" for name in ("picture", "CPU a frame", "frames/s", "hover")]
    rows, goals = [], []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        for name in names:
            answer = MESHES[name]()
            async with stand_in(answer) as site:
                folded = await measured(browser, site, answer, rounds, {})
                every = await measured(browser, site, answer, rounds, {"all": "1"})
            counts = [f"{len(answer[key]):,}" for key in ("nodes", "edges")]
            rows.append([name, *counts, str(folded.cards), *cells(folded), *cells(every)])
            goals += goals_of(name, folded, every)
            report.show([report.Table(title, head, rows[-1:])])
        await browser.close()
    goals += [Goal(f"{what}, KB compressed", most, found) for what, most, found in bundle.sizes(assets)]
    tables = [report.Table(title, head, rows), goal_table(goals, os.getloadavg()[0])]
    report.show(tables[1:])
    if write and names == list(MESHES):
        report.write(report.NOTES, MARKS, report.markdown(tables))


class Goal(NamedTuple):
    """`most` is what `found` may be."""

    what: str
    most: float
    found: float


def goals_of(name: str, folded: View, every: View) -> Iterator[Goal]:
    if name in PICTURE_GOALS:
        yield Goal(f"{name}: response to picture, ms", PICTURE_GOALS[name], folded.picture)
    yield Goal(f"{name}: CPU a frame folded, ms", FOLDED_CPU, folded.cpu)
    if name == LARGE:
        yield Goal(f"{name}: show all, ms", 2_000, every.picture)
        yield Goal(f"{name}: CPU a frame of all, ms", 15, every.cpu)
        for what, view in (("folded", folded), ("of all", every)):
            if view.hover is not None:
                yield Goal(f"{name}: hover {what}, ms", 100, view.hover)


def goal_table(goals: list[Goal], load: float) -> report.Table:
    rows = [
        [goal.what, f"{goal.most:g}", f"{goal.found:.1f}", "yes" if goal.found <= goal.most else "no"] for goal in goals
    ]
    return report.Table(f"Goals for a quiet machine; load average {load:.1f} at the end", GOAL_HEAD, rows)


def cells(view: View) -> list[str]:
    hover = report.NONE if view.hover is None else f"{view.hover:.0f}"
    return [f"{view.picture:.0f}", f"{view.cpu:.1f}", f"{view.frames_per_second:.0f}", hover]


async def measured(browser: Browser, site: str, answer: lineages.Answer, rounds: int, query: dict[str, str]) -> View:
    views = [await one(browser, site, answer, query) for _ in range(rounds)]
    hovers = [view.hover for view in views if view.hover is not None]
    return View(
        median(view.picture for view in views),
        views[0].cards,
        median(view.cpu for view in views),
        median(view.frames_per_second for view in views),
        median(hovers) if hovers else None,
    )


async def one(browser: Browser, site: str, answer: lineages.Answer, query: dict[str, str]) -> View:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(120_000)
    options = "".join(f"&{key}={value}" for key, value in query.items())
    await page.goto(f"{site}/explore/lineage/{answer['roots'][0]['urn']}?max=100000{options}")
    await page.wait_for_selector("html[data-findings][data-times]", state="attached")
    lineage = "document.querySelector('.picture').lineage"
    timing = await page.evaluate(f"(({{ answer, picture }}) => picture - answer)({lineage}.timing)")
    cards = await page.locator(".card").count()
    session = await context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await cpu_of(session)
    frames_per_second = await page.evaluate(MOVE, FRAMES)
    spent = (await cpu_of(session) - before) * 1000 / FRAMES
    if not spent:
        raise RuntimeError("Chromium does not account for the page's CPU.")
    hovers = await page.evaluate(HOVER, HOVERS)
    await context.close()
    return View(timing, cards, spent, frames_per_second, median(hovers) if hovers else None)


async def cpu_of(session: CDPSession) -> float:
    """Seconds that the page's main thread has spent on tasks since `session` began to count."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


@asynccontextmanager
async def stand_in(answer: lineages.Answer) -> AsyncIterator[str]:
    """The address of a server with the explorer and an API that knows one lineage."""
    graphiql = GraphiQL(default_cache_dir())
    graphiql.find()
    routes = [Route("/graphql/plain", endpoint(answer), methods=["POST"]), *graphiql_routes(graphiql)]
    app = Starlette(routes=routes, middleware=[Middleware(Gate, hosts=hosts_of(get_settings()))])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


def endpoint(answer: lineages.Answer) -> Callable[[Request], Any]:
    nobody = {"name": "anonymous", "anonymous": True, "roles": []}
    bad = [node["product"] for node in answer["nodes"][::7]]
    page = {"hasNextPage": False, "endCursor": None}
    empty = {"nodes": []}
    answers = {
        "Lineage": {"dataProduct": {"id": answer["roots"][0]["id"], "lineage": answer}},
        "Findings": {
            "complianceReport": {"violations": {"nodes": [{"product": one} for one in bad], "pageInfo": page}}
        },
        "Measured": {},
        "Changes": {"products": empty, "dependencies": empty},
    }

    async def answered(request: Request) -> Response:
        text = (await request.json())["query"]
        name = next((name for name in answers if text.startswith(f"query {name}")), None)
        return JSONResponse({"data": answers[name] if name else {"viewer": nobody}})

    return answered


if __name__ == "__main__":
    typer.run(main)
