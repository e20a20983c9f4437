"""`meshweave token`: prints the administrator's token; issues, lists and revokes others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer
from rich.table import Table

from graph_api.auth.tokens import Tokens
from graph_api.cli.console import err, out, progress
from graph_api.neo4j.errors import StartError
from graph_api.settings import get_settings
from resolvers.model.access import Role
from resolvers.model.errors import StoreError

app = typer.Typer(help="Tokens for `Authorization: Bearer`.")


@app.callback(invoke_without_command=True)
def token(context: typer.Context) -> None:
    """Print the administrator's token, for scripts. Creates it if there is none."""
    if context.invoked_subcommand is None:
        out.print(Tokens(get_settings()).administrator(), markup=False)


@asynccontextmanager
async def issuing() -> AsyncIterator[Tokens]:
    """Opens the tokens in the graph. Starts the embedded Neo4j if it is not running."""
    from graph_api.database import open_database

    settings = get_settings()
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
    name: Annotated[str, typer.Argument(help="Who it is for; the name that writes are recorded under.")],
    role: Annotated[list[Role], typer.Option(help="What they may do; several times for several.")],
    domain: Annotated[list[str] | None, typer.Option(help="A domain that a domain owner owns; `*` is all.")] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3_650, help="How long it is valid, instead of MESHWEAVE_TOKEN_DAYS.")
    ] = None,
) -> None:
    """Create a token for another user and print it. It is shown only once and valid immediately, also on a running
    server."""

    async def run() -> str:
        async with issuing() as tokens:
            return await tokens.issue(name, role, domain or (), days)

    out.print(asyncio.run(run()), markup=False)
    err.print("Keep it: it is not shown again.", markup=False)


@app.command("list")
def list_tokens() -> None:
    """List the tokens by name, without their values."""

    async def run() -> Table:
        table = Table("name", "roles", "domains", "issued", "expires", box=None)
        async with issuing() as tokens:
            for one in await tokens.issued():
                table.add_row(one.name, ", ".join(one.roles), ", ".join(one.domains), one.issued_at, one.expires_at)
        return table

    out.print(asyncio.run(run()))


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="Whose token to end, with their sessions.")]) -> None:
    """Revoke a token. A running server refuses it and closes its WebSockets and streams within a second."""

    async def run() -> None:
        async with issuing() as tokens:
            await tokens.revoke(name)

    asyncio.run(run())
    err.print(f"The token of '{name}' is revoked.", markup=False)
