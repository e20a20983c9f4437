"""`meshweave token`: the administrator's, and those of others."""

from typing import Annotated

import typer
from rich.table import Table

from graph_api.auth.tokens import Tokens
from graph_api.cli.console import err, out
from graph_api.settings import get_settings
from resolvers.model.access import Role

app = typer.Typer(help="Tokens for `Authorization: Bearer`.")


@app.callback(invoke_without_command=True)
def token(context: typer.Context) -> None:
    """Print the administrator's token, for scripts. Without one yet, one is made."""
    if context.invoked_subcommand is None:
        out.print(Tokens(get_settings()).administrator(), markup=False)


@app.command()
def issue(
    name: Annotated[str, typer.Argument(help="Who it is for; the name that writes are recorded under.")],
    role: Annotated[list[Role], typer.Option(help="What they may do; several times for several.")],
    domain: Annotated[list[str] | None, typer.Option(help="A domain that a domain owner owns; `*` is all.")] = None,
) -> None:
    """Make a token for somebody else and print it, this once. A running server takes it at once."""
    out.print(Tokens(get_settings()).issue(name, role, domain or ()), markup=False)
    err.print("Keep it: it is not shown again.", markup=False)


@app.command("list")
def list_tokens() -> None:
    """Show whose tokens there are, without the tokens."""
    table = Table("name", "roles", "domains", "issued", box=None)
    for issued in Tokens(get_settings()).issued():
        table.add_row(issued.name, ", ".join(issued.roles), ", ".join(issued.domains), issued.issued_at)
    out.print(table)


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="Whose token to end, with their sessions.")]) -> None:
    """End a token. A running server refuses it from the next request on."""
    Tokens(get_settings()).revoke(name)
    err.print(f"The token of '{name}' is revoked.", markup=False)
