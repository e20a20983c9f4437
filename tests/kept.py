"""Whatever was written, the mesh in memory is as the database has it."""

import asyncio
from collections.abc import AsyncIterator

import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.graph.coalescing import Turns
from resolvers.graph.store import Store
from resolvers.lineage import Kept, LineageGraph, Question, trace_each
from resolvers.lineage.cypher import PRESENT
from resolvers.model import clock
from resolvers.model.errors import UserFault
from tests.counting_store import CountingStore

WALKS = set(PRESENT.values())
ALL = "MATCH (p:DataProduct) WITH p.id AS id ORDER BY id LIMIT 40 RETURN collect(id)"
FIELDS = ("id", "urn", "name", "domain", "domain_id", "owner_team", "type", "status", "version")


def asked(*roots: str) -> Question:
    """All that can be asked of what is in memory."""
    return Question(roots, depth=None, product_fields=FIELDS)


def comparable(graph: LineageGraph | UserFault) -> LineageGraph:
    assert not isinstance(graph, UserFault), graph
    return graph._replace(nodes=list(graph.nodes), edges=sorted(graph.edges))


async def compare(store: Store, kept: Kept) -> int:
    """How many lineages were found to be the same; 0 when what is in memory is of no more use, since too much was
    written, or past the service. All are asked at once: what is wrong would be noticed by a second question."""
    counting, now = CountingStore(store), clock.now()
    roots = [(id,) for id in await store.read(ALL)]
    by_memory = await trace_each(counting, asked(), roots, now, kept=kept) if roots else []
    if WALKS.intersection(counting.queries):
        return 0
    by_database = await trace_each(store, asked(), roots, now) if roots else []
    assert list(map(comparable, by_memory)) == list(map(comparable, by_database))
    return len(roots)


async def read_anew(kept: Kept) -> None:
    """Waits for what is being read, if it is not there yet."""
    if kept.loading is not None:
        await asyncio.wait([kept.loading])


@pytest.fixture(autouse=True)
async def kept_mesh(clean_database: Endpoint, request_driver: neo4j.AsyncDriver) -> AsyncIterator[Kept]:
    """Read before each test of the folders that have this in their `conftest.py`, and looked at after it."""

    def open_store() -> Neo4jStore:
        return Neo4jStore(request_driver, clean_database.database)

    kept = Kept(open_store, Turns(), most=1_000, pause_seconds=3600)
    await kept.load()
    yield kept
    store = open_store()
    found = await store.read(ALL)
    assert await compare(store, kept) == len(found)
    await kept.close()
