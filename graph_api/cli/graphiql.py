"""`meshweave graphiql`: builds the page before the first start."""

import typer

from graph_api.cli.console import out, progress
from graph_api.graphiql.build import ensure_built
from graph_api.settings import get_settings

app = typer.Typer(help="The GraphiQL page.", no_args_is_help=True)


@app.callback()
def graphiql() -> None:
    """The GraphiQL page. `serve` builds it when it is missing."""


@app.command()
def build() -> None:
    """Build the page into MESHWEAVE_CACHE_DIR and print the folder.

    Use it for container images and before going offline.
    """
    with progress() as report:
        bundle = ensure_built(get_settings().cache_dir, report)
    out.print(str(bundle))
