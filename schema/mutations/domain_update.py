"""domainUpdate."""

from typing import Any

import strawberry

from resolvers.mutations.domain_update import update_domain
from schema.context import Info
from schema.payloads import DomainPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written
from schema.product_input import DomainUpdateInput, to_domain_changes


async def domain_update(
    info: Info,
    id: strawberry.ID,
    input: DomainUpdateInput,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DomainPayload:
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    answer: Any = await written(
        info, update_domain(context.store, context.caller, id, to_domain_changes(input), write_options)
    )
    return answer
