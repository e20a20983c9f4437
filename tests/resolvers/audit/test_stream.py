"""Reading on in the audit log while others append to it: nothing is missed, whoever reads, and nobody is alarmed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, LiteralString

import neo4j
import pytest

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.audit import log
from resolvers.audit.high_watermark import settled
from resolvers.audit.log import Entry
from resolvers.audit.queries import AuditFilter
from resolvers.audit.stream import read_on
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import ADMINISTRATOR
from resolvers.webhooks import delivery
from resolvers.webhooks.records import Webhook, WebhookEventKind
from tests.writes import a_domain

WRITERS = 3
WRITES = 40

WEBHOOK = Webhook(
    *("whk_x", "https://example.com", [WebhookEventKind.ALL], None, True, "sam", "2026-01-01T00:00:00.000000Z", None),
    *(0, None, None, 0, None, None),
)

ENTRY = Entry("2026-01-01T00:00:00.000000Z", "sam", "test", "DOMAIN", "dom_x", None, None, None)

Numbers = tuple[int, list[int]]  # how far was read, and the events found
Reader = Callable[[Store, int], Awaitable[Numbers]]


async def as_stream(store: Store, after: int) -> Numbers:
    batch = await read_on(store, AuditFilter(), after)
    return batch.reached, [event.seq for event in batch.events]


async def as_narrow_stream(store: Store, after: int) -> Numbers:
    batch = await read_on(store, AuditFilter(actor=ADMINISTRATOR.name), after)
    return batch.reached, [event.seq for event in batch.events]


async def as_webhook(store: Store, after: int) -> Numbers:
    ahead = await delivery.ahead(store, WEBHOOK._replace(cursor_seq=after))
    return ahead.reached, [event.seq for event in ahead.events]


@pytest.mark.parametrize("reader", [as_stream, as_narrow_stream, as_webhook])
async def test_a_reader_misses_nothing_that_commits_meanwhile(store: Neo4jStore, reader: Reader):
    async def write(worker: int) -> None:
        for number in range(WRITES):
            await a_domain(store, f"w{worker}-{number}")

    async def read() -> list[int]:
        reached, found = 0, []
        while reached < WRITERS * WRITES:
            reached, numbers = await reader(store, reached)
            found += numbers
        return found

    reading = [asyncio.create_task(read()) for _ in range(3)]
    await asyncio.gather(*(write(worker) for worker in range(WRITERS)))
    for found in await asyncio.gather(*reading):
        assert found == list(range(1, WRITERS * WRITES + 1))


async def test_settled_waits_for_who_appends(store: Neo4jStore):
    await a_domain(store)
    appended, commit = asyncio.Event(), asyncio.Event()

    async def work(tx: Transaction) -> None:
        await log.append(tx, ENTRY, (1, await tx.run("MATCH (t:AuditLog {key: 'tail'}) RETURN t.hash")))
        appended.set()
        await commit.wait()

    writing = asyncio.create_task(store.write(work))
    await appended.wait()
    asking = asyncio.create_task(settled(store))
    await asyncio.sleep(0.3)
    assert not asking.done()
    commit.set()
    assert await asking == 2
    await writing


class MidCommit(Neo4jStore):
    """Reads the tail once as it is seen while an event behind it is appended."""

    early = True

    async def read(self, query: LiteralString, /, **parameters: Any) -> Any:
        found = await super().read(query, **parameters)
        if query == log.TAIL and self.early:
            self.early = False
            return [found[0] + 1, "0" * 64, 0]
        return found


async def test_nobody_is_alarmed_by_what_is_appended_meanwhile(
    store: Neo4jStore, request_driver: neo4j.AsyncDriver, clean_database: Endpoint
):
    await a_domain(store)
    await a_domain(store, "finance")
    midway = MidCommit(request_driver, clean_database.database)
    verdict = await log.verify(midway)
    assert not midway.early
    assert (verdict.events, verdict.fault) == (2, None)
