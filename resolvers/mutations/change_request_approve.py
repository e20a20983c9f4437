"""Approves a breaking change for one consumer domain."""

from resolvers.contracts.change_requests import Decision
from resolvers.governance.governed_write import write
from resolvers.graph.store import Store
from resolvers.model.access import Action, Caller
from resolvers.mutations.change_request_decision import plan
from resolvers.writes.pipeline import DEFAULTS, Outcome, Write, WriteOptions


async def approve_change_request(
    store: Store,
    caller: Caller,
    identifier: str,
    domain: str,
    note: str | None = None,
    options: WriteOptions = DEFAULTS,
) -> Outcome:
    """`thing` is the `ChangeRequest`, to which `domain` agrees.

    Faults: NOT_FOUND, FORBIDDEN (it takes an owner of `domain`), INVALID_INPUT (the domain is not asked),
    INVALID_TRANSITION (closed, or decided so already).
    """

    def planned() -> Write:
        return plan("changeRequestApprove", caller, identifier, domain, Decision.APPROVED, note)

    return await write(store, caller, Action.APPROVE_CHANGE, planned, options)
