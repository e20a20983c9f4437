"""Records requests to a data product in time buckets. A batch that is sent several times is counted once.

Measurements do not change the catalog: no policy judges them, and a batch makes no audit event.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, LiteralString, NamedTuple

from resolvers.graph.store import Store, Transaction
from resolvers.metrics.requests import Bucket, RequestRecord, latest, parse, per_minute
from resolvers.metrics.rollup import bucket_key
from resolvers.metrics.sketch import Sketch
from resolvers.model import clock
from resolvers.model.access import Action, Caller
from resolvers.model.canonical_json import canonical
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.mutations.locked_product import find_product, no_product
from resolvers.writes import pipeline
from resolvers.writes.pipeline import Outcome

MAX_KEY = 200


class Recorded(NamedTuple):
    """`records` were counted by this batch; `replayed`: when it was sent before, and not again."""

    records: int
    replayed: bool


async def record_requests(
    store: Store, caller: Caller, product_id: str, records: Sequence[Any], batch_key: str | None = None
) -> Outcome:
    """`records` as `metrics.requests.parse_one` takes them. Without `batch_key` the content is the key.

    `thing` is `Recorded`; the batch is durable when this returns. Faults: INVALID_INPUT, NOT_FOUND, FORBIDDEN,
    UNAUTHENTICATED, IDEMPOTENCY_MISMATCH. Raises `StoreError`.
    """
    try:
        if caller.anonymous:
            pipeline.permit(caller, Action.WRITE_PRODUCT)
        parsed = parse(records, datetime.now(UTC))
        digest = sha256(canonical([product_id, list(records)]).encode()).hexdigest()
        if batch_key is not None and not 0 < len(batch_key) <= MAX_KEY:
            raise UserFault(UserErrorCode.INVALID_INPUT, f"A batch key has 1 to {MAX_KEY} characters.", ("batchKey",))
        key = sha256(f"{caller.name}\n{product_id}\n{batch_key or digest}".encode()).hexdigest()
        recorded = await store.write(lambda tx: _record(tx, caller, product_id, parsed, key, digest))
        return Outcome(recorded)
    except UserFault as fault:
        return Outcome(None, (fault,))
    except UserFaults as faults:
        return Outcome(None, faults.faults)


LOCK: LiteralString = """
MATCH (p:DataProduct {id: $id})
MERGE (m:ProductMetrics {productId: $id})
SET m._lock = true REMOVE m._lock
MERGE (p)-[:HAS_METRICS]->(m)
RETURN m.productId
"""
KNOWN: LiteralString = """
MATCH (m:ProductMetrics {productId: $id})
OPTIONAL MATCH (batch:RequestBatch {key: $key})
CALL () {
  UNWIND $buckets AS name MATCH (b:RequestBucket {key: name})
  RETURN collect([b.key, b.total, b.errors, b.bytes, b.sketch]) AS buckets
}
RETURN [batch.digest, batch.records, m.recent, buckets]
"""
SAVE: LiteralString = """
MATCH (m:ProductMetrics {productId: $id})
SET m.recent = $recent, m.updatedAt = $batch.at
CREATE (batch:RequestBatch) SET batch = $batch
WITH m
UNWIND $buckets AS bucket
MERGE (b:RequestBucket {key: bucket.key}) SET b = bucket
RETURN count(*)
"""


async def _record(
    tx: Transaction, caller: Caller, product_id: str, records: list[RequestRecord], key: str, digest: str
) -> Recorded:
    product = await find_product(tx, product_id)
    if product is None:
        raise no_product(product_id, ("productId",))
    pipeline.permit(caller, Action.WRITE_PRODUCT, product.domain)
    await tx.run(LOCK, id=product_id)
    buckets = per_minute(records)
    names = [bucket_key(product_id, bucket.size, bucket.start) for bucket in buckets]
    before, count, recent, stored = await tx.run(KNOWN, id=product_id, key=key, buckets=names)
    if before is not None:
        if before != digest:
            raise UserFault(
                UserErrorCode.IDEMPOTENCY_MISMATCH, "This batch key was used for other records.", ("batchKey",)
            )
        return Recorded(count, True)
    rows_by_bucket = {row[0]: row for row in stored}
    rows = [
        _row(product_id, name, bucket, rows_by_bucket.get(name)) for name, bucket in zip(names, buckets, strict=True)
    ]
    batch = {"key": key, "digest": digest, "records": len(records), "at": clock.now()}
    await tx.run(SAVE, id=product_id, recent=latest(recent or b"", records), batch=batch, buckets=rows)
    return Recorded(len(records), False)


def _row(product_id: str, name: str, bucket: Bucket, stored: Sequence[Any] | None) -> dict[str, Any]:
    _, total, errors, size, sketch = stored or (name, 0, 0, 0, None)
    if sketch is not None:
        bucket.sketch.merge(Sketch.from_bytes(sketch))
    return {
        "key": name,
        "productId": product_id,
        "size": bucket.size,
        "start": bucket.start,
        "total": bucket.total + total,
        "errors": bucket.errors + errors,
        "bytes": bucket.bytes + size,
        "sketch": bucket.sketch.to_bytes(),
    }
