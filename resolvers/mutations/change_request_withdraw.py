"""Takes back a change request that is not published."""

from resolvers.contracts import change_requests
from resolvers.contracts.change_requests import ChangeRequest, Status
from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.mutations.locked_change_request import changed, check_open, see_request
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, Outcome, Seen, Write, WriteOptions


async def withdraw_change_request(
    store: Store, caller: Caller, identifier: str, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `ChangeRequest`. Faults: NOT_FOUND, FORBIDDEN (the product's domain may), INVALID_TRANSITION."""
    return await write(store, caller, Action.PUBLISH_CONTRACT, lambda: plan(identifier), options)


def plan(identifier: str) -> Write:
    async def look(tx: Transaction, products: Products) -> Seen:
        return await see_request(tx, identifier, None)

    async def apply(tx: Transaction, request: ChangeRequest, now: str) -> Change:
        check_open(request, now)
        return changed(request, await change_requests.close(tx, request.id, Status.WITHDRAWN, now))

    action = Action.PUBLISH_CONTRACT
    return Write("changeRequestWithdraw", action, [identifier], Locks((identifier,)), NOTHING, look, apply)
