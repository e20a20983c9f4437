"""The bench's mesh in a Neo4j: loaded once by the import that users have, and kept for the next run."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter

from bench.caller import CALLER
from bench.mesh import Mesh
from bench.policies import bench_policies, put_in_force
from graph_api.neo4j.driver import open_driver
from graph_api.neo4j.embedded import start_embedded
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.migrate import migrate
from graph_api.neo4j.store import Neo4jStore
from graph_api.settings import Settings
from resolvers.governance.engine.definition import PolicyInput
from resolvers.governance.history.recorder import record
from resolvers.interchange import Imported, import_mesh

COUNT = "MATCH (p:DataProduct) RETURN [count(p), COUNT { ()-[:DEPENDS_ON]->() }]"
IDS = "MATCH (p:DataProduct) RETURN collect([p.urn, p.id])"


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[Endpoint]:
    """An embedded Neo4j of the bench's own in `folder`."""
    settings = Settings(  # type: ignore[call-arg]
        _env_file=None, data_dir=folder, embedded_heap="2g", embedded_page_cache="1g", embedded_aot=False
    )
    async with await start_embedded(settings) as server:
        yield server.endpoint


async def load(
    endpoint: Endpoint, mesh: Mesh, policies: Iterable[PolicyInput] | None = None
) -> tuple[dict[str, str], float]:
    """Product ids by urn, and how many seconds the import took; 0 when the mesh was there already. `policies` are in
    force then, those of the bench when None, and the history of compliance tells of everything: a service that starts
    here has nothing to catch up with."""
    async with open_driver(endpoint) as driver:
        await migrate(driver, endpoint.database)
        store = Neo4jStore(driver, endpoint.database, patient=True)
        seconds = 0.0
        if await store.read(COUNT) != [len(mesh.products), len(mesh.edges)]:
            started = perf_counter()
            await import_mesh(store, CALLER, mesh.documents(), print_progress)
            seconds = perf_counter() - started
        if await store.read(COUNT) != [len(mesh.products), len(mesh.edges)]:
            raise RuntimeError("the database holds another mesh: give the bench an empty one")
        await put_in_force(store, bench_policies() if policies is None else policies)
        while not await record(store):
            print("  the history of compliance is being caught up with", flush=True)
        return dict(await store.read(IDS)), seconds


def print_progress(done: Imported) -> None:
    if done.products and done.products % 2_500 == 0:
        print(f"  {done.products:,} products, {done.dependencies:,} dependencies", flush=True)
