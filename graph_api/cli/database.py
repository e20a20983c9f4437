"""`meshweave database`: starts, stops and backs up the embedded Neo4j."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from graph_api.neo4j.backup import back_up, restore
from graph_api.neo4j.embedded import running, start_embedded, stop_embedded
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.layout import Layout
from graph_api.settings import Settings, get_settings

from .console import err, out, progress

app = typer.Typer(name="database", help="Start, stop, back up and restore the embedded Neo4j.", no_args_is_help=True)


def embedded_settings() -> Settings:
    """Returns the settings if they name the embedded Neo4j.

    Raises:
        StartError: MESHWEAVE_NEO4J_URI names another Neo4j, which Meshweave does not start or back up.
    """
    settings = get_settings()
    if settings.neo4j_uri:
        raise StartError(
            f"MESHWEAVE_NEO4J_URI names another Neo4j ({settings.neo4j_uri}); these commands are for the embedded one.",
            "Unset it, or use the tools of that Neo4j.",
        )
    return settings


@app.command()
def start() -> None:
    """Start the embedded Neo4j in the background and print its URI. Does nothing if it is running."""
    settings = embedded_settings()

    async def run() -> tuple[str, int, bool]:
        with progress() as report:
            async with await start_embedded(settings, on_progress=report, detached=True) as server:
                return server.endpoint.uri, server.pid, server.owned

    uri, pid, owned = asyncio.run(run())
    layout = Layout(settings.data_dir)
    out.print(uri)
    err.print(f"{'Started' if owned else 'Running already'}, process {pid}; user neo4j, password in {layout.password}")


@app.command()
def stop() -> None:
    """Stop the daemon that `database start` started."""
    settings = embedded_settings()
    with progress() as report:
        report("Stopping Neo4j", None)
        state = asyncio.run(stop_embedded(settings))
    err.print("No embedded Neo4j is running." if state is None else f"Stopped process {state.pid}.")


@app.command()
def status() -> None:
    """Show whether the embedded Neo4j is running, since when, and which process owns it.

    The exit code is 1 if it is not running.
    """
    settings = embedded_settings()
    layout = Layout(settings.data_dir)
    state = running(layout)
    table = Table(show_header=False, box=None)
    if state is not None:
        table.add_row("status", "running" if state.status == "ready" else "paused for a backup")
        table.add_row("uri", f"bolt://127.0.0.1:{state.port}")
        table.add_row("process", f"{state.pid}, since {state.started}")
        table.add_row("belongs to", "nobody: a daemon" if state.detached else f"process {state.owner}")
        table.add_row("neo4j", state.version)
    else:
        table.add_row("status", "not running")
    table.add_row("store", f"{layout.home} ({store_size(layout) / 1e6:.1f} MB)" if layout.has_store else "none yet")
    out.print(table)
    if state is None:
        raise typer.Exit(1)


@app.command()
def backup(
    target: Annotated[str, typer.Argument(help="A new file, or a folder in which a file named by date is created.")],
) -> None:
    """Write the store to an archive. A running server closes its store briefly and reopens it."""
    settings = embedded_settings()
    with progress() as report:
        file, manifest = asyncio.run(back_up(Layout(settings.data_dir), target_of(target), report))
    out.print(str(file))
    err.print(f"{len(manifest.files)} files, {manifest.size / 1e6:.1f} MB, of Neo4j {manifest.neo4j}.")


def target_of(text: str) -> Path:
    """Raises `StartError` for a folder, by its slash, that is not there: a file of its name would be a surprise."""
    if text.endswith(os.sep) and not Path(text).expanduser().is_dir():
        raise StartError(f"The folder {text} does not exist.", "Create it, or choose another.")
    return Path(text)


@app.command(name="restore")
def restore_command(
    source: Annotated[Path, typer.Argument(help="An archive that `database backup` wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the existing store.")] = False,
) -> None:
    """Verify an archive and replace the store with its content. Stop the server first."""
    settings = embedded_settings()
    with progress() as report:
        manifest = asyncio.run(restore(Layout(settings.data_dir), source, force, report))
    err.print(f"Restored {manifest.size / 1e6:.1f} MB of {manifest.made}. The next start sets a new password.")


def store_size(layout: Layout) -> int:
    """Bytes of all files below the store's folder."""
    return sum(file.stat().st_size for file in layout.home.rglob("*") if file.is_file())
