"""Impact of a planned change. The source is a `resolvers.contracts.what_if.WhatIf`."""

from typing import Any

import strawberry

from resolvers.contracts.what_if import WhatIf, if_dropped, if_field_changed, if_published
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.shared_read import SharedRead
from schema.contract_diff import AffectedConsumer, ContractDiff
from schema.contract_input import DataContractInput
from schema.references import DataProductReference


@strawberry.input(one_of=True, description="The change to evaluate.")
class ImpactChangeInput:
    drop_product: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True if the product is removed."
    )
    field: str | None = strawberry.field(
        default=strawberry.UNSET, description="Path of a contract field that is changed or removed."
    )
    contract: DataContractInput | None = strawberry.field(
        default=strawberry.UNSET, description="Contract that is published."
    )


@strawberry.type(description="Consumers that a change would break, and the domains that would have to approve.")
class ImpactReport:
    product: DataProductReference = strawberry.field(description="The product that would change.")
    breaking: bool = strawberry.field(description="True if it would break consumers, present or future ones.")
    affected: list[AffectedConsumer] = strawberry.field(
        name="affectedConsumers", description="Direct consumers that it would break, ordered by urn."
    )
    domains: list[str] = strawberry.field(description="Names of their domains, each of which would have to approve.")
    diff: ContractDiff | None = strawberry.field(description="All differences, if `contract` was given.")


def one_what_if(scope: RequestScope, product_id: str, _key: str, payload: dict[str, Any]) -> SharedRead[WhatIf]:
    """Read once, however often an operation asks for it: `_key` is equal where `payload` is. Give it to
    `RequestScope.once`."""
    return SharedRead(lambda: what_if(scope.store, product_id, payload))


async def what_if(store: Store, product_id: str, payload: dict[str, Any]) -> WhatIf:
    """`payload` has the keys of `ImpactChangeInput`."""
    if "field" in payload:
        return await if_field_changed(store, product_id, payload["field"])
    if "contract" in payload:
        return await if_published(store, product_id, payload["contract"])
    if payload.get("drop_product"):
        return await if_dropped(store, product_id)
    raise UserFault(UserErrorCode.INVALID_INPUT, "Give `dropProduct: true`, a field or a contract.", ("change",))
