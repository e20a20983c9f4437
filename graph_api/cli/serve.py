"""`meshweave serve`."""

import asyncio
import logging
import threading
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from graph_api.cli.console import err, out, progress
from graph_api.http.location import checked_prefix
from graph_api.neo4j.errors import StartError
from graph_api.settings import Settings, get_settings


def serve(
    sample: Annotated[
        bool, typer.Option("--sample", help="Load the sample mesh, unless the database holds other data.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of MESHWEAVE_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on, instead of MESHWEAVE_PORT; 0: a free one.")
    ] = None,
    root_path: Annotated[
        str | None, typer.Option(help="Path prefix of the service at its proxy, instead of MESHWEAVE_ROOT_PATH.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Data folder, instead of MESHWEAVE_DATA_DIR.", file_okay=False)
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser and sign it in.")] = False,
) -> None:
    """Serve the API at /graphql, the explorer at /explore and GraphiQL at /graphiql. Ctrl-C stops it."""
    import uvloop

    from graph_api.serve import Served
    from graph_api.serve import serve as run

    prefix = None if root_path is None else checked_root_path(root_path)
    settings = changed(get_settings(), host=host, port=port, data_dir=data_dir, root_path=prefix)
    log_to_stderr(settings.log_level)
    with ExitStack() as waiting:
        report = waiting.enter_context(progress())

        def ready(served: Served) -> None:
            waiting.close()
            announce(served, settings)
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(served.sign_in,), daemon=True).start()

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(settings, sample=sample, on_progress=report, on_ready=ready))


def checked_root_path(text: str) -> str:
    try:
        return checked_prefix(text)
    except ValueError as error:
        raise StartError(f"'{text[:100]}' is not a valid root path: {error}.", "Check --root-path.") from error


def changed(settings: Settings, **changes: Any) -> Settings:
    """`settings` with the options of the command line applied."""
    changed_settings = {name: value for name, value in changes.items() if value is not None}
    return settings.model_copy(update=changed_settings)


def announce(served: Any, settings: Settings) -> None:
    out.print(f"Meshweave answers at {served.url}/graphql")
    out.print(f"  page     {served.url}/graphiql")
    # A log that records the output would show the token in the link to its readers.
    # Rich takes FORCE_COLOR for a terminal.
    out.print(f"  sign in  {served.sign_in if out.file.isatty() else served.sign_in.partition('#')[0]}")
    out.print(f"  data     {settings.data_dir.expanduser().absolute()}")
    if served.sample:
        out.print(f"  sample   {served.sample}")
    if not served.graphiql_ready:
        out.print("The page is being built in the background, once, for about a minute.")
    err.print("Ctrl-C stops it.")


def log_to_stderr(level: str) -> None:
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    if level != "debug":
        logging.getLogger("neo4j").setLevel(logging.ERROR)  # each retry is a warning with a page of addresses
        logging.getLogger("httpx").setLevel(logging.WARNING)  # the path of a webhook may be a secret
