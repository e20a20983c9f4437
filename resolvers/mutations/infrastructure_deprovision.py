"""Releases what was provisioned for a product. Nothing is deleted: the answer lists what a person must delete."""

import shlex
from typing import Any, LiteralString, NamedTuple

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.infrastructure.resources import HOLDING_DATA, SHARED, StorageKind, Target
from resolvers.model.access import Action, Caller
from resolvers.model.records import Product
from resolvers.mutations.locked_product import see_product
from resolvers.writes.idempotency import replayable
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions


@replayable
class Leftover(NamedTuple):
    """What is there still. `command` None: there is nothing to run, for the `reason`. `shared_by` counts other products
    that use it."""

    target: str
    kind: str
    name: str
    holds_data: bool
    shared_by: int
    command: str | None
    reason: str | None


class LockedLeftovers(NamedTuple):
    product: Product
    leftovers: list[Leftover]


async def deprovision(store: Store, caller: Caller, product_id: str, options: WriteOptions = DEFAULTS) -> Outcome:
    """`thing` is the `Product`; `extra["leftovers"]` is the list. Its resources are RELEASED and provisioned no more,
    until `infrastructureProvision` takes them up again. Faults: NOT_FOUND, FORBIDDEN."""
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(caller, product_id), options)


# What was planned alone is not there, unless a job is just about to apply it.
THERE: LiteralString = """
MATCH (p:DataProduct {id: $id})-[:HAS_RESOURCE]->(x:InfrastructureResource)
WHERE x.state <> 'PLANNED' OR EXISTS { MATCH (p)-[:HAS_INFRASTRUCTURE_JOB]->(:InfrastructureJob {state: 'RUNNING'}) }
WITH x ORDER BY x.target, x.kind, x.name
RETURN collect([x.target, x.kind, x.name, COUNT {
  MATCH (o:InfrastructureResource {target: x.target, kind: x.kind, name: x.name})
  WHERE o.productId <> $id AND o.state IN ['APPLIED', 'PLANNED', 'FAILED'] }])
"""
RELEASE: LiteralString = """
MATCH (p:DataProduct {id: $id})
CALL (p) {
  MATCH (p)-[:HAS_RESOURCE]->(x:InfrastructureResource) WHERE x.state <> 'RELEASED'
  SET x.state = 'RELEASED', x.reason = null, x.by = $by, x.at = $at, x.since = $at
  RETURN count(*) AS released
}
CALL (p) {
  MATCH (p)-[:HAS_INFRASTRUCTURE_JOB]->(j:InfrastructureJob) WHERE j.state <> 'FINISHED'
  SET j.state = 'FINISHED', j.finishedAt = $at REMOVE j.leaseUntil, j.resourcesJson
  RETURN count(*) AS ended
}
RETURN released
"""


def plan(caller: Caller, product_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        state = see_product(products, product_id, ("productId",))
        if state.faults:
            return state
        rows = await tx.run(THERE, id=product_id) or []
        return state._replace(state=LockedLeftovers(state.state, leftovers(state.state, rows)))

    async def apply(tx: Transaction, state: LockedLeftovers, now: str) -> Change:
        product = state.product
        released = await tx.run(RELEASE, id=product.id, by=caller.name, at=now)
        listed = [f"{one.target} {one.kind} {one.name}" for one in state.leftovers]
        about = ("DATA_PRODUCT", product.id, product.domain)
        extra = {"leftovers": state.leftovers}
        return Change(product, *about, None, {"leftovers": listed}, extra=extra, changed=bool(released))

    return Write(
        name="infrastructureDeprovision",
        action=Action.WRITE_PRODUCT,
        document=[product_id],
        locks=Locks((product_id,), products=(product_id,)),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


def leftovers(product: Product, rows: list[list[Any]]) -> list[Leftover]:
    """The prefix of the product in its bucket comes first: it is the data."""
    remaining: list[Leftover] = []
    for target, kind, name, others in rows:
        shared = others if kind in SHARED else 0
        holds = kind in HOLDING_DATA
        if target == Target.S3 and kind == StorageKind.BUCKET:
            place = f"s3://{name}/{product.name}/"
            command = f"aws s3 rm --recursive {shlex.quote(place)}"
            versions = "Older versions stay until they expire, or are deleted by their ids."
            remaining.insert(0, Leftover(target, "OBJECTS", place, True, 0, command, versions))
        command, reason = _removal(target, kind, name, shared)
        remaining.append(Leftover(target, kind, name, holds, shared, command, reason))
    return remaining


def _removal(target: str, kind: str, name: str, shared: int) -> tuple[str | None, str | None]:
    if shared:
        return None, f"{shared} other {'product uses' if shared == 1 else 'products use'} it."
    if target == Target.KUBERNETES:
        namespace, _, own = name.rpartition("/")
        where = f" --namespace {shlex.quote(namespace)}" if namespace else ""
        return f"kubectl delete {shlex.quote(kind.lower())} {shlex.quote(own)}{where}", None
    if kind == StorageKind.BUCKET:
        return f"aws s3 rb {shlex.quote('s3://' + name)}", "A bucket that is not empty is refused by S3."
    if kind in (StorageKind.EXPIRATION, StorageKind.TRANSITIONS):
        return None, "The product's lifecycle rule goes on to delete expired objects; remove it with the data."
    return None, "It ends with the bucket."
