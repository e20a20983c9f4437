"""Runs queued quality runs. Another server resumes a run when the lease of a stopped one ends."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.errors import StoreError
from resolvers.model.json_fields import AccessPoint, access_points, business_rules
from resolvers.mutations.quality_run_start import finish_run
from resolvers.quality.progress import Progress
from resolvers.quality.reader import Output, Reader, ReadError
from resolvers.quality.rules import References, reference_key, references_in
from resolvers.quality.run import measure
from resolvers.quality.scores import QualityResult

SECONDS = 600.0
LEASE = timedelta(seconds=120)  # renewed while the run goes on
TELL_SECONDS = 1.0
log = logging.getLogger("meshweave.quality")

CLAIM: LiteralString = """
MATCH (r:QualityRun)
WHERE r.state = 'QUEUED' OR (r.state = 'RUNNING' AND r.leaseUntil < $now)
WITH r ORDER BY r.startedAt LIMIT 1
SET r._lock = true REMOVE r._lock
WITH r WHERE r.state = 'QUEUED' OR (r.state = 'RUNNING' AND r.leaseUntil < $now)
SET r.state = 'RUNNING', r.leaseUntil = $lease, r.progress = 0.0, r.stage = 'opening'
WITH r
MATCH (p:DataProduct {id: r.productId})
OPTIONAL MATCH (c:DataContract {productId: p.id, version: r.contractVersion})
OPTIONAL MATCH (d:Domain {name: p.domain})
WITH r, p, c, d LIMIT 1
RETURN [r.id, p.id, r.accessPoint, p.accessPointsJson, c.format, c.jsonSchemaJson, c.qualityJson, p.name,
  d.defaultsJson]
"""
TOLD: LiteralString = """
MATCH (r:QualityRun {id: $id}) WHERE r.state = 'RUNNING' AND r.leaseUntil = $lease
SET r.progress = $progress, r.stage = $stage, r.leaseUntil = $next
RETURN r.leaseUntil
"""
REFERENCED: LiteralString = """
UNWIND $arguments.urns AS urn
OPTIONAL MATCH (p:DataProduct {urn: urn})
OPTIONAL MATCH (c:DataContract {id: p.contractId})
RETURN collect([urn, p.accessPointsJson, c.format])
"""


async def execute_next(store: Store, reader: Reader) -> bool:
    """Carries out the run that waits longest. False: none waits."""
    now = clock.now()
    lease = lease_from(now)

    async def claim(tx: Transaction) -> Any:
        return await tx.run(CLAIM, now=now, lease=lease)

    claimed = await store.write(claim)
    if claimed is None:
        return False
    run_id, product_id = claimed[:2]
    progress = Progress()
    work = asyncio.create_task(results_of(store, reader, Claimed(*claimed), progress))
    try:
        while not work.done():
            await asyncio.wait([work], timeout=TELL_SECONDS)
            if not work.done():
                renewed = await tell(store, run_id, lease, progress)
                if renewed is None:
                    return True  # cancelled meanwhile
                lease = renewed
        await finish_run(store, product_id, run_id, lease, work.result())
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    return True


def lease_from(now: str) -> str:
    return clock.to_text(clock.from_text(now) + LEASE)


async def tell(store: Store, run_id: str, lease: str, progress: Progress) -> str | None:
    """Writes how far the run is, and returns its lease from now on; None when it was cancelled, or another server has
    it."""
    following = lease_from(clock.now())

    async def work(tx: Transaction) -> Any:
        return await tx.run(TOLD, id=run_id, lease=lease, next=following, progress=progress.share, stage=progress.name)

    return await store.write(work)


class Claimed(NamedTuple):
    """A run with what it needs of its product, contract and domain."""

    run_id: str
    product_id: str
    access_point: str
    access_points_json: str
    format: str | None
    schema_json: str | None
    quality_json: str | None
    product: str
    defaults_json: str | None


async def results_of(store: Store, reader: Reader, run: Claimed, progress: Progress) -> dict[str, Any]:
    point = next((one for one in access_points(run.access_points_json) if one.name == run.access_point), None)
    if point is None or run.schema_json is None:
        return {"state": "FAILED", "error": "The access point or the contract is no longer there."}
    try:
        quality = orjson.loads(run.quality_json or "[]")
        outputs, references = await referenced(store, quality)
        async with reader.open([output_of(point, run.format), *outputs], SECONDS) as session:
            result = await measure(
                session,
                orjson.loads(run.schema_json),
                quality,
                references=references,
                business_rules=business_rules(run.defaults_json or ""),
                product=run.product,
                progress=progress,
            )
    except ReadError as error:
        return {"state": "FAILED", "error": error.message}
    except StoreError:
        raise  # the database is away; the run is taken up again when its lease is over
    except Exception as error:  # a run that fails whenever it is tried must not be tried for ever
        log.exception("quality run %s failed", run.run_id)
        return {"state": "FAILED", "error": f"The run failed in a way that was not foreseen ({type(error).__name__})."}
    return values_of(result)


def output_of(point: AccessPoint, form: str | None) -> Output:
    options = tuple((key, str(value)) for key, value in (point.options or {}).items())
    return Output(point.uri, point.format or form, options)


async def referenced(store: Store, quality: list[Any]) -> tuple[list[Output], References]:
    """The outputs that the contract's rules refer to, and where each is among those that are opened."""
    requested = references_in(quality)
    if not requested:
        return [], References()
    rows = await store.read_latest(REFERENCED, arguments={"urns": list({one["product"] for one in requested})})
    products = {urn: (points, form) for urn, points, form in rows}
    outputs: list[Output] = []
    by_name: dict[str, int | str] = {}
    for reference in requested:
        output = referenced_output(reference, *products[reference["product"]])
        if isinstance(output, str):
            by_name[reference_key(reference)] = output
        else:
            outputs.append(output)
            by_name[reference_key(reference)] = len(outputs)
    return outputs, References(by_name)


def referenced_output(reference: Mapping[str, Any], points: str | None, form: str | None) -> Output | str:
    """The access point that the reference names, else the first that holds whole data; or why there is none."""
    urn, name = reference["product"], reference.get("accessPoint")
    if points is None:
        return f"there is no data product '{urn[:200]}'"
    points_by_name = access_points(points)
    whole = [one for one in points_by_name if one.kind in ("BATCH", "DATABASE")]
    point = next((one for one in points_by_name if one.name == name), None) if name else next(iter(whole), None)
    return f"'{urn[:200]}' has no such access point" if point is None else output_of(point, form)


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
        "progress": 1.0,
        "stage": None,
    }
