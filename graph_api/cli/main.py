"""The `meshweave` command."""

import sys

import typer

from graph_api.neo4j.errors import StartError

from .console import print_error

app = typer.Typer(
    name="meshweave",
    help="The GraphQL catalog and lineage service of a data mesh, on Neo4j.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def meshweave() -> None:
    """Settings come from MESHWEAVE_… variables and an .env file."""


def main() -> None:
    """Runs the command; what keeps an instance from starting is one line and its remedy, with exit code 1."""
    try:
        app()
    except StartError as error:
        print_error(error)
        sys.exit(1)
