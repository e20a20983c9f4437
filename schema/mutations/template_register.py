"""templateRegister."""

from typing import Any

from resolvers.mutations.template_register import register_template
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.template import ProductTemplateInput, ProductTemplatePayload, to_template


async def template_register(
    info: Info, input: ProductTemplateInput, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> ProductTemplatePayload | None:
    write_options, context = options(dry_run, idempotency_key), info.context
    answer: Any = await written(
        info, register_template(context.store, context.caller, to_template(input), write_options)
    )
    return answer
