import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import pytest
from neo4j import AsyncDriver

from graph_api.neo4j import standing
from graph_api.neo4j.driver import open_driver
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.standing import UNREAD, StandingReads, standing_reads
from graph_api.neo4j.store import Neo4jStore
from resolvers.discovery.cypher import TAKEN_UP
from resolvers.graph.store import NotUnderstood, Transaction
from resolvers.model.errors import StoreError

Cypher = Callable[..., Awaitable[list[dict[str, Any]]]]

ONE: LiteralString = "RETURN 1"
NAMES: LiteralString = "MATCH (d:Domain) WITH d.name AS name ORDER BY name RETURN collect(name)"
CREATE: LiteralString = "CREATE (d:Domain {id: $name, name: $name})"
LONG: LiteralString = "UNWIND range(1, 1000000000) AS i WITH i WHERE i % 7 = 3 RETURN count(i)"
MINE: LiteralString = """SHOW TRANSACTIONS YIELD transactionId, metaData, currentQuery
WHERE metaData.meshweave = 'standing read' RETURN transactionId AS id, currentQuery AS query"""


@pytest.fixture
async def brief(clean_database: Endpoint, request_driver: AsyncDriver) -> AsyncIterator[StandingReads]:
    """With one transaction that stands; those of other tests have ended."""
    await none_stands()
    async with standing_reads(request_driver, clean_database.database) as opened:
        await stand(opened)
        yield opened


