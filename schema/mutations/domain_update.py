"""domainUpdate."""

from typing import Any

from resolvers.mutations.domain_update import update_domain
from schema.arguments import DomainId
from schema.context import Info
from schema.payloads import DomainPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written
from schema.product_input import DomainUpdateInput, to_domain_changes
from schema.product_reference import to_domain_id


async def domain_update(
    info: Info,
    id: DomainId,
    input: DomainUpdateInput,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DomainPayload | None:
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    domain, changes = await to_domain_id(info, id), to_domain_changes(input)
    answer: Any = await written(info, update_domain(context.store, context.caller, domain, changes, write_options))
    return answer
