"""`meshweave sample`."""

import asyncio

import typer

from graph_api.cli.console import out, progress
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.progress import Progress
from graph_api.settings import Settings, get_settings
from resolvers.model.errors import StoreError

app = typer.Typer(help="The sample mesh.", no_args_is_help=True)


@app.callback()
def sample() -> None:
    """The sample mesh: eight domains and sixty data products of a retailer."""


@app.command()
def load() -> None:
    """Load the sample mesh into an empty database. Does nothing if the sample is already there."""
    with progress() as report:
        loaded = asyncio.run(load_into(get_settings(), report))
    out.print(f"Sample mesh {loaded}")


async def load_into(settings: Settings, on_progress: Progress) -> str:
    """Loads the sample and returns a sentence about what was loaded. Raises `StartError`."""
    from graph_api.database import open_database
    from graph_api.sample.data import prepare
    from graph_api.sample.load import load_sample
    from graph_api.sample.quality import record_history
    from graph_api.serve import data_reader

    async with open_database(settings, on_progress) as database:
        try:
            store = database.patient_store()
            loaded = str(await load_sample(store, on_progress=on_progress))
            on_progress("Making the sample's files and checking them", None)
            if await prepare(settings):
                await record_history(store, data_reader(settings))
            return loaded
        except StoreError as error:
            raise StartError(
                f"The sample mesh could not be loaded: {error}", "Run the command again; what was loaded is kept."
            ) from error
