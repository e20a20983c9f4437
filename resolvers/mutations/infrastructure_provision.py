"""Queues the provisioning of a product's infrastructure: its plan is recorded, a job applies what can be reached."""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple
from uuid import uuid4

from resolvers.contracts.domain_defaults import from_json
from resolvers.governance.governed_write import write
from resolvers.graph.projections import CONTRACT
from resolvers.graph.store import Store, Transaction
from resolvers.infrastructure.jobs import JOB, InfrastructureJob, JobState, to_text
from resolvers.infrastructure.plan import InfrastructurePlan, make_plan
from resolvers.infrastructure.provisioner import Provisioner
from resolvers.infrastructure.recording import plan_digest, record_plan
from resolvers.infrastructure.records import Resource, ResourceState
from resolvers.infrastructure.resources import PlannedResource, Target, resources_of
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.model.records import Contract, Product, ProductStatus
from resolvers.mutations.locked_product import see_product
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

AT = ("targets",)


class LockedPlan(NamedTuple):
    product: Product
    plan: InfrastructurePlan


async def provision(
    store: Store,
    caller: Caller,
    product_id: str,
    targets: Sequence[Target] | None,
    provisioner: Provisioner,
    options: WriteOptions = DEFAULTS,
) -> Outcome:
    """`thing` is the `InfrastructureJob`, `extra["resources"]` what it will apply. `targets` None: all that the plan
    needs and this server reaches.

    Faults: INVALID_INPUT (a target that is not reached or for which nothing is planned), INVALID_TRANSITION (a retired
    product), NOT_FOUND, FORBIDDEN.
    """
    return await write(
        store, caller, Action.WRITE_PRODUCT, lambda: plan(caller, product_id, targets, provisioner), options
    )


TERMS: LiteralString = f"""
MATCH (p:DataProduct {{id: $id}})
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
OPTIONAL MATCH (d:Domain {{id: p.domainId}})
RETURN [CASE WHEN c IS NULL THEN null ELSE {CONTRACT} END, d.defaultsJson]
"""
# A resource that is applied as it is planned stays so until the job looks at it; what an earlier plan had and this one
# has not is marked, and never deleted.
QUEUE: LiteralString = f"""
MATCH (p:DataProduct {{id: $job.productId}})
CREATE (p)-[:HAS_INFRASTRUCTURE_JOB]->(j:InfrastructureJob) SET j = $job
WITH p, j
CALL (p) {{
  UNWIND $resources AS row
  MERGE (x:InfrastructureResource {{productId: p.id, target: row.target, kind: row.kind, name: row.name}})
  MERGE (p)-[:HAS_RESOURCE]->(x)
  WITH x, row, NOT coalesce(x.state = 'APPLIED' AND x.digest = row.digest, false) AS changed
  FOREACH (_ IN CASE WHEN changed THEN [1] ELSE [] END | SET
    x.since = CASE WHEN x.state = 'PLANNED' THEN x.since ELSE $job.requestedAt END, x.state = 'PLANNED',
    x.reason = null, x.digest = row.digest, x.by = $job.requestedBy, x.at = $job.requestedAt)
  RETURN count(*) AS planned
}}
CALL (p) {{
  MATCH (p)-[:HAS_RESOURCE]->(x:InfrastructureResource)
  WHERE x.target IN $job.targets AND x.state <> 'OBSOLETE'
    AND none(row IN $resources WHERE row.target = x.target AND row.kind = x.kind AND row.name = x.name)
  SET x.state = 'OBSOLETE', x.reason = $obsolete, x.since = $job.requestedAt
  RETURN count(*) AS obsolete
}}
RETURN {JOB}
"""
OBSOLETE = "The present plan has it no longer. Nothing is deleted from here: a person removes it."


def plan(caller: Caller, product_id: str, targets: Sequence[Target] | None, provisioner: Provisioner) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        state = see_product(products, product_id, ("productId",))
        if state.faults:
            return state
        contract, defaults = await tx.run(TERMS, id=product_id)
        terms = Contract(*contract) if contract else None
        made = make_plan(state.state, terms, from_json(defaults or "{}").infrastructure)
        return state._replace(state=LockedPlan(state.state, made))

    async def apply(tx: Transaction, state: LockedPlan, now: str) -> Change:
        product = state.product
        if product.status == ProductStatus.RETIRED:
            message = f"'{product.name}' is retired and is not provisioned; dataProductRestore brings it back."
            raise UserFault(UserErrorCode.INVALID_TRANSITION, message, ("productId",))
        resources = chosen(resources_of(state.plan), targets, provisioner)
        await record_plan(tx, product_id, state.plan, caller.name, now)
        reached = sorted({one.target for one in resources})
        row: dict[str, Any] = {
            "id": f"inf_{uuid4().hex}",
            "productId": product_id,
            "domain": product.domain,
            "targets": reached,
            "state": JobState.QUEUED.value,
            "planDigest": plan_digest(state.plan),
            "requestedBy": caller.name,
            "requestedAt": now,
            "resourcesJson": to_text(resources),
        }
        rows = [{"target": x.target, "kind": x.kind, "name": x.name, "digest": x.digest} for x in resources]
        job = InfrastructureJob(*await tx.run(QUEUE, job=row, resources=rows, obsolete=OBSOLETE))
        planned = [
            Resource(one.target, one.kind, one.name, ResourceState.PLANNED, None, one.digest, caller.name, now, now)
            for one in resources
        ]
        after = {"infrastructureJob": job.id, "targets": reached, "infrastructurePlan": row["planDigest"]}
        about = ("DATA_PRODUCT", product.id, product.domain)
        return Change(job, *about, None, after, extra={"resources": planned})

    return Write(
        name="infrastructureProvision",
        action=Action.WRITE_PRODUCT,
        document=[product_id, list(targets) if targets is not None else None],
        locks=Locks((product_id,), products=(product_id,)),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


def chosen(
    resources: Sequence[PlannedResource], targets: Sequence[Target] | None, provisioner: Provisioner
) -> list[PlannedResource]:
    """Raises `UserFault` or `UserFaults` when nothing, or not all that was asked for, can be applied."""
    planned = list(dict.fromkeys(one.target for one in resources))
    reasons = {target: provisioner.unavailable(target) for target in Target}
    if targets is None:
        reached = {target for target in planned if reasons[Target(target)] is None}
        if not planned:
            message = "Nothing is planned that could be applied: the product has no access point."
            raise UserFault(UserErrorCode.INVALID_INPUT, message, AT)
        if not reached:
            message = " ".join(str(reasons[Target(target)]) for target in planned)
            raise UserFault(UserErrorCode.INVALID_INPUT, message, AT)
        return [one for one in resources if one.target in reached]
    faults = [
        UserFault(UserErrorCode.INVALID_INPUT, reason, (*AT, str(at)))
        for at, target in enumerate(targets)
        if (reason := reasons[target] or (None if target in planned else f"Nothing is planned for {target}."))
    ]
    if not targets:
        faults.append(UserFault(UserErrorCode.INVALID_INPUT, "Name a target, or leave `targets` out.", AT))
    if faults:
        raise UserFaults(faults)
    return [one for one in resources if one.target in targets]
