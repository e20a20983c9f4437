"""dataProductTransition."""

from typing import Any

import strawberry

from resolvers.model.records import ProductStatus
from resolvers.mutations.data_product_transition import transition_product
from schema.context import Info
from schema.payloads import DataProductPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written


async def data_product_transition(
    info: Info,
    id: strawberry.ID,
    to: ProductStatus,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DataProductPayload:
    asked, context = options(dry_run, idempotency_key, expected_revision), info.context
    answer: Any = await written(info, transition_product(context.store, context.caller, id, to, asked))
    return answer
