"""dependencyRetire."""

from typing import Any

from resolvers.mutations.dependency_retire import retire_dependency
from schema.arguments import ConsumerId, ProviderId
from schema.context import Info
from schema.payloads import DependencyPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written
from schema.product_reference import to_product_ids


async def dependency_retire(
    info: Info,
    consumer_id: ConsumerId,
    provider_id: ProviderId,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DependencyPayload | None:
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    consumer, provider = await to_product_ids(info, [consumer_id, provider_id])
    writing = retire_dependency(context.store, context.caller, consumer, provider, write_options)
    answer: Any = await written(info, writing)
    return answer
