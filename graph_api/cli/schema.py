"""`meshweave schema`."""

from pathlib import Path
from typing import Annotated

import typer

from graph_api.neo4j.errors import StartError

app = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)


@app.callback()
def schema() -> None:
    """The GraphQL schema, as a Federation subgraph."""


@app.command()
def export(
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of stdout.", dir_okay=False)] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when the file, or schema/schema.graphql, is stale.")
    ] = False,
) -> None:
    """Print the SDL."""
    from schema.sdl import FILE, sdl

    text = sdl()
    if check:
        require_current(output or FILE, text)
    elif output is not None:
        output.write_text(text)
    else:
        typer.echo(text, nl=False)


def require_current(file: Path, text: str) -> None:
    """Raises `StartError` when `file` holds another schema."""
    if not file.exists() or file.read_text() != text:
        raise StartError(
            f"{file} is not the schema of this version.",
            f"Run `meshweave schema export --output {file}` and review it.",
        )
