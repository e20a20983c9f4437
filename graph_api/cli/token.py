"""`meshweave token`: prints the administrator's token; issues, lists and revokes others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from graph_api.auth.tokens import Tokens
from graph_api.cli.console import err, out, progress
from graph_api.neo4j.errors import StartError
from graph_api.settings import Settings, get_settings
from resolvers.model.access import Role
from resolvers.model.errors import StoreError
from resolvers.model.records import Classification

app = typer.Typer(help="Tokens for `Authorization: Bearer`.")


@app.callback(invoke_without_command=True)
def token(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of all state, instead of MESHWEAVE_DATA_DIR.", file_okay=False)
    ] = None,
) -> None:
    """Print the administrator's token, for scripts. Creates it if there is none."""
    settings = get_settings()
    context.obj = settings if data_dir is None else settings.model_copy(update={"data_dir": data_dir})
    if context.invoked_subcommand is None:
        print_administrators(context.obj)


def print_administrators(settings: Settings) -> None:
    tokens = Tokens(settings)
    made = not tokens.has_administrator
    out.print(tokens.administrator())
    if made:
        folder = settings.data_dir.expanduser().absolute()
        err.print(f"Made just now for {folder}: a service with another data folder has another one (--data-dir).")


@asynccontextmanager
async def issuing(settings: Settings) -> AsyncIterator[Tokens]:
    """Opens the tokens in the graph. Starts the embedded Neo4j if it is not running."""
    from graph_api.database import open_database

    with progress() as report:
        try:
            async with open_database(settings, report) as database:
                tokens = Tokens(settings, database.store())
                await tokens.adopt()
                yield tokens
        except StoreError as error:
            raise StartError(f"The tokens cannot be reached: {error}", "Run the command again.") from error


@app.command()
def issue(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Who it is for; the name that writes are recorded under.")],
    role: Annotated[list[Role], typer.Option(help="What they may do; several times for several.")],
    domain: Annotated[list[str] | None, typer.Option(help="A domain that a domain owner owns; `*` is all.")] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3_650, help="How long it is valid, instead of MESHWEAVE_TOKEN_DAYS.")
    ] = None,
    clearance: Annotated[
        Classification | None,
        typer.Option(help="The highest classification that previews show, instead of that of the roles."),
    ] = None,
) -> None:
    """Create a token for another user and print it. It is shown only once and valid immediately, also on a running
    server."""

    async def run() -> str:
        async with issuing(context.obj) as tokens:
            return await tokens.issue(name, role, domain or (), days, clearance)

    out.print(asyncio.run(run()))
    err.print("Keep it: it is not shown again.")


@app.command("list")
def list_tokens(context: typer.Context) -> None:
    """Show whose tokens there are, without the tokens."""

    async def run() -> Table:
        table = Table("name", "roles", "domains", "clearance", "issued", "expires", box=None)
        async with issuing(context.obj) as tokens:
            for one in await tokens.issued():
                clearance = one.clearance or "by-role"
                lists = (", ".join(one.roles), ", ".join(one.domains))
                table.add_row(one.name, *lists, clearance, one.issued_at, one.expires_at)
        return table

    out.print(asyncio.run(run()))


@app.command()
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose token to end, with their sessions.")],
) -> None:
    """End a token. A running server refuses it, and ends its sockets and streams, within a second."""

    async def run() -> None:
        async with issuing(context.obj) as tokens:
            await tokens.revoke(name)

    asyncio.run(run())
    err.print(f"The token of '{name}' is revoked.")
