"""`meshweave import`."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from graph_api.cli.console import err, out, progress
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.progress import Progress
from graph_api.settings import Settings, get_settings
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.errors import StoreError

if TYPE_CHECKING:
    from resolvers.interchange import Imported


class OnViolation(StrEnum):
    REFUSE = "refuse"
    SKIP = "skip"


def import_(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines (.jsonl) or JSON (.json); - reads lines from stdin.")],
    on_violation: Annotated[
        OnViolation,
        typer.Option(help="If a policy or contract forbids a document: refuse stops, skip leaves it out and lists it."),
    ] = OnViolation.REFUSE,
    at_once: Annotated[
        int, typer.Option(min=1, max=2_000, help="Products in one chunk, which is written as a whole or not at all.")
    ] = 500,
    prune: Annotated[
        bool, typer.Option("--prune", help="Retire policies, dependencies and products that are not in the documents.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Judge everything, store nothing. Exit code 1 if the import would be refused."),
    ] = False,
) -> None:
    """Import domains, data products, contracts, dependencies, policies, waivers and templates.

    Policies judge an import like every write. Run it again to continue after an interruption; what is already in the
    mesh is unchanged.
    """
    with progress() as report:
        began = monotonic()
        skip = on_violation is OnViolation.SKIP
        options = Options(skip, at_once, prune, dry_run)
        done = asyncio.run(import_into(get_settings(), files, options, report))
    for reason in done.skipped:
        err.print(f"left out  {reason}")
    out.print(summary(done, monotonic() - began, dry_run))


class Options(NamedTuple):
    """Options of an import."""

    skip: bool = False
    at_once: int = 500
    prune: bool = False
    dry_run: bool = False


async def import_into(settings: Settings, files: Sequence[Path], options: Options, on_progress: Progress) -> "Imported":
    """Raises `StartError` when the documents are refused, or the database does not answer."""
    from graph_api.database import open_database
    from graph_api.documents import check_files, read_documents
    from resolvers.interchange import ImportRefused, import_mesh

    check_files(files)
    on_progress("Reading the documents", None)
    documents = list(read_documents(files))
    async with open_database(settings, on_progress) as database:
        on_progress("Checking the documents", None)
        shown = Shown(on_progress)
        try:
            store = database.patient_store()
            return await import_mesh(store, ADMINISTRATOR, documents, shown, **options._asdict())
        except ImportRefused as refused:
            for reason in refused.reasons:
                err.print(reason)
            faults = "one fault" if len(refused.reasons) == 1 else f"{len(refused.reasons):,} faults"
            if options.dry_run:
                raise StartError(
                    f"The import would be refused for {faults}.", "Correct what is listed; nothing was written."
                ) from None
            raise StartError(
                f"The import was refused for {faults}, after {shown.products:,} new products.",
                "Correct what is listed and run it again; what was written before is kept and not written twice.",
            ) from None
        except StoreError as error:
            raise StartError(f"The import stopped: {error}", "Run the same command again to resume.") from error


class Shown:
    """Shows the progress and speed of an import."""

    def __init__(self, on_progress: Progress) -> None:
        self._on_progress = on_progress
        self._began: float | None = None
        self.products = 0

    def __call__(self, done: "Imported") -> None:
        self._began = self._began or monotonic()
        self.products = done.products
        seconds = monotonic() - self._began
        rate = f", {done.products / seconds:,.0f} products/s" if seconds > 1 else ""
        unchanged = f", {done.known:,} unchanged" if done.known else ""
        text = f"{done.products:,} products, {done.dependencies:,} dependencies{unchanged}{rate}"
        self._on_progress(f"Importing: {text}", None)


def summary(done: "Imported", seconds: float, dry_run: bool = False) -> str:
    added = f"{done.domains:,} domains, {done.products:,} products and {done.dependencies:,} dependencies"
    rest = f"{done.changed:,} changed, {done.known:,} unchanged, {len(done.skipped):,} left out"
    if done.policies or done.waivers:
        rest = f"{done.policies:,} policies and {done.waivers:,} waivers, {rest}"
    if done.templates or done.schedules:
        rest = f"{done.templates:,} templates and {done.schedules:,} schedules, {rest}"
    if done.retired:
        rest += f", {done.retired:,} retired"
    return f"{'Would import' if dry_run else 'Imported'} {added} in {seconds:,.1f} s; {rest}."
