"""`meshweave quality`."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from graph_api.cli.console import out, progress
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.progress import Progress
from graph_api.settings import Settings, get_settings
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.errors import StoreError

if TYPE_CHECKING:
    from resolvers.quality.records import QualityRun

app = typer.Typer(help="Quality of the data of products.", no_args_is_help=True)
LOOK_SECONDS = 0.3
MAX_LISTED, MAX_KEYS = 30, 5


class Format(StrEnum):
    AUTO = "auto"
    MESHWEAVE = "meshweave"
    GREAT_EXPECTATIONS = "great-expectations"
    SODA = "soda"


Urn = Annotated[str, typer.Argument(help="The product's urn or id, e.g. urn:mesh:customer:events.")]
Point = Annotated[
    str | None, typer.Option(help="Name of the access point; default is the first of kind BATCH or DATABASE.")
]


@app.callback()
def quality() -> None:
    """Check the data of products against their contracts, or submit results of other tools."""


@app.command()
def run(product: Urn, access_point: Point = None) -> None:
    """Check an output of a product against its contract; exit code 1 if it does not pass."""
    with progress() as report:
        done = asyncio.run(run_on(get_settings(), product, access_point, report))
    show(done)
    if done.passed is not True:
        raise typer.Exit(1)


@app.command()
def submit(
    product: Urn,
    file: Annotated[Path, typer.Argument(help="A result file; - reads from stdin.")],
    format: Annotated[Format, typer.Option(help="Format of the file; auto recognises it.")] = Format.AUTO,
    access_point: Annotated[str | None, typer.Option(help="Name of the access point that was checked.")] = None,
) -> None:
    """Store a result of Great Expectations or Soda, or one in the service's own format, as a run of the product."""
    document = read_file(file)
    with progress() as report:
        done = asyncio.run(submit_to(get_settings(), product, document, format, access_point, report))
    show(done)


def read_file(file: Path) -> Any:
    try:
        return orjson.loads(typer.get_binary_stream("stdin").read() if str(file) == "-" else file.read_bytes())
    except OSError as error:
        raise StartError(f"Cannot read {file}: {error.strerror}.", "Name a file that is there.") from error
    except orjson.JSONDecodeError as error:
        raise StartError(f"{file} is not JSON: {error}.", "Give the result file as the tool wrote it.") from error


async def run_on(settings: Settings, product: str, access_point: str | None, on_progress: Progress) -> "QualityRun":
    """Raises `StartError` when the run is refused, or the output cannot be read."""
    from graph_api.database import open_database
    from graph_api.serve import data_reader
    from resolvers.graph.product_references import id_for_write
    from resolvers.mutations.quality_run_start import start_run
    from resolvers.quality.records import RunState, run_by_id

    async with open_database(settings, on_progress) as database:
        store = database.patient_store()
        try:
            product_id = await id_for_write(store, product)
            point = access_point or await first_point(store, product_id)
            queued = granted(await start_run(store, ADMINISTRATOR, product_id, point))
            worker = asyncio.create_task(until_done(store, data_reader(settings), queued.id))
            try:
                while not worker.done():
                    await asyncio.wait([worker], timeout=LOOK_SECONDS)
                    finished = await run_by_id(store, queued.id)
                    if finished is not None:
                        on_progress(
                            f"Checking {product}, {point}: {finished.stage or finished.state.lower()}",
                            finished.progress,
                        )
                await worker
            finally:
                worker.cancel()
                await asyncio.gather(worker, return_exceptions=True)
            done = await run_by_id(store, queued.id)
        except StoreError as error:
            raise StartError(f"The run stopped: {error}", "Run the command again.") from error
    if done is None or done.state != RunState.FINISHED:
        reason = done.error if done is not None and done.error else "it was cancelled"
        raise StartError(f"The output could not be checked: {reason}", "See docs/quality.md on sources.")
    return done


async def until_done(store: Any, reader: Any, run_id: str) -> None:
    """Carries out what waits until this run has ended, here or on a server."""
    from resolvers.mutations.quality_run_execute import execute_next
    from resolvers.quality.records import RunState, run_by_id

    while True:
        run = await run_by_id(store, run_id)
        if run is None or run.state not in (RunState.QUEUED, RunState.RUNNING):
            return
        if not await execute_next(store, reader):
            await asyncio.sleep(LOOK_SECONDS)


async def first_point(store: Any, product_id: str) -> str:
    from resolvers.model.json_fields import access_points

    text = await store.read_latest("MATCH (p:DataProduct {id: $id}) RETURN p.accessPointsJson", id=product_id)
    if text is None:
        raise StartError(f"There is no data product '{product_id[:200]}'.", "Give its urn or id.")
    points = access_points(text)
    whole = [point for point in points if point.kind in ("BATCH", "DATABASE")] or points
    if not whole:
        raise StartError("The product has no access point.", "Give it one with dataProductUpdate.")
    return whole[0].name


async def submit_to(
    settings: Settings,
    product: str,
    document: Any,
    form: Format,
    access_point: str | None,
    on_progress: Progress,
) -> "QualityRun":
    """Raises `StartError` when the report is refused."""
    from graph_api.database import open_database
    from resolvers.graph.product_references import id_for_write
    from resolvers.mutations.quality_report_submit import submit_report
    from resolvers.quality.reports import ReportFormat

    report_format = None if form is Format.AUTO else ReportFormat(form.value)
    async with open_database(settings, on_progress) as database:
        store = database.patient_store()
        try:
            product_id = await id_for_write(store, product)
            return granted(await submit_report(store, ADMINISTRATOR, product_id, document, report_format, access_point))
        except StoreError as error:
            raise StartError(f"The report was not kept: {error}", "Run the command again.") from error


def granted(outcome: Any) -> Any:
    if outcome.thing is None:
        raise StartError(" ".join(fault.message for fault in outcome.user_errors), "See docs/quality.md.")
    return outcome.thing


def show(run: "QualityRun") -> None:
    """The dimensions as a table, and the checks that failed or could not be computed."""
    from rich.table import Table

    table = Table("dimension", "score", "threshold", "passed", "why not", box=None, pad_edge=False)
    for one in run.dimensions:
        passed = "" if one["passed"] is None else ("yes" if one["passed"] else "NO")
        table.add_row(one["dimension"], share(one["score"]), share(one["threshold"]), passed, one["reason"] or "")
    out.print(table)
    wanting = [one for one in run.checks if one["passed"] is False or one["score"] is None]
    if wanting:
        checks = Table("check", "good", "of", "keys of rows that fail, or why not computed", box=None, pad_edge=False)
        for one in wanting[:MAX_LISTED]:
            more = ", …" if len(one["samples"]) > MAX_KEYS else ""
            detail = one["reason"] or ", ".join(one["samples"][:MAX_KEYS]) + more
            checks.add_row(one["id"], count(one["numerator"]), count(one["denominator"]), detail)
        out.print()
        out.print(checks)
    rows = "" if run.rows is None else f" of {run.rows:,} rows"
    verdict = {True: "passed", False: "did not pass", None: "has no score"}[run.passed]
    out.print(f"\nThe run{rows} against contract {run.contract_version or 'none'} {verdict}", end="")
    out.print(f", overall {share(run.overall)} ({run.origin}, {run.id}).")


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def count(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
