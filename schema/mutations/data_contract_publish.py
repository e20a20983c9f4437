"""dataContractPublish."""

from typing import Annotated, Any

import strawberry

from resolvers.mutations import inputs
from resolvers.mutations.data_contract_publish import publish_contract
from schema.arguments import ProductId
from schema.context import Info
from schema.contract_input import DataContractInput
from schema.contract_payload import DataContractPayload
from schema.input_conversion import mapping
from schema.payloads import DryRun, ExpectedRevision, IdempotencyKey, options, written
from schema.product_reference import to_product_id
from schema.scalars import DateTime


@strawberry.input(description="A change request to the domains whose products a contract breaks.")
class ChangeRequestInput:
    reason: str = strawberry.field(description="Why the change is wanted; its consumers read this.")
    deadline: DateTime | None = strawberry.field(
        default=None, description="Time until which the domains can approve; default is in 14 days."
    )
    effective_from: DateTime | None = strawberry.field(
        default=None, description="Time at which the contract takes effect; both versions are served until then."
    )


OpenChangeRequest = Annotated[
    ChangeRequestInput | None,
    strawberry.argument(description="Opens a change request if the contract breaks consumers, instead of refusing it."),
]


async def data_contract_publish(
    info: Info,
    product_id: ProductId,
    contract: DataContractInput,
    open_change_request: OpenChangeRequest = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DataContractPayload | None:
    product = await to_product_id(info, product_id)
    context, write_options = info.context, options(dry_run, idempotency_key, expected_revision)
    change_request = open_change_request and inputs.ChangeRequestInput(**mapping(open_change_request))
    publishing = publish_contract(
        context.store, context.caller, product, mapping(contract), write_options, change_request
    )
    answer: Any = await written(info, publishing)
    return answer
