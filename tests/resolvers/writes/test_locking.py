"""Locks: writers that meet on the same products wait for each other, hardly ever deadlock, and keep the graph true."""

import asyncio
import random
from itertools import permutations

from resolvers.graph.store import Rollback
from resolvers.model.ids import Prefix, new_id
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.dependency_retire import retire_dependency
from resolvers.writes.locking import Locks, lock
from tests.writes import SALES_OWNER, a_domain, a_product, faults

WRITES = 120
TWICE = "MATCH (a:DataProduct)-[r:DEPENDS_ON]->(b:DataProduct) WITH a, b, count(r) AS n WHERE n > 1 RETURN count(*)"
LOCKED = "MATCH (n) WHERE n._lock IS NOT NULL RETURN count(n)"


async def test_writers_that_cross_hardly_ever_deadlock(store, caplog):
    await a_domain(store)
    products = [await a_product(store, name) for name in ("a", "b", "c", "d", "e")]
    ends = [(one.id, two.id) for one, two in permutations(products, 2)]
    chance = random.Random(7)

    async def one_write(number):
        consumer, provider = chance.choice(ends)
        kind = chance.random()
        if kind < 0.5:
            return await declare_dependency(store, SALES_OWNER, consumer, provider)
        if kind < 0.8:
            return await retire_dependency(store, SALES_OWNER, consumer, provider)
        return await update_product(store, SALES_OWNER, consumer, {"description": str(number)})

    gate = asyncio.Semaphore(16)

    async def gated(number):
        async with gate:
            return await one_write(number)

    outcomes = await asyncio.gather(*(gated(number) for number in range(WRITES)))
    codes = {code for outcome in outcomes for code, _ in faults(outcome)}
    assert codes <= {"NOT_FOUND"}  # a dependency retired twice
    # the driver tells each retry; one for a lock that a slow machine took too long to give is not a deadlock
    assert sum("Deadlock" in record.getMessage() for record in caplog.records) <= WRITES // 100
    assert await store.read(TWICE) == 0
    assert await store.read(LOCKED) == 0
    revisions = "MATCH (p:DataProduct) RETURN collect(p.revision = COUNT { MATCH (p)-[:HAS_REVISION]->() })"
    assert await store.read(revisions) == [True] * 5


async def test_a_lock_makes_the_next_reader_see_what_its_holder_wrote(store):
    """Two of these at once would both read 0 without the lock, or with a lock after the read."""
    await a_domain(store)
    product = await a_product(store)

    async def add_one():
        async def work(tx):
            await lock(tx, Locks((product.id,)))
            seen = await tx.run("MATCH (p:DataProduct {id: $id}) RETURN coalesce(p.counter, 0)", id=product.id)
            return await tx.run(
                "MATCH (p:DataProduct {id: $id}) SET p.counter = $n RETURN $n", id=product.id, n=seen + 1
            )

        return await store.write(work)

    assert sorted(await asyncio.gather(*(add_one() for _ in range(25)))) == list(range(1, 26))


async def test_a_new_key_is_made_once_and_forgotten_by_a_rollback(store):
    async def take(tx):
        raise Rollback((await lock(tx, Locks(), "key")).known)

    assert await store.write(take) is None
    assert await store.read("MATCH (k:IdempotencyKey) RETURN count(k)") == 0


async def test_unknown_ids_and_names_lock_nothing(store):
    async def take(tx):
        return await lock(tx, Locks((new_id(Prefix.PRODUCT), "prd_none", "nonsense", ""), ("nowhere",)))

    locked = await store.write(take)
    assert (locked.known, locked.products) == (None, {})
