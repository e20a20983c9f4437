"""changeRequestApprove."""

from typing import Any

from resolvers.mutations.change_request_approve import approve_change_request
from schema.arguments import AnsweringDomain, ChangeRequestId, Note
from schema.context import Info
from schema.contract_payload import ChangeRequestPayload
from schema.payloads import DryRun, IdempotencyKey, options, written


async def change_request_approve(
    info: Info,
    id: ChangeRequestId,
    domain: AnsweringDomain,
    note: Note = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> ChangeRequestPayload | None:
    context, write_options = info.context, options(dry_run, idempotency_key)
    answer: Any = await written(
        info, approve_change_request(context.store, context.caller, id, domain, note, write_options)
    )
    return answer
