"""dataProductRestore."""

from typing import Any

import strawberry

from resolvers.mutations.data_product_restore import restore_product
from schema.context import Info
from schema.payloads import DataProductPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written


async def data_product_restore(
    info: Info,
    id: strawberry.ID,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DataProductPayload:
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    answer: Any = await written(info, restore_product(context.store, context.caller, id, write_options))
    return answer