@pytest.fixture
async def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions stand longer than any test takes; those of other tests, which would too, have ended."""
    await none_stands()
    monkeypatch.setattr(standing, "SECONDS", 60.0)


@pytest.fixture
def reads(lasting: None, brief: StandingReads) -> StandingReads:
    return brief


async def stand(reads: StandingReads) -> None:
    async with asyncio.timeout(10):
        while await reads.read(5, ONE, {}) is UNREAD:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def none_stands() -> None:
    """Until the last one has ended, and none follows it."""
    async with asyncio.timeout(10):
        while any(task.get_name() == "standing read" for task in asyncio.all_tasks()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def until(cypher: Cypher, wanted: list[Any], query: str = MINE) -> None:
    """Until `query` returns that."""
    async with asyncio.timeout(10):
        while await cypher(query) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def ids(cypher: Cypher) -> set[str]:
    return {row["id"] for row in await cypher(MINE)}


async def ended(cypher: Cypher, former: set[str]) -> None:
    """Until none of those transactions is there."""
    async with asyncio.timeout(10):
        while not former.isdisjoint(await ids(cypher)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@asynccontextmanager
async def busy(reads: StandingReads) -> AsyncIterator[None]:
    """Somebody else reads all the time."""

    async def read() -> None:
        while True:
            await reads.read(5, NAMES, {})
            await asyncio.sleep(0.001)

    tasks = [asyncio.create_task(read()) for _ in range(4)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_first_read_finds_none_and_has_one_begun(
    lasting: None, clean_database: Endpoint, request_driver: AsyncDriver, cypher: Cypher
) -> None:
    async with standing_reads(request_driver, clean_database.database) as reads:
        assert await reads.read(5, ONE, {}) is UNREAD
        await stand(reads)
        assert len(await ids(cypher)) == 1


async def test_reads_one_after_the_other_share_a_transaction(reads: StandingReads, cypher: Cypher) -> None:
    before = await ids(cypher)
    assert [await reads.read(5, "RETURN $n", {"n": n}) for n in range(5)] == [0, 1, 2, 3, 4]
    assert await ids(cypher) == before
    assert len(before) == 1


async def test_no_record_is_none(reads: StandingReads) -> None:
    assert await reads.read(5, "MATCH (d:Domain) RETURN d.name", {}) is None


async def test_each_read_sees_what_was_committed_before_it(reads: StandingReads, cypher: Cypher) -> None:
    """By a label, an index and a relationship: what was created, changed and deleted."""
    key: LiteralString = "MATCH (d:Domain {name: 'sales'}) RETURN d.about"
    near: LiteralString = "MATCH (:Domain {name: 'sales'})-[:NEAR]->(d) RETURN collect(d.name)"
    assert await reads.read(5, NAMES, {}) == []
    for name in ("sales", "care"):
        await cypher(CREATE, name=name)
    assert await reads.read(5, NAMES, {}) == ["care", "sales"]
    assert await reads.read(5, key, {}) is None
    await cypher(
        "MATCH (d:Domain {name: 'sales'}), (e:Domain {name: 'care'}) SET d.about = 'x' CREATE (d)-[:NEAR]->(e)"
    )
    assert await reads.read(5, key, {}) == "x"
    assert await reads.read(5, near, {}) == ["care"]
    await cypher("MATCH (d:Domain {name: 'care'}) DETACH DELETE d")
    assert await reads.read(5, near, {}) == []
    assert await reads.read(5, NAMES, {}) == ["sales"]


async def test_a_search_sees_what_was_committed_before_it(reads: StandingReads, cypher: Cypher) -> None:
    search: LiteralString = TAKEN_UP + (
        "CALL db.index.fulltext.queryNodes('product_search', 'quokka') YIELD node RETURN collect(node.id)"
    )
    assert await reads.read(5, search, {}) == []
    await cypher("CREATE (:DataProduct {id: 'one', urn: 'a:one', name: 'quokka'})")
    assert await reads.read(5, search, {}) == ["one"]
    await cypher("MATCH (p:DataProduct {id: 'one'}) SET p.name = 'wombat'")
    assert await reads.read(5, search, {}) == []


async def test_one_that_nobody_uses_ends(brief: StandingReads, cypher: Cypher) -> None:
    await none_stands()
    assert await ids(cypher) == set()
    assert await brief.read(5, ONE, {}) is UNREAD


async def test_one_that_is_used_is_followed_by_another(brief: StandingReads, cypher: Cypher) -> None:
    first = await ids(cypher)
    async with busy(brief):
        await asyncio.sleep(standing.SECONDS + 0.3)
        later = await ids(cypher)
    assert later
    assert first.isdisjoint(later)


async def test_one_ends_after_so_many_statements(
    reads: StandingReads, cypher: Cypher, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await ids(cypher)
    monkeypatch.setattr(standing, "STATEMENTS", 3)
    for _ in range(3):
        await reads.read(5, ONE, {})
    await ended(cypher, first)
    await stand(reads)


async def test_there_are_never_more_than_so_many(
    reads: StandingReads, cypher: Cypher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "TRANSACTIONS", 3)
    many: list[int] = []
    async with asyncio.timeout(10):
        while len(many) < 20 or 3 not in many:
            await asyncio.gather(*(reads.read(5, ONE, {}) for _ in range(12)))
            many.append(len(await ids(cypher)))
    assert max(many) == 3


async def test_a_read_past_its_time_is_ended_in_the_database_too(reads: StandingReads, cypher: Cypher) -> None:
    with pytest.raises(TimeoutError):
        await reads.read(0.2, LONG, {})
    await until(
        cypher, [], "SHOW TRANSACTIONS YIELD currentQuery AS query WHERE query STARTS WITH 'UNWIND' RETURN query"
    )
    await stand(reads)


async def test_a_read_that_nobody_waits_for_is_ended_in_the_database_too(reads: StandingReads, cypher: Cypher) -> None:
    running = "SHOW TRANSACTIONS YIELD currentQuery AS query WHERE query STARTS WITH 'UNWIND' RETURN count(*) AS n"
    task = asyncio.create_task(reads.read(30, LONG, {}))
    await until(cypher, [{"n": 1}], running)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(cypher, [{"n": 0}], running)
    await stand(reads)


async def test_the_store_says_that_a_read_took_too_long(reads: StandingReads, request_driver: AsyncDriver) -> None:
    with pytest.raises(StoreError) as raised:
        await Neo4jStore(request_driver, "neo4j", standing=reads).read_within(0.2, LONG)
    assert raised.value.code == "TIMEOUT"


async def test_the_store_answers_when_the_transaction_was_ended_from_outside(
    reads: StandingReads, request_driver: AsyncDriver, cypher: Cypher
) -> None:
    (one,) = await ids(cypher)
    await cypher(f"TERMINATE TRANSACTION '{one}'")
    assert await Neo4jStore(request_driver, "neo4j", standing=reads).read(ONE) == 1
    await ended(cypher, {one})
    await stand(reads)


async def test_a_query_that_is_wrong_is_so_in_the_store(reads: StandingReads, request_driver: AsyncDriver) -> None:
    with pytest.raises(NotUnderstood, match="zzz"):
        await Neo4jStore(request_driver, "neo4j", standing=reads).read("RETURN zzz")
    await stand(reads)


def writing(name: str) -> Callable[[Transaction], Awaitable[None]]:
    async def work(tx: Transaction) -> None:
        await tx.run(CREATE, name=name)

    return work


def taken(reads: StandingReads, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that come to `reads` from now on."""
    queries: list[str] = []
    read = reads.read

    async def listening(seconds: float, query: LiteralString, parameters: dict[str, Any]) -> Any:
        queries.append(query)
        return await read(seconds, query, parameters)

    monkeypatch.setattr(reads, "read", listening)
    return queries


