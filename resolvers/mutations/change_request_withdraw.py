"""Withdraws a change request that is not published, or whose contract still waits for its date."""

from typing import LiteralString

from resolvers.contracts import change_requests
from resolvers.contracts.change_requests import ChangeRequest, Status
from resolvers.contracts.publish import withdraw_scheduled
from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.mutations.locked_change_request import changed, check_open, see_request
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions


async def withdraw_change_request(
    store: Store, caller: Caller, identifier: str, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `ChangeRequest`. Faults: NOT_FOUND, FORBIDDEN (the product's domain may), INVALID_TRANSITION."""
    product_id = await store.read(PRODUCT_OF, id=identifier) or ""
    return await write(store, caller, Action.PUBLISH_CONTRACT, lambda: plan(identifier, product_id), options)


PRODUCT_OF: LiteralString = "MATCH (q:ChangeRequest {id: $id}) RETURN q.productId"
IS_WAITING: LiteralString = "MATCH (c:DataContract {id: $id}) WHERE c.dueAt IS NOT NULL RETURN c.id"


def plan(identifier: str, product_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        return await see_request(tx, identifier, None)

    async def apply(tx: Transaction, request: ChangeRequest, now: str) -> Change:
        waiting = request.contract_id and await tx.run(IS_WAITING, id=request.contract_id)
        if request.status == Status.PUBLISHED and waiting:
            await withdraw_scheduled(tx, product_id)
        else:
            check_open(request, now)
        return changed(request, await change_requests.close(tx, request.id, Status.WITHDRAWN, now))

    action = Action.PUBLISH_CONTRACT
    return Write("changeRequestWithdraw", action, [identifier], Locks((identifier, product_id)), NOTHING, look, apply)
