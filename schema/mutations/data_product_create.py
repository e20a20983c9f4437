"""dataProductCreate."""

from typing import Any

from resolvers.mutations.data_product_create import create_product
from schema.context import Info
from schema.payloads import DataProductPayload, DryRun, IdempotencyKey, options, written
from schema.product_input import DataProductInput, to_product


async def data_product_create(
    info: Info, input: DataProductInput, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> DataProductPayload | None:
    write_options, context = options(dry_run, idempotency_key), info.context
    product = await to_product(info, input)
    answer: Any = await written(info, create_product(context.store, context.caller, product, write_options))
    return answer
