"""Measures stored objects and bytes of provisioned products, each once a day. It makes no audit event."""

from datetime import timedelta
from typing import Any, LiteralString

from resolvers.graph.store import Store, Transaction
from resolvers.infrastructure.provisioner import ApplyError, Provisioner, StoredObjects
from resolvers.model import clock

EVERY = timedelta(days=1)
LEASE = timedelta(minutes=30)

# A claim ends by itself, so that a server that stopped meanwhile holds nothing up.
CLAIM: LiteralString = """
MATCH (x:InfrastructureResource {target: 'S3', kind: 'BUCKET'}) WHERE x.state = 'APPLIED'
MATCH (p:DataProduct {id: x.productId})
OPTIONAL MATCH (p)-[:HAS_STORAGE_USAGE]->(u:StorageUsage)
WITH x, p, u WHERE u IS NULL OR (coalesce(u.triedAt, '') < $before AND coalesce(u.claimedUntil, '') < $now)
WITH x, p ORDER BY p.id LIMIT 1
SET p._lock = true REMOVE p._lock
MERGE (n:StorageUsage {productId: p.id})
MERGE (p)-[:HAS_STORAGE_USAGE]->(n)
WITH x, p, n WHERE coalesce(n.claimedUntil, '') < $now
SET n.claimedUntil = $until
RETURN [p.id, x.name, p.name]
"""
WRITE: LiteralString = """
MATCH (n:StorageUsage {productId: $row.productId})
SET n += $row REMOVE n.claimedUntil
RETURN n.productId
"""


async def measure_next(store: Store, provisioner: Provisioner) -> bool:
    """Measures the next product that is due. False: none is."""
    if provisioner.unavailable("S3") is not None:
        return False
    now = clock.now()
    moment = clock.from_text(now)
    times = {"now": now, "before": clock.to_text(moment - EVERY), "until": clock.to_text(moment + LEASE)}

    async def claim(tx: Transaction) -> Any:
        return await tx.run(CLAIM, **times)

    claimed = await store.write(claim)
    if claimed is None:
        return False
    product_id, bucket, name = claimed
    try:
        stored = await provisioner.stored(bucket, f"{name}/")
    except ApplyError as error:
        stored = StoredObjects(None, None, error.message)
    row: dict[str, Any] = {
        "productId": product_id,
        "objects": stored.objects,
        "bytes": stored.bytes,
        "reason": stored.reason,
        "measuredAt": None if stored.objects is None else now,
        "triedAt": now,
    }

    async def keep(tx: Transaction) -> Any:
        return await tx.run(WRITE, row=row)

    await store.write(keep)
    return True
