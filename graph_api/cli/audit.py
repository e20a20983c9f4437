"""`meshweave audit`."""

import asyncio
import re
from typing import TYPE_CHECKING, Annotated

import typer

from graph_api.cli.console import out, progress
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.progress import Progress
from graph_api.settings import Settings, get_settings
from resolvers.model.errors import StoreError

if TYPE_CHECKING:
    from resolvers.audit.log import Verdict

app = typer.Typer(help="The audit log.", no_args_is_help=True)

ANCHOR = re.compile(r"([1-9]\d*):([0-9a-f]{64})")


@app.callback()
def audit() -> None:
    """The audit log: one numbered event for each write, chained by hashes."""


@app.command()
def verify(
    anchor: Annotated[
        str | None,
        typer.Option(
            metavar="SEQ:HASH",
            help="An anchor that an earlier run printed. It shows whether the log was truncated or "
            "rewritten as a whole, which the chain alone cannot show. Store it where the owner of the database cannot.",
        ),
    ] = None,
) -> None:
    """Recompute the hash chain. Exit code 1 if an event was changed, removed or inserted."""
    anchored = parse_anchor(anchor)
    with progress() as report:
        verdict = asyncio.run(verify_log(get_settings(), anchored, report))
    if verdict.fault is not None:
        raise StartError(
            f"The audit log is not intact: {verdict.fault}",
            f"The events up to {head_of(verdict)} hold: compare with a backup (`meshweave database backup`).",
        )
    out.print(f"The audit log is whole: {verdict.events} events.")
    out.print(f"Keep this to prove it later (--anchor): {head_of(verdict)}")


def parse_anchor(text: str | None) -> tuple[int, str] | None:
    """Raises `StartError` for an invalid anchor."""
    if text is None:
        return None
    match = ANCHOR.fullmatch(text)
    if match is None:
        raise StartError(f"'{text}' is not an anchor.", "Give SEQ:HASH as printed by `meshweave audit verify`.")
    return int(match[1]), match[2]


def head_of(verdict: "Verdict") -> str:
    return f"{verdict.events}:{verdict.head}" if verdict.events else "none yet"


async def verify_log(settings: Settings, anchor: tuple[int, str] | None, on_progress: Progress) -> "Verdict":
    """Raises `StartError` when the database cannot be read."""
    from graph_api.database import open_database
    from resolvers.audit.log import verify

    async with open_database(settings, on_progress) as database:
        on_progress("Verifying the audit log", None)
        try:
            return await verify(database.store(), anchor=anchor)
        except StoreError as error:
            raise StartError(f"The audit log could not be read: {error}", "Run the command again.") from error
