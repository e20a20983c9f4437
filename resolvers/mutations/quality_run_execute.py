"""Carries out queued quality runs. A run whose server stopped is taken up again when its lease is over."""

import asyncio
from datetime import timedelta
from typing import Any, LiteralString

import orjson

from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.json_fields import access_points
from resolvers.mutations.quality_run_start import finish_run
from resolvers.quality.reader import Output, Reader, ReadError
from resolvers.quality.run import QualityResult, measure

SECONDS = 600.0
LEASE = timedelta(seconds=SECONDS + 60)

CLAIM: LiteralString = """
MATCH (r:QualityRun)
WHERE r.state = 'QUEUED' OR (r.state = 'RUNNING' AND r.leaseUntil < $now)
WITH r ORDER BY r.startedAt LIMIT 1
SET r._lock = true REMOVE r._lock
WITH r WHERE r.state = 'QUEUED' OR (r.state = 'RUNNING' AND r.leaseUntil < $now)
SET r.state = 'RUNNING', r.leaseUntil = $lease
WITH r
MATCH (p:DataProduct {id: r.productId})
OPTIONAL MATCH (c:DataContract {productId: p.id, version: r.contractVersion})
WITH r, p, c LIMIT 1
RETURN [r.id, p.id, r.accessPoint, p.accessPointsJson, c.format, c.jsonSchemaJson, c.qualityJson]
"""
STATE: LiteralString = "MATCH (r:QualityRun {id: $id}) RETURN r.state"


async def execute_next(store: Store, reader: Reader) -> bool:
    """Carries out the run that waits longest. False: none waits."""
    now = clock.now()
    lease = clock.to_text(clock.from_text(now) + LEASE)

    async def claim(tx: Transaction) -> Any:
        return await tx.run(CLAIM, now=now, lease=lease)

    claimed = await store.write(claim)
    if claimed is None:
        return False
    run_id, product_id = claimed[:2]
    work = asyncio.create_task(found_by(reader, claimed))
    try:
        while not work.done():
            await asyncio.wait([work], timeout=2.0)
            if not work.done() and await store.read_latest(STATE, id=run_id) != "RUNNING":
                return True  # cancelled meanwhile
        await finish_run(store, product_id, run_id, lease, work.result())
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    return True


async def found_by(reader: Reader, claimed: Any) -> dict[str, Any]:
    _, _, name, points, form, schema, quality = claimed
    point = next((one for one in access_points(points) if one.name == name), None)
    if point is None or schema is None:
        return {"state": "FAILED", "error": "The access point or the contract is no longer there."}
    output = Output(point.uri, point.format or form)
    try:
        async with reader.open([output], SECONDS) as session:
            result = await measure(session, orjson.loads(schema), orjson.loads(quality))
    except ReadError as error:
        return {"state": "FAILED", "error": error.message}
    return values_of(result)


def values_of(result: QualityResult) -> dict[str, Any]:
    scores = {one.dimension: one.score for one in result.dimensions}
    return {
        "state": "FINISHED",
        "rows": result.rows,
        "overall": result.overall,
        "passed": result.passed,
        "newest": result.newest,
        "scoresJson": orjson.dumps(scores).decode(),
        "dimensionsJson": orjson.dumps([one._asdict() for one in result.dimensions]).decode(),
        "checksJson": orjson.dumps([one._asdict() for one in result.checks]).decode(),
        "sandbox": result.sandbox,
    }
