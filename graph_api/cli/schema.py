"""`meshweave schema`."""

from pathlib import Path
from typing import Annotated

import typer

from graph_api.neo4j.errors import StartError
from graph_api.settings import get_settings

app = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)


@app.callback()
def schema() -> None:
    """The GraphQL schema as an Apollo Federation subgraph."""


@app.command()
def export(
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of stdout.", dir_okay=False)] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; fail if the file (default schema/schema.graphql) is out of date."),
    ] = False,
    federation: Annotated[
        bool,
        typer.Option("--federation", help="The form with prefixed type names, by the MESHWEAVE_FEDERATION_… settings."),
    ] = False,
) -> None:
    """Print the SDL."""
    from schema.sdl import FILE

    text = federated_sdl() if federation else plain_sdl()
    if check:
        require_current(output or FILE, text)
    elif output is not None:
        write(output, text)
    else:
        typer.echo(text, nl=False)


def plain_sdl() -> str:
    from schema.sdl import sdl

    return sdl()


def federated_sdl() -> str:
    from graph_api.federation import federated_schema
    from schema.sdl import text_of

    return text_of(federated_schema(get_settings()))


def write(file: Path, text: str) -> None:
    """Raises `StartError` when the file cannot be written."""
    try:
        file.write_text(text)
    except FileNotFoundError as error:
        raise StartError(f"There is no folder {file.parent}.", "Make it, or give another --output.") from error
    except OSError as error:
        raise StartError(f"{file} cannot be written: {error.strerror}.", "Give another --output.") from error


def require_current(file: Path, text: str) -> None:
    """Raises `StartError` if the schema in `file` differs from the current one."""
    if not file.exists() or file.read_text() != text:
        raise StartError(
            f"{file} is not the schema of this version.",
            f"Run `meshweave schema export --output {file}` and review it.",
        )
