"""`meshweave graphiql`: builds the page before the first start."""

import typer

from graph_api.cli.console import out, progress
from graph_api.graphiql.build import ensure_built
from graph_api.settings import get_settings

app = typer.Typer(help="The GraphiQL page.", no_args_is_help=True)


@app.callback()
def graphiql() -> None:
    """The GraphiQL page; `serve` prepares it by itself."""


@app.command()
def build() -> None:
    """Build the page now, into MESHWEAVE_CACHE_DIR: for an image, or before going offline. Prints the folder."""
    with progress() as report:
        bundle = ensure_built(get_settings().cache_dir, report)
    out.print(str(bundle), markup=False)