async def test_who_knows_of_a_write_reads_without_where_there_may_be_a_follower(
    reads: StandingReads, request_driver: AsyncDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction may stand on one that has not heard of the write."""
    store = Neo4jStore(request_driver, "neo4j", standing=reads)
    queries = taken(reads, monkeypatch)
    await store.write(writing("sales"))
    assert [await store.read(NAMES) for _ in range(2)] == [["sales"], ["sales"]]
    assert queries == []


async def test_one_server_has_heard_of_its_own_writes(
    clean_database: Endpoint, request_driver: AsyncDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with standing_reads(request_driver, clean_database.database, one_server=True) as reads:
        await stand(reads)
        store = Neo4jStore(request_driver, "neo4j", standing=reads)
        queries = taken(reads, monkeypatch)
        await store.write(writing("sales"))
        assert await store.read(NAMES) == ["sales"]
        assert queries == [NAMES]


@pytest.mark.parametrize(("one_server", "standing_ones"), [(True, [NAMES]), (False, [])])
async def test_the_latest_is_read_in_one_where_no_other_server_could_have_it(
    clean_database: Endpoint,
    request_driver: AsyncDriver,
    monkeypatch: pytest.MonkeyPatch,
    one_server: bool,
    standing_ones: list[str],
) -> None:
    async with standing_reads(request_driver, clean_database.database, one_server=one_server) as reads:
        await stand(reads)
        queries = taken(reads, monkeypatch)
        await Neo4jStore(request_driver, "neo4j").write(writing("sales"))
        assert await Neo4jStore(request_driver, "neo4j", standing=reads).read_latest(NAMES) == ["sales"]
        assert queries == standing_ones


async def test_one_server_has_heard_of_a_bookmark_once_it_was_waited_for(
    clean_database: Endpoint, request_driver: AsyncDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that another replica gave, or that nobody can have given."""
    elsewhere = Neo4jStore(request_driver, "neo4j")
    await elsewhere.write(writing("sales"))
    async with standing_reads(request_driver, clean_database.database, one_server=True) as reads:
        await stand(reads)
        queries = taken(reads, monkeypatch)
        store = Neo4jStore(request_driver, "neo4j", elsewhere.bookmarks, reads)
        assert [await store.read(NAMES) for _ in range(3)] == [["sales"]] * 3
        assert queries == [NAMES, NAMES]

        ahead = Neo4jStore(request_driver, "neo4j", [elsewhere.bookmarks[0] + "x"], reads)
        for _ in range(2):
            with pytest.raises(Exception, match=r"(?i)bookmark|reached"):
                await ahead.read(NAMES)


def test_bookmarks_are_not_kept_for_ever(request_driver: AsyncDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "BOOKMARKS", 2)
    reads = StandingReads(request_driver, "neo4j", one_server=True)
    for bookmark in "abcd":
        reads.heard([bookmark])
    assert [reads.sees([bookmark]) for bookmark in "abcd"] == [False, False, False, True]


async def test_a_change_of_indexes_gets_through_while_others_read(brief: StandingReads, cypher: Cypher) -> None:
    """It waits for what has read the label, for five seconds at most."""
    async with busy(brief):
        await cypher("CREATE INDEX standing_test FOR (d:Domain) ON (d.about)")
        assert len(await cypher("SHOW INDEXES YIELD name WHERE name = 'standing_test'")) == 1
        await cypher("DROP INDEX standing_test")


async def test_closing_ends_all(
    lasting: None, clean_database: Endpoint, request_driver: AsyncDriver, cypher: Cypher
) -> None:
    async with standing_reads(request_driver, clean_database.database) as reads:
        await stand(reads)
        await asyncio.gather(*(reads.read(5, NAMES, {}) for _ in range(5)))
        await stand(reads)
        assert await ids(cypher)
    await until(cypher, [])


async def test_closing_lets_the_one_that_connects_finish(clean_database: Endpoint) -> None:
    """Cancelled while it connects, the driver leaves its socket to the collector, which tells of it."""
    async with open_driver(clean_database) as driver:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            for turns in range(12):
                async with standing_reads(driver, clean_database.database) as reads:
                    assert await reads.read(5, ONE, {}) is UNREAD
                    for _ in range(turns):
                        await asyncio.sleep(0)
                assert await reads.read(5, ONE, {}) is UNREAD
                gc.collect()
    assert [str(one.message) for one in told] == []
