"""catalogEvents over real WebSockets and event streams: in order, exactly once, across disconnects and replicas."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import neo4j
import orjson
import pytest

from graph_api.neo4j.endpoint import Endpoint
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_product_transition import transition_product
from tests.graph_api.live import Replica, listening, websocket
from tests.graph_api.tiny import bearer
from tests.graphql_execution import ask
from tests.writes import a_domain, a_product, done

EVENTS = """subscription($after: String, $filter: AuditFilter) {
  catalogEvents(after: $after, filter: $filter) { seq action subjectId cursor domain }
}"""


@pytest.fixture
def replica(clean_database: Endpoint, request_driver: neo4j.AsyncDriver) -> Replica:
    return Replica(clean_database, request_driver)


@pytest.fixture
def other_replica(clean_database: Endpoint, request_driver: neo4j.AsyncDriver) -> Replica:
    return Replica(clean_database, request_driver)


async def watched(replica: Replica) -> None:
    """Until the subscription has begun to wait."""
    while not replica.tail.watching:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def heard(events: Any, count: int) -> list[Any]:
    return [(await events.data())["catalogEvents"] for _ in range(count)]


async def last_cursor(replica: Replica) -> str:
    return (await ask(replica.store(), "{ auditEvents(first: 1) { nodes { cursor } } }"))["auditEvents"]["nodes"][0][
        "cursor"
    ]


@asynccontextmanager
async def event_stream(port: int, **variables: Any) -> AsyncIterator[AsyncIterator[Any]]:
    """The events of the subscription over server-sent events."""
    headers = {"accept": "text/event-stream", **bearer()}
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=90) as http,
        http.stream("POST", "/graphql", json={"query": EVENTS, "variables": variables}) as response,
    ):
        assert response.status_code == 200

        async def events() -> AsyncIterator[Any]:
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    yield orjson.loads(line[6:])["data"]["catalogEvents"]

        yield events()


async def test_writes_are_told_as_they_happen_in_order(replica: Replica, tmp_path: Path):
    store = replica.store()
    await a_domain(store, "before")
    async with listening(replica.app(tmp_path)) as port, websocket(port) as socket:
        await socket.subscribe(EVENTS)
        await watched(replica)
        await a_domain(store)
        product = await a_product(store)
        done(await transition_product(store, ADMINISTRATOR, product.id, ProductStatus.TESTING))
        told = await heard(socket, 3)
        await socket.say(type="complete", id="1")
        while replica.tail.watching:  # noqa: ASYNC110 (nobody listens, so nobody asks)
            await asyncio.sleep(0.01)
    assert [(one["seq"], one["action"]) for one in told] == [
        (2, "domainRegister"),
        (3, "dataProductCreate"),
        (4, "dataProductTransition"),
    ]
    assert (told[1]["subjectId"], told[1]["domain"]) == (product.id, "sales")


async def test_a_subscription_goes_on_behind_its_cursor_on_another_replica(
    replica: Replica, other_replica: Replica, tmp_path: Path
):
    store = replica.store()
    async with listening(replica.app(tmp_path)) as port, websocket(port) as socket:
        await socket.subscribe(EVENTS)
        await watched(replica)
        for number in range(3):
            await a_domain(store, f"first-{number}")
        before = await heard(socket, 2)  # the third was sent, and is lost with the connection
    for number in range(120):  # more than one batch
        await a_domain(store, f"meanwhile-{number}")
    async with listening(other_replica.app(tmp_path)) as port, event_stream(port, after=before[-1]["cursor"]) as events:
        after = [await anext(events) for _ in range(121)]
        await a_domain(store, "last")
        after.append(await anext(events))
    assert [one["seq"] for one in before + after] == list(range(1, 125))


async def test_two_replicas_tell_the_same_while_many_write(replica: Replica, other_replica: Replica, tmp_path: Path):
    async def write(worker: int) -> None:
        for number in range(10):
            await a_domain(replica.store(), f"w{worker}-{number}")

    await a_domain(replica.store(), "start")
    place = await last_cursor(replica)
    async with (
        listening(replica.app(tmp_path)) as port,
        listening(other_replica.app(tmp_path)) as other_port,
        websocket(port) as one,
        websocket(other_port) as two,
        event_stream(other_port, after=place) as three,
    ):
        for socket in (one, two):
            await socket.subscribe(EVENTS, after=place)
        writing = asyncio.gather(*(write(worker) for worker in range(3)))
        by_one, by_two, by_three = await heard(one, 30), await heard(two, 30), [await anext(three) for _ in range(30)]
        await writing
    assert [event["seq"] for event in by_one] == list(range(2, 32))
    assert by_one == by_two == by_three


async def test_a_filter_tells_only_what_passes_it(replica: Replica, tmp_path: Path):
    store = replica.store()
    async with listening(replica.app(tmp_path)) as port, websocket(port) as socket:
        await socket.subscribe(EVENTS, "1", filter={"action": "dataProductCreate", "domain": "finance"})
        await watched(replica)
        await a_domain(store)
        await a_domain(store, "finance")
        await a_product(store)
        ledger = await a_product(store, "ledger", "finance")
        assert [(one["seq"], one["subjectId"]) for one in await heard(socket, 1)] == [(4, ledger.id)]


@pytest.mark.parametrize("after", ["", "nonsense", "WyIxIiwyXQ"])
async def test_what_is_no_cursor_is_refused(replica: Replica, tmp_path: Path, after: str):
    async with listening(replica.app(tmp_path)) as port, websocket(port) as socket:
        await socket.subscribe(EVENTS, "1", after=after)
        message = await socket.hear()
    (error,) = message["payload"]["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("INVALID_INPUT", ["catalogEvents"])


async def test_a_cursor_of_another_log_is_refused(replica: Replica, tmp_path: Path, driver: neo4j.AsyncDriver):
    store = replica.store()
    await a_domain(store)
    await a_domain(store, "finance")
    cursor = await last_cursor(replica)
    # A backup of before event 2 is restored, and something else is written.
    await driver.execute_query("MATCH (e:AuditEvent {seq: 2}) DETACH DELETE e")
    await driver.execute_query("MATCH (t:AuditLog), (e:AuditEvent {seq: 1}) SET t.seq = 1, t.hash = e.hash")
    await a_domain(store, "support")
    async with listening(replica.app(tmp_path)) as port, websocket(port) as socket:
        await socket.subscribe(EVENTS, "1", after=cursor)
        (error,) = (await socket.hear())["payload"]["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert "another log" in error["message"]
