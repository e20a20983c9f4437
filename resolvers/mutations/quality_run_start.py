"""Starts and cancels quality runs, and records their results."""

from collections.abc import Mapping
from typing import Any, LiteralString
from uuid import uuid4

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.json_fields import access_points
from resolvers.model.records import Product
from resolvers.mutations.data_contract_activate import SYSTEM
from resolvers.mutations.locked_product import see_product
from resolvers.quality.records import RUN, QualityRun, RunState
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

CREATE: LiteralString = f"""
MATCH (p:DataProduct {{id: $run.productId}})
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
CREATE (p)-[:HAS_QUALITY_RUN]->(r:QualityRun)
SET r = $run, r.contractVersion = c.version
RETURN {RUN}
"""


async def start_run(
    store: Store, caller: Caller, product_id: str, access_point: str, options: WriteOptions = DEFAULTS
) -> Outcome:
    """Queues a run over the access point of that name. `thing` is the `QualityRun`.

    Faults: NOT_FOUND, FORBIDDEN, INVALID_INPUT for a product without a contract.
    """

    def plan() -> Write:
        async def look(tx: Transaction, products: Products) -> LockedState:
            return see_product(products, product_id, ("productId",))

        async def apply(tx: Transaction, product: Product, now: str) -> Change:
            names = [point.name for point in access_points(product.access_points_json)]
            if access_point not in names:
                message = f"'{product.name}' has no access point of that name; it has {', '.join(names) or 'none'}."
                raise UserFault(UserErrorCode.NOT_FOUND, message, ("accessPoint",))
            if product.contract_id is None:
                message = f"'{product.name}' has no contract in force to compare its data with."
                raise UserFault(UserErrorCode.INVALID_INPUT, message, ("productId",))
            row = {
                "id": f"qrn_{uuid4().hex}",
                "productId": product.id,
                "accessPoint": access_point,
                "state": RunState.QUEUED.value,
                "requestedBy": caller.name,
                "startedAt": now,
            }
            run = QualityRun(*await tx.run(CREATE, run=row))
            return Change(run, "DATA_PRODUCT", product.id, product.domain, None, {"qualityRun": row["id"]})

        locks = Locks((product_id,), products=(product_id,))
        document = [product_id, access_point]
        return Write("qualityRunStart", Action.WRITE_PRODUCT, document, locks, NOTHING, look, apply)

    return await write(store, caller, Action.WRITE_PRODUCT, plan, options)


PRODUCT_OF: LiteralString = "MATCH (r:QualityRun {id: $id}) RETURN r.productId"
CANCEL: LiteralString = f"""
MATCH (r:QualityRun {{id: $id}}) WHERE r.state IN ['QUEUED', 'RUNNING']
SET r.state = 'CANCELLED', r.finishedAt = $now REMOVE r.leaseUntil
RETURN {RUN}
"""


async def cancel_run(store: Store, caller: Caller, run_id: str, options: WriteOptions = DEFAULTS) -> Outcome:
    """`thing` is the `QualityRun`. Faults: NOT_FOUND, FORBIDDEN, INVALID_TRANSITION for a run that has ended."""
    product_id = await store.read_latest(PRODUCT_OF, id=run_id) or ""

    def plan() -> Write:
        async def look(tx: Transaction, products: Products) -> LockedState:
            if not product_id:
                return LockedState(
                    faults=(UserFault(UserErrorCode.NOT_FOUND, "There is no such quality run.", ("id",)),)
                )
            return see_product(products, product_id)

        async def apply(tx: Transaction, product: Product, now: str) -> Change:
            row = await tx.run(CANCEL, id=run_id, now=now)
            if row is None:
                raise UserFault(UserErrorCode.INVALID_TRANSITION, "The quality run has ended.", ("id",))
            run = QualityRun(*row)
            return Change(run, "DATA_PRODUCT", product.id, product.domain, None, {"qualityRun": run_id})

        locks = Locks((product_id,), products=(product_id,))
        return Write("qualityRunCancel", Action.WRITE_PRODUCT, [run_id], locks, NOTHING, look, apply)

    return await write(store, caller, Action.WRITE_PRODUCT, plan, options)


FINISH: LiteralString = f"""
MATCH (r:QualityRun {{id: $id}}) WHERE r.state = 'RUNNING' AND r.leaseUntil = $lease
OPTIONAL MATCH (:DataProduct {{id: r.productId}})-[:HAS_QUALITY_RUN]->(o:QualityRun {{state: 'FINISHED'}})
WITH r, o ORDER BY o.finishedAt DESC LIMIT 1
WITH r, o.passed AS before
SET r += $values, r.finishedAt = $now REMOVE r.leaseUntil
RETURN [{RUN}, before]
"""


async def finish_run(store: Store, product_id: str, run_id: str, lease: str, values: Mapping[str, Any]) -> Outcome:
    """Keeps what a run found, unless it was cancelled or taken over. One audit event when the verdict changes."""

    def plan() -> Write:
        async def look(tx: Transaction, products: Products) -> LockedState:
            return see_product(products, product_id)

        async def apply(tx: Transaction, product: Product, now: str) -> Change:
            updated = await tx.run(FINISH, id=run_id, lease=lease, values=dict(values), now=now)
            if updated is None:
                return Change(None, "DATA_PRODUCT", product.id, product.domain, changed=False)
            run, before = QualityRun(*updated[0]), updated[1]
            news = run.passed is not None and run.passed != (True if before is None else before)
            after = {"urn": product.urn, "qualityRun": run.id, "passed": run.passed, "overall": run.overall}
            return Change(run, "DATA_PRODUCT", product.id, product.domain, {"passed": before}, after, changed=news)

        locks = Locks((product_id,), products=(product_id,))
        return Write("qualityVerdictRecord", Action.WRITE_PRODUCT, [run_id], locks, NOTHING, look, apply)

    return await write(store, SYSTEM, Action.WRITE_PRODUCT, plan)
