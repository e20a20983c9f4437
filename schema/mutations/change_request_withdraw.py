"""changeRequestWithdraw."""

from typing import Any

import strawberry

from resolvers.mutations.change_request_withdraw import withdraw_change_request
from schema.context import Info
from schema.contract_payload import ChangeRequestPayload
from schema.payloads import DryRun, IdempotencyKey, options, written


async def change_request_withdraw(
    info: Info, id: strawberry.ID, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> ChangeRequestPayload | None:
    context, write_options = info.context, options(dry_run, idempotency_key)
    answer: Any = await written(info, withdraw_change_request(context.store, context.caller, id, write_options))
    return answer
