"""Shared by approving and rejecting: the decision of one consumer domain, while it is pending."""

from resolvers.contracts import change_requests
from resolvers.contracts.change_requests import Approval, ChangeRequest, Decision
from resolvers.graph.store import Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.mutations.locked_change_request import changed, check_open, see_request
from resolvers.writes import validation
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import Change, LockedState, Write

MAX_NOTE = 2_000


def plan(name: str, caller: Caller, identifier: str, domain: str, decision: Decision, note: str | None) -> Write:
    faults = validation.Faults()
    cleaned = None if note is None else validation.text(faults, note, ("note",), MAX_NOTE, 0)
    faults.raise_any()

    async def look(tx: Transaction, products: Products) -> LockedState:
        return await see_request(tx, identifier, domain)

    async def apply(tx: Transaction, request: ChangeRequest, now: str) -> Change:
        check_open(request, now)
        check_pending(request, domain, decision)
        after = await change_requests.decide(tx, request.id, domain, decision, caller.name, cleaned, now)
        return changed(request, after)

    document = [identifier, domain, decision, note]
    return Write(name, Action.APPROVE_CHANGE, document, Locks((identifier,)), NOTHING, look, apply)


def check_pending(request: ChangeRequest, domain: str, decision: Decision) -> Approval:
    """A domain may still turn an approval into a rejection, but says the same thing only once."""
    requested = {approval.domain: approval for approval in request.approvals}
    if domain not in requested:
        message = f"Domain '{domain[:200]}' is not asked; these are: {', '.join(requested)}."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("domain",))
    if requested[domain].decision == decision:
        message = f"Domain '{domain}' has {decision.value} this change request already."
        raise UserFault(UserErrorCode.INVALID_TRANSITION, message, ("domain",))
    return requested[domain]
