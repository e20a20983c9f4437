"""dataProductUpdate."""

from typing import Any

import strawberry

from resolvers.mutations.data_product_update import update_product
from schema.context import Info
from schema.payloads import DataProductPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written
from schema.product_input import DataProductUpdateInput, to_changes


async def data_product_update(
    info: Info,
    id: strawberry.ID,
    input: DataProductUpdateInput,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DataProductPayload:
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    answer: Any = await written(
        info, update_product(context.store, context.caller, id, to_changes(input), write_options)
    )
    return answer
