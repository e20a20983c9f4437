"""Recording requests: counted once, whole batches, durable windows."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resolvers.graph.store import Store
from resolvers.metrics.requests import parse
from resolvers.metrics.rollup import roll_up
from resolvers.metrics.window import last_requests, windows
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR, ANONYMOUS
from resolvers.model.errors import UserFault, UserFaults
from resolvers.mutations.requests_record import Recorded, record_requests
from tests.checksum import checksum
from tests.writes import OTHER_OWNER, SALES_OWNER, a_domain, a_product, done, faults

NOW = datetime.now(UTC)


def request(seconds_ago: float = 10, duration: float = 0.1, **given: Any) -> dict[str, Any]:
    return {"time": clock.to_text(NOW - timedelta(seconds=seconds_ago)), "duration": duration, **given}


async def product_id(store: Store) -> str:
    await a_domain(store)
    return (await a_product(store)).id


async def totals(store: Store, product: str, days: int = 399) -> tuple[int, int]:
    since, until = clock.to_text(NOW - timedelta(days=days)), clock.to_text(NOW + timedelta(hours=1))
    (window,) = await windows(store, [product], since, until)
    assert window.sketch.count == window.total
    return window.total, window.errors


async def test_a_batch_is_counted_once_however_often_it_is_sent(store: Store) -> None:
    product = await product_id(store)
    batch = [request(), request(70, status="503"), request(70, status=404), request(5, error="boom")]
    assert done(await record_requests(store, SALES_OWNER, product, batch, "one")) == Recorded(4, False)
    again = await asyncio.gather(*(record_requests(store, SALES_OWNER, product, batch, "one") for _ in range(3)))
    assert [done(outcome) for outcome in again] == [Recorded(4, True)] * 3
    assert await totals(store, product) == (4, 2)
    assert faults(await record_requests(store, SALES_OWNER, product, batch[:1], "one")) == [
        ("IDEMPOTENCY_MISMATCH", ("batchKey",))
    ]


async def test_without_a_key_the_content_is_the_key(store: Store) -> None:
    product = await product_id(store)
    assert not done(await record_requests(store, SALES_OWNER, product, [request()])).replayed
    assert done(await record_requests(store, SALES_OWNER, product, [request()])).replayed
    assert not done(await record_requests(store, SALES_OWNER, product, [request(11)])).replayed
    assert await totals(store, product) == (2, 0)


async def test_batches_of_the_same_minute_at_once_all_count(store: Store) -> None:
    product = await product_id(store)
    batches = [[request(10, duration=n / 1000)] * 50 for n in range(8)]
    await asyncio.gather(*(record_requests(store, SALES_OWNER, product, b, str(n)) for n, b in enumerate(batches)))
    assert await totals(store, product) == (400, 0)


async def test_the_last_requests_are_the_latest_by_time(store: Store) -> None:
    product = await product_id(store)
    older = [request(100 + n, duration=9.0, status="error") for n in range(600)]
    newer = [request(n / 10, duration=0.5) for n in range(600)]
    done(await record_requests(store, ADMINISTRATOR, product, newer))
    done(await record_requests(store, ADMINISTRATOR, product, older))
    (hundred,) = await last_requests(store, [product], 100, clock.now())
    (thousand,) = await last_requests(store, [product], 1000, clock.now())
    assert (hundred.total, hundred.errors, hundred.mean) == (100, 0, 0.5)
    assert (thousand.total, thousand.errors) == (1000, 400)
    assert thousand.seconds(0.95) == pytest.approx(9.0, rel=0.01)


async def test_rolling_up_keeps_every_count(store: Store, cypher: Any) -> None:
    product = await product_id(store)
    day = 86_400
    old = [request(3 * day + n, status="error" if n % 300 == 0 else "success") for n in range(0, 7200, 30)]
    oldest = [request(70 * day + n * 3600) for n in range(48)]
    done(await record_requests(store, SALES_OWNER, product, [*old, *oldest, request()]))
    before = await totals(store, product)
    while await roll_up(store):
        pass
    assert await totals(store, product) == before == (289, 24)
    rows = await cypher("MATCH (b:RequestBucket) RETURN b.size AS size, sum(b.total) AS total ORDER BY size")
    assert rows == [{"size": "DAY", "total": 48}, {"size": "HOUR", "total": 240}, {"size": "MINUTE", "total": 1}]
    late = [request(3 * day + 45)]
    done(await record_requests(store, SALES_OWNER, product, late))
    await roll_up(store)
    assert await totals(store, product) == (290, 24)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("x", "A record is an object with time and duration."),
        ({"time": "2026-11-28 10:00", "duration": 1}, "`time` needs a time zone, e.g. 2026-11-22T09:00:00Z."),
        ({"time": 5, "duration": 1}, "`time` is ISO 8601 with a time zone, e.g. 2026-11-22T09:00:00Z."),
        (request(-3600), "`time` lies at most 400 days back and five minutes ahead."),
        (request(duration=-1), "`duration` is from 0 to 86400."),
        (request(duration=float("nan")), "`duration` is a number."),
        (request(duration=True), "`duration` is a number."),
        (request(size=-1), "`size` is from 0 to 1e+15."),
        (request(latency=1), "Unknown key 'latency'; a record has duration, error, size, status, time."),
    ],
)
def test_a_record_that_is_wrong_is_refused_with_its_place(record: Any, message: str) -> None:
    with pytest.raises(UserFaults) as raised:
        parse([request(), record], NOW)
    assert [(fault.field, fault.message) for fault in raised.value.faults] == [(("records", "1"), message)]


def test_a_batch_has_a_bound() -> None:
    with pytest.raises(UserFault, match="at most 10000 records"):
        parse([request()] * 10_001, NOW)


async def test_a_refused_batch_leaves_no_trace(store: Store) -> None:
    product = await product_id(store)
    before = await checksum(store)
    assert faults(await record_requests(store, OTHER_OWNER, product, [request()])) == [("FORBIDDEN", ())]
    assert faults(await record_requests(store, ANONYMOUS, product, [request()])) == [("UNAUTHENTICATED", ())]
    assert faults(await record_requests(store, SALES_OWNER, "prd_0", [request()])) == [("NOT_FOUND", ("productId",))]
    assert faults(await record_requests(store, SALES_OWNER, product, [request(), {}])) == [
        ("INVALID_INPUT", ("records", "1"))
    ]
    assert await checksum(store) == before
