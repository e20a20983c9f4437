"""`meshweave export`."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
import typer

from graph_api.cli.console import err, progress
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.progress import Progress
from graph_api.settings import Settings, get_settings
from resolvers.model.errors import StoreError

STDOUT = Path("-")


def export(
    file: Annotated[Path, typer.Argument(help="A new file, in JSON Lines; default is stdout.")] = STDOUT,
) -> None:
    """Write the mesh as documents that `meshweave import` reads.

    Contains domains, products, contracts, dependencies, policies, waivers and templates. History, measurements and
    secrets are not included.
    """
    with progress() as report, opened(file) as target:
        count = asyncio.run(export_to(get_settings(), target, report))
    err.print(f"{count:,} documents.")


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    if file == STDOUT:
        yield sys.stdout.buffer
        return
    try:
        with file.open("xb") as target:
            yield target
    except FileNotFoundError as error:
        raise StartError(f"The folder {file.parent} does not exist.", "Create it, or choose another.") from error
    except OSError as error:
        raise StartError(f"{file} cannot be written: {error.strerror}.", "Name a file that does not exist.") from error


async def export_to(settings: Settings, target: BinaryIO, on_progress: Progress) -> int:
    """Returns the number of documents written. Raises `StartError`."""
    from graph_api.database import open_database
    from resolvers.interchange import export_mesh

    count = 0
    async with open_database(settings, on_progress) as database:
        on_progress("Exporting", None)
        try:
            async for document in export_mesh(database.store()):
                target.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
                count += 1
        except StoreError as error:
            raise StartError(f"The mesh could not be read: {error}", "Run the command again.") from error
    return count
