"""dependencyRetire."""

from typing import Any

import strawberry

from resolvers.mutations.dependency_retire import retire_dependency
from schema.context import Info
from schema.payloads import DependencyPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written


async def dependency_retire(
    info: Info,
    consumer_id: strawberry.ID,
    provider_id: strawberry.ID,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DependencyPayload:
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    ends = (consumer_id, provider_id)
    answer: Any = await written(info, retire_dependency(context.store, context.caller, *ends, write_options))
    return answer
