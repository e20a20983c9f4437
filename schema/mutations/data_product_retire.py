"""dataProductRetire."""

from typing import Any

from resolvers.mutations.data_product_retire import retire_product
from schema.arguments import ProductId
from schema.context import Info
from schema.payloads import DataProductPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written
from schema.product_reference import to_product_id


async def data_product_retire(
    info: Info,
    id: ProductId,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DataProductPayload | None:
    product = await to_product_id(info, id)
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    answer: Any = await written(info, retire_product(context.store, context.caller, product, write_options))
    return answer
