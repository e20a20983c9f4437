"""domainRegister."""

from typing import Any

from resolvers.mutations.domain_register import register_domain
from schema.context import Info
from schema.payloads import DomainPayload, DryRun, IdempotencyKey, options, written
from schema.product_input import DomainInput, to_domain


async def domain_register(
    info: Info, input: DomainInput, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> DomainPayload | None:
    write_options, context = options(dry_run, idempotency_key), info.context
    answer: Any = await written(info, register_domain(context.store, context.caller, to_domain(input), write_options))
    return answer
