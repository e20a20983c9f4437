"""dataProductTransition."""

from typing import Annotated, Any

import strawberry

from resolvers.model.records import ProductStatus
from resolvers.mutations.data_product_transition import Succession, transition_product
from schema.arguments import ProductId
from schema.context import Info
from schema.payloads import DataProductPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written
from schema.product_reference import to_product_id
from schema.scalars import Date

Successor = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Id or urn of the product to use instead; only with `to: DEPRECATED`."),
]
Sunset = Annotated[Date | None, strawberry.argument(description="Last day, in the future; only with `to: DEPRECATED`.")]


async def data_product_transition(
    info: Info,
    id: ProductId,
    to: ProductStatus,
    successor: Successor = None,
    sunset: Sunset = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DataProductPayload | None:
    product = await to_product_id(info, id)
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    after = Succession(successor, sunset)
    writing = transition_product(context.store, context.caller, product, to, write_options, after)
    answer: Any = await written(info, writing)
    return answer
