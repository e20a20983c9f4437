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
        Path | None, typer.Option(help="Data folder, instead of MESHWEAVE_DATA_DIR.", file_okay=False)
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
    name: Annotated[str, typer.Argument(help="Name of its user; the audit log records their writes under it.")],
    role: Annotated[list[Role], typer.Option(help="Role of the user; repeat for several.")],
    domain: Annotated[
        list[str] | None, typer.Option(help="Domain that a domain-owner owns; repeat for several, `*` means all.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3_650, help="Days that it is valid, instead of MESHWEAVE_TOKEN_DAYS.")
    ] = None,
    clearance: Annotated[
        Classification | None,
        typer.Option(help="Highest classification that previews show to the user, instead of that of the role."),
    ] = None,
) -> None:
    """Create a token for another user and print it.

    It is shown only once and valid immediately, also on a running server.
    """

    async def run() -> str:
        async with issuing(context.obj) as tokens:
            return await tokens.issue(name, role, domain or (), days, clearance)

    out.print(asyncio.run(run()))
    err.print("Keep it: it is not shown again.")


@app.command("list")
def list_tokens(context: typer.Context) -> None:
    """List the issued tokens: their names and roles, without the secrets."""

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
    name: Annotated[str, typer.Argument(help="Name of the user whose token and sessions end.")],
) -> None:
    """Revoke a token. Within a second, running servers refuse it and close its WebSockets and event streams."""

    async def run() -> None:
        async with issuing(context.obj) as tokens:
            await tokens.revoke(name)

    asyncio.run(run())
    err.print(f"The token of '{name}' is revoked.")
