"""dataContractWithdraw."""

from typing import Any

from resolvers.mutations.data_contract_withdraw import withdraw_contract
from schema.arguments import ContractId
from schema.context import Info
from schema.contract_payload import DataContractPayload
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.product_reference import to_contract_id


async def data_contract_withdraw(
    info: Info, id: ContractId, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> DataContractPayload | None:
    context, write_options = info.context, options(dry_run, idempotency_key)
    contract = await to_contract_id(info, id)
    answer: Any = await written(info, withdraw_contract(context.store, context.caller, contract, write_options))
    return answer
