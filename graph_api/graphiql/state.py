"""State of the GraphiQL page: `preparing`, then `ready` or `failed`. The API never waits for it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from graph_api.graphiql.build import built, ensure_built
from graph_api.graphiql.failure import BuildFailed
from graph_api.graphiql.process import Stop
from graph_api.neo4j.progress import Progress, silent

log = logging.getLogger("meshweave.graphiql")

COMPRESSED = {".br": "br", ".gz": "gzip"}

# Not the system's own table: where that calls a script text/plain, `nosniff` refuses to run it.
MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}


class Asset(NamedTuple):
    """One file of the bundle; `encodings` are its compressed twins by their HTTP name, the smallest first."""

    path: Path
    media_type: str
    encodings: dict[str, Path]


@dataclass
class GraphiQL:
    """One for each app. Written by `prepare`, read by the routes."""

    cache_dir: Path
    status: Literal["preparing", "ready", "failed"] = "preparing"
    doing: str = "Waiting to start"
    fraction: float | None = None
    failure: BuildFailed | None = None
    page: bytes = b""
    explorer: bytes = b""
    assets: dict[str, Asset] = field(default_factory=dict)

    def find(self) -> bool:
        """Whether the bundle is there by now; a failed build may have been repeated by hand."""
        if self.status != "ready" and (bundle := built(self.cache_dir)) is not None:
            self.open(bundle)
        return self.status == "ready"

    def open(self, bundle: Path) -> None:
        self.page = (bundle / "index.html").read_bytes()
        self.explorer = (bundle / "explore.html").read_bytes()
        self.assets = read_assets(bundle / "assets")
        self.status, self.failure = "ready", None

    def fail(self, failure: BuildFailed) -> None:
        self.status, self.failure = "failed", failure

    async def prepare(self, on_progress: Progress = silent) -> None:
        """Builds the bundle in a thread unless it is there. Never raises for a failed build; `failure` tells."""

        def progress(message: str, fraction: float | None) -> None:
            self.doing, self.fraction = message, fraction
            on_progress(message, fraction)

        stop = Stop()
        try:
            self.open(await asyncio.to_thread(ensure_built, self.cache_dir, progress, stop))
        except asyncio.CancelledError:
            stop.request()
            raise
        except BuildFailed as failure:
            log.warning("No GraphiQL page, the API is unaffected: %s", failure)
            self.fail(failure)
        except Exception as error:
            log.exception("No GraphiQL page, the API is unaffected")
            self.fail(BuildFailed(f"Preparing GraphiQL failed: {error!r}.", "The server's log has more."))


@asynccontextmanager
async def preparing(graphiql: GraphiQL, on_progress: Progress = silent) -> AsyncIterator[None]:
    """For the app's lifespan: the page is prepared in the background, and given up when the app goes down."""
    if graphiql.find():
        yield
        return
    task = asyncio.create_task(graphiql.prepare(on_progress), name="graphiql")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def read_assets(folder: Path) -> dict[str, Asset]:
    """Every servable file by its name: a name that is not a key does not exist, whatever path it spells."""
    return {
        path.name: Asset(path, MEDIA_TYPES.get(path.suffix, "application/octet-stream"), _encodings(path))
        for path in folder.iterdir()
        if path.suffix not in COMPRESSED
    }


def _encodings(path: Path) -> dict[str, Path]:
    twins = {name: path.with_name(path.name + suffix) for suffix, name in COMPRESSED.items()}
    return {name: twin for name, twin in twins.items() if twin.is_file()}
