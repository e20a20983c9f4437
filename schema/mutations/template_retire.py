"""templateRetire."""

from typing import Any

from resolvers.mutations.template_retire import retire_template
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.template import ProductTemplatePayload


async def template_retire(
    info: Info, name: str, version: str, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> ProductTemplatePayload | None:
    write_options, context = options(dry_run, idempotency_key), info.context
    answer: Any = await written(info, retire_template(context.store, context.caller, name, version, write_options))
    return answer
