"""What a change would break, before anybody makes it. The source is a `resolvers.contracts.what_if.WhatIf`."""

from typing import Any

import strawberry

from resolvers.contracts.what_if import WhatIf, if_dropped, if_field_changed, if_published
from resolvers.graph.store import Store
from resolvers.model.errors import UserErrorCode, UserFault
from schema.contract_diff import AffectedConsumer, ContractDiff
from schema.contract_input import DataContractInput
from schema.input_conversion import mapping
from schema.references import DataProductReference


@strawberry.input(one_of=True, description="The change to think through.")
class ImpactChangeInput:
    drop_product: bool | None = strawberry.field(default=strawberry.UNSET, description="True: the product is gone.")
    field: str | None = strawberry.field(
        default=strawberry.UNSET, description="This field of the contract, by its path, is changed or gone."
    )
    contract: DataContractInput | None = strawberry.field(
        default=strawberry.UNSET, description="This contract is published."
    )


@strawberry.type(description="What a change would break, and who would be asked.")
class ImpactReport:
    product: DataProductReference = strawberry.field(description="The product that would change.")
    breaking: bool = strawberry.field(description="Whether it would break readers, present or future ones.")
    affected: list[AffectedConsumer] = strawberry.field(
        name="affectedConsumers", description="The direct consumers that it would break, by urn."
    )
    domains: list[str] = strawberry.field(description="Their domains, each of which would be asked.")
    diff: ContractDiff | None = strawberry.field(description="With `contract`: everything that it changes.")


async def what_if(store: Store, product_id: str, change: ImpactChangeInput) -> WhatIf:
    given: dict[str, Any] = mapping(change)
    if "field" in given:
        return await if_field_changed(store, product_id, given["field"])
    if "contract" in given:
        return await if_published(store, product_id, given["contract"])
    if given.get("drop_product"):
        return await if_dropped(store, product_id)
    raise UserFault(UserErrorCode.INVALID_INPUT, "Give `dropProduct: true`, a field or a contract.", ("change",))
