"""dataContractWithdraw."""

from typing import Any

import strawberry

from resolvers.mutations.data_contract_withdraw import withdraw_contract
from schema.context import Info
from schema.contract_payload import DataContractPayload
from schema.payloads import DryRun, IdempotencyKey, options, written


async def data_contract_withdraw(
    info: Info, id: strawberry.ID, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> DataContractPayload:
    context, write_options = info.context, options(dry_run, idempotency_key)
    answer: Any = await written(info, withdraw_contract(context.store, context.caller, id, write_options))
    return answer
