"""The change request of a mutation, read under its lock, and the actions that its status allows."""

from resolvers.contracts.change_requests import OPEN, ChangeRequest, Status, document, request_in, status_at
from resolvers.graph.store import Transaction
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.writes.pipeline import Change, LockedState
from resolvers.writes.validation import Path

WHY = {
    Status.REJECTED: "a consumer domain rejected it",
    Status.WITHDRAWN: "it was withdrawn",
    Status.PUBLISHED: "its contract is published",
    Status.EXPIRED: "its deadline has passed",
    Status.OUTDATED: "another contract has come into force since it was opened",
}


async def see_request(tx: Transaction, identifier: str, domain: str | None, at: Path = ("id",)) -> LockedState:
    """`state` is the request; writing it takes rights in `domain`, or in the product's own when that is None."""
    request = await request_in(tx, identifier)
    if request is None:
        fault = UserFault(UserErrorCode.NOT_FOUND, f"There is no change request '{identifier[:200]}'.", at)
        return LockedState(faults=(fault,))
    return LockedState(request, (domain or request.domain,))


def check_open(request: ChangeRequest, now: str) -> Status:
    """Its status, PENDING or APPROVED. Raises `UserFault` INVALID_TRANSITION for one that is closed."""
    status = status_at(request, now)
    if status not in OPEN:
        message = f"This change request is closed: {WHY[status]}. Publish again to open a new one."
        raise UserFault(UserErrorCode.INVALID_TRANSITION, message, ("id",))
    return status


def changed(before: ChangeRequest, after: ChangeRequest | None) -> Change:
    """The change as the pipeline wants it; `after` is what the write returned of the locked, existing request."""
    if after is None:
        raise LookupError(f"change request {before.id} vanished under its lock")
    return Change(after, "CHANGE_REQUEST", after.id, after.domain, document(before), document(after))
