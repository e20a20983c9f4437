"""Runs queued provisioning jobs, resource by resource.

The outcome of each resource is recorded before the next one is tried, and applying a resource again changes nothing if
it is as planned. If the server of a job stops, another server runs the job from the start after the lease has ended.
The jobs of one domain run one after another, because its products share a bucket.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, LiteralString, NamedTuple

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.infrastructure.jobs import JOB, InfrastructureJob, from_text
from resolvers.infrastructure.provisioner import ApplyError, Provisioner
from resolvers.infrastructure.records import ResourceState
from resolvers.infrastructure.resources import PlannedResource
from resolvers.model import clock
from resolvers.model.access import Action
from resolvers.mutations.data_contract_activate import SYSTEM
from resolvers.mutations.locked_product import see_product
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import Change, LockedState, Outcome, Write

SECONDS = 90.0  # that one resource may take
LEASE = timedelta(seconds=SECONDS + 60)

_DUE: LiteralString = """(j.state = 'QUEUED' OR (j.state = 'RUNNING' AND j.leaseUntil < $now)) AND NOT EXISTS {
  MATCH (o:InfrastructureJob {domain: j.domain, state: 'RUNNING'}) WHERE o.id <> j.id AND o.leaseUntil >= $now }"""
CLAIM: LiteralString = f"""
MATCH (j:InfrastructureJob) WHERE {_DUE}
WITH j ORDER BY j.requestedAt, j.id LIMIT 1
MATCH (d:Domain {{name: j.domain}}) SET d._lock = true REMOVE d._lock
SET j._lock = true REMOVE j._lock
WITH j WHERE {_DUE}
SET j.state = 'RUNNING', j.leaseUntil = $lease
RETURN [{JOB}, j.resourcesJson]
"""
RECORD: LiteralString = """
MATCH (j:InfrastructureJob {id: $job}) WHERE j.state = 'RUNNING' AND j.leaseUntil = $lease
SET j._lock = true REMOVE j._lock
WITH j WHERE j.leaseUntil = $lease
SET j.leaseUntil = $next
WITH j MATCH (p:DataProduct {id: j.productId})
MERGE (x:InfrastructureResource {productId: p.id, target: $row.target, kind: $row.kind, name: $row.name})
MERGE (p)-[:HAS_RESOURCE]->(x)
SET x.since = CASE WHEN x.state = $row.state AND x.digest = $row.digest THEN x.since ELSE $row.at END,
  x.state = $row.state, x.reason = $row.reason, x.digest = $row.digest, x.by = $row.by, x.at = $row.at
RETURN j.leaseUntil
"""
FINISH: LiteralString = f"""
MATCH (j:InfrastructureJob {{id: $job}}) WHERE j.state = 'RUNNING' AND j.leaseUntil = $lease
SET j.state = 'FINISHED', j.finishedAt = $now, j.applied = $applied, j.failed = $failed
REMOVE j.leaseUntil, j.resourcesJson
RETURN {JOB}
"""


class Tried(NamedTuple):
    """`changed`: the target was not as planned."""

    resource: PlannedResource
    state: ResourceState
    reason: str | None
    changed: bool = False


async def apply_next(store: Store, provisioner: Provisioner) -> bool:
    """Carries out the job that waits longest. False: none waits."""
    now = clock.now()
    lease = _later(now)

    async def claim(tx: Transaction) -> Any:
        return await tx.run(CLAIM, now=now, lease=lease)

    claimed = await store.write(claim)
    if claimed is None:
        return False
    job, resources = InfrastructureJob(*claimed[0]), from_text(claimed[1])
    tried: list[Tried] = []
    for resource in resources:
        tried.append(await attempt(provisioner, resource, tried))
        held = await store.write(lambda tx, lease=lease: _record(tx, job, tried[-1], lease))
        if held is None:
            return True  # another server has taken it over
        lease = held
    await _finish(store, job, tried, lease)
    return True


def _later(now: str) -> str:
    return clock.to_text(clock.from_text(now) + LEASE)


async def attempt(provisioner: Provisioner, resource: PlannedResource, earlier: Sequence[Tried]) -> Tried:
    missing = [one.resource for one in earlier if (one.resource.kind, one.resource.name) == resource.within]
    failed = any(one.state is ResourceState.FAILED and one.resource in missing for one in earlier)
    if failed and resource.within:
        return Tried(resource, ResourceState.FAILED, f"{' '.join(resource.within)} could not be applied.")
    try:
        async with asyncio.timeout(SECONDS):
            changed = await provisioner.apply(resource)
    except ApplyError as error:
        return Tried(resource, ResourceState.FAILED, error.message)
    except TimeoutError:
        return Tried(resource, ResourceState.FAILED, f"The target did not answer within {SECONDS:g} s.")
    return Tried(resource, ResourceState.APPLIED, None, changed)


async def _record(tx: Transaction, job: InfrastructureJob, tried: Tried, lease: str) -> str | None:
    """The lease from now on; None when it is another server's."""
    now = clock.now()
    resource = tried.resource
    row = {
        "target": resource.target,
        "kind": resource.kind,
        "name": resource.name,
        "state": tried.state.value,
        "reason": tried.reason,
        "digest": resource.digest,
        "by": job.requested_by,
        "at": now,
    }
    return await tx.run(RECORD, job=job.id, lease=lease, next=_later(now), row=row)


async def _finish(store: Store, job: InfrastructureJob, tried: Sequence[Tried], lease: str) -> Outcome:
    failed = [one for one in tried if one.state is ResourceState.FAILED]

    def plan() -> Write:
        async def look(tx: Transaction, products: Products) -> LockedState:
            return see_product(products, job.product_id)

        async def apply(tx: Transaction, product: Any, now: str) -> Change:
            counts = {"applied": len(tried) - len(failed), "failed": len(failed)}
            row = await tx.run(FINISH, job=job.id, lease=lease, now=now, **counts)
            about = ("DATA_PRODUCT", product.id, product.domain)
            if row is None:
                return Change(None, *about, changed=False)
            after = {
                "urn": product.urn,
                "infrastructureJob": job.id,
                "requestedBy": job.requested_by,
                **counts,
                "changed": [_named(one) for one in tried if one.changed],
                "failures": [{**_named(one), "reason": one.reason} for one in failed],
            }
            return Change(InfrastructureJob(*row), *about, None, after)

        locks = Locks((job.product_id,), products=(job.product_id,))
        return Write("infrastructureOutcomeRecord", Action.WRITE_PRODUCT, [job.id], locks, NOTHING, look, apply)

    return await write(store, SYSTEM, Action.WRITE_PRODUCT, plan)


def _named(tried: Tried) -> dict[str, str]:
    return {"target": tried.resource.target, "kind": tried.resource.kind, "name": tried.resource.name}
