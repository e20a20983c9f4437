"""Old minute buckets become hours, old hours become days; the sums stay the same."""

from datetime import timedelta
from typing import Any, LiteralString

from resolvers.graph.store import Store, Transaction
from resolvers.metrics.sketch import merged
from resolvers.model import clock

# size -> (the next size, how old a bucket is then, how much of `start` names it)
STEPS = {"MINUTE": ("HOUR", timedelta(days=2), 13), "HOUR": ("DAY", timedelta(days=60), 10)}
BATCHES = timedelta(days=7)
ENDS = {"HOUR": ":00:00.000000Z", "DAY": "T00:00:00.000000Z"}

DUE: LiteralString = """
MATCH (b:RequestBucket {size: $size}) WHERE b.start < $before
WITH b ORDER BY b.start, b.productId LIMIT 2000
RETURN collect(DISTINCT [b.productId, left(b.start, $width)])
"""
LOCK: LiteralString = "MATCH (m:ProductMetrics {productId: $id}) SET m._lock = true REMOVE m._lock RETURN m.productId"
PARTS: LiteralString = """
MATCH (b:RequestBucket {productId: $id}) WHERE b.start STARTS WITH $prefix AND b.size IN $sizes
RETURN collect([b.key, b.total, b.errors, b.bytes, b.sketch])
"""
REPLACE: LiteralString = """
CALL () { UNWIND $keys AS key MATCH (b:RequestBucket {key: key}) DELETE b RETURN count(*) AS gone }
CREATE (b:RequestBucket) SET b = $bucket
RETURN gone
"""
FORGET: LiteralString = """
CALL () { MATCH (b:RequestBatch) WHERE b.at < $before WITH b LIMIT 5000 DELETE b RETURN count(*) AS gone }
RETURN gone
"""


async def roll_up(store: Store) -> int:
    """Merges what is old and forgets batch keys of more than a week. Returns how many buckets it made."""
    now = clock.from_text(clock.now())
    made = 0
    for size, (larger, age, width) in STEPS.items():
        due = await store.read(DUE, size=size, before=clock.to_text(now - age), width=width) or []
        for product_id, prefix in due:
            made += await _merge(store, product_id, prefix, size, larger)
    before = clock.to_text(now - BATCHES)

    async def forget(tx: Transaction) -> None:
        await tx.run(FORGET, before=before)

    await store.write(forget)
    return made


async def _merge(store: Store, product_id: str, prefix: str, size: str, larger: str) -> int:
    async def merge(tx: Transaction) -> int:
        if await tx.run(LOCK, id=product_id) is None:
            return 0
        parts: list[Any] = await tx.run(PARTS, id=product_id, prefix=prefix, sizes=[size, larger])
        if not parts:
            return 0
        start = prefix + ENDS[larger]
        bucket = {
            "key": bucket_key(product_id, larger, start),
            "productId": product_id,
            "size": larger,
            "start": start,
            "total": sum(part[1] for part in parts),
            "errors": sum(part[2] for part in parts),
            "bytes": sum(part[3] for part in parts),
            "sketch": merged(part[4] for part in parts).to_bytes(),
        }
        await tx.run(REPLACE, keys=[part[0] for part in parts], bucket=bucket)
        return 1

    return await store.write(merge)


def bucket_key(product_id: str, size: str, start: str) -> str:
    return f"{product_id}|{size}|{start}"
