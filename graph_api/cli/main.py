"""The `meshweave` command."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from pydantic import ValidationError

from graph_api.neo4j.errors import StartError

from . import audit, database, doctor, export, graphiql, import_, quality, sample, schema, serve, token
from .console import out, print_error, print_warning
from .variables import unknown_variables

app = typer.Typer(
    name="meshweave",
    help="The GraphQL catalog and lineage service of a data mesh, on Neo4j.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


def print_version(requested: bool) -> None:
    if requested:
        out.print(f"meshweave {version('meshweave')}")
        raise typer.Exit


@app.callback()
def meshweave(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Meshweave, the catalog and lineage service of a data mesh. Settings come from MESHWEAVE_… variables and an .env
    file."""
    for message in unknown_variables():
        print_warning(message)


app.command()(serve.serve)
app.command()(doctor.doctor)
app.command(name="import")(import_.import_)
app.command()(export.export)
app.add_typer(database.app, name="database")
app.add_typer(token.app, name="token")
app.add_typer(schema.app, name="schema")
app.add_typer(graphiql.app, name="graphiql")
app.add_typer(sample.app, name="sample")
app.add_typer(quality.app, name="quality")
app.add_typer(audit.app, name="audit")


def main() -> None:
    """Runs the command. A start error is printed as one line with its remedy; exit code 1."""
    try:
        app()
    except StartError as error:
        print_error(error)
        sys.exit(1)
    except ValidationError as error:  # of the settings, the only ones read from outside here
        for fault in error.errors():
            name = "_".join(str(part) for part in fault["loc"]).upper()
            print_error(StartError(f"MESHWEAVE_{name}: {fault['msg']}.", "See docs/settings.md."))
        sys.exit(1)
