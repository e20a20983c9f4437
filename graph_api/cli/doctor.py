"""`meshweave doctor`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from graph_api.settings import Settings, get_settings

from .console import out, progress

if TYPE_CHECKING:
    from graph_api.diagnostics import Check

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="First fetch missing and damaged jars of Neo4j again.")
    ] = False,
) -> None:
    """Check what a start needs and say how to fix what is missing. Exit code 1 if a check fails."""
    checks = asyncio.run(examine(get_settings(), repair))
    table = Table(box=None, pad_edge=False)
    for title in ("check", "", "found", "what to do"):
        table.add_column(title, overflow="fold")
    for check in checks:
        verdict = Text(check.verdict, STYLES[check.verdict])
        table.add_row(check.name, verdict, check.found, check.remedy)
    out.print(table)
    if any(check.verdict == "fail" for check in checks):
        raise typer.Exit(1)


async def examine(settings: Settings, repair: bool) -> "list[Check]":
    # Imported here, so that other commands start faster.
    from graph_api.diagnostics import run_checks
    from graph_api.neo4j.jars import ensure_jars, read_lock

    with progress() as report:
        if repair:
            report("Verifying the jars of Neo4j", None)
            await ensure_jars(settings.cache_dir, read_lock(), settings.maven_url, report, full=True)
        report("Checking what a start needs", None)
        return [check async for check in run_checks(settings)]
