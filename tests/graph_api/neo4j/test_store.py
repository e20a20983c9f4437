import asyncio
from typing import LiteralString

import pytest
from neo4j import AsyncDriver

from graph_api.neo4j.driver import open_driver
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from resolvers.graph.store import Rollback, Transaction
from resolvers.model.errors import AlreadyThere, StoreError

CREATE: LiteralString = "CREATE (d:Domain {id: $id, name: $name}) RETURN d.id"
NAMES: LiteralString = "MATCH (d:Domain) WITH d.name AS name ORDER BY name RETURN collect(name)"
COUNT: LiteralString = "UNWIND range(1, 100000000) AS i WITH i WHERE i % 7 = 3 RETURN count(i)"


def creating(name: str):
    async def work(tx: Transaction) -> str:
        return await tx.run(CREATE, id=f"dom_{name}", name=name)

    return work


async def test_a_write_is_read_back(store: Neo4jStore) -> None:
    assert await store.write(creating("sales")) == "dom_sales"
    assert await store.read(NAMES) == ["sales"]


async def test_no_record_is_none(store: Neo4jStore) -> None:
    assert await store.read("MATCH (d:Domain) RETURN d.name") is None


async def test_a_write_leaves_a_bookmark_that_the_next_read_sends(
    store: Neo4jStore, request_driver: AsyncDriver
) -> None:
    await store.write(creating("sales"))
    assert len(store.bookmarks) == 1

    another = Neo4jStore(request_driver, "neo4j", store.bookmarks)
    assert await another.read(NAMES) == ["sales"]


async def test_a_bookmark_reaches_the_server(store: Neo4jStore, request_driver: AsyncDriver) -> None:
    """The server refuses one that it cannot have given."""
    await store.write(creating("sales"))
    ahead = Neo4jStore(request_driver, "neo4j", [store.bookmarks[0] + "x"])

    with pytest.raises(Exception, match=r"(?i)bookmark|reached"):
        await ahead.read(NAMES)


async def test_rollback_returns_its_value_and_keeps_nothing(store: Neo4jStore) -> None:
    async def work(tx: Transaction) -> str:
        await tx.run(CREATE, id="dom_sales", name="sales")
        raise Rollback("refused")

    assert await store.write(work) == "refused"
    assert await store.read(NAMES) == []


async def test_any_exception_keeps_nothing(store: Neo4jStore) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run(CREATE, id="dom_sales", name="sales")
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        await store.write(work)
    assert await store.read(NAMES) == []


async def test_a_taken_key_is_already_there(store: Neo4jStore) -> None:
    await store.write(creating("sales"))

    with pytest.raises(AlreadyThere):
        await store.write(creating("sales"))
    assert await store.read(NAMES) == ["sales"]


async def test_a_query_past_its_time_is_a_timeout(store: Neo4jStore) -> None:
    with pytest.raises(StoreError) as raised:
        await store.read_within(0.2, COUNT)
    assert raised.value.code == "TIMEOUT"


async def test_a_deadlock_is_retried_until_both_have_written(store: Neo4jStore, request_driver: AsyncDriver) -> None:
    await store.write(creating("a"))
    await store.write(creating("b"))
    touch: LiteralString = "MATCH (d:Domain {name: $name}) SET d.touched = coalesce(d.touched, 0) + 1 RETURN d.touched"
    tries = 0

    def crossing(first: str, second: str):
        async def work(tx: Transaction) -> None:
            nonlocal tries
            tries += 1
            await tx.run(touch, name=first)
            await asyncio.sleep(0.2)
            await tx.run(touch, name=second)

        return work

    stores = [Neo4jStore(request_driver, "neo4j") for _ in range(2)]
    await asyncio.gather(stores[0].write(crossing("a", "b")), stores[1].write(crossing("b", "a")))

    assert tries == 3
    assert await store.read("MATCH (d:Domain) RETURN collect(d.touched)") == [2, 2]


async def test_nothing_listening_is_unavailable_and_names_no_address() -> None:
    async with open_driver(Endpoint("bolt://127.0.0.1:9", "neo4j", "secret")) as driver:
        with pytest.raises(StoreError) as raised:
            await Neo4jStore(driver, "neo4j").write(creating("sales"))
    assert raised.value.code == "UNAVAILABLE"
    assert "127.0.0.1" not in str(raised.value)
    assert "secret" not in str(raised.value)
