"""dependencyDeclare."""

from typing import Any

import strawberry

from resolvers.mutations import inputs
from resolvers.mutations.dependency_declare import declare_dependency
from schema.context import Info
from schema.payloads import DependencyPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written
from schema.product_input import DependencyInput, to_dependency


async def dependency_declare(
    info: Info,
    consumer_id: strawberry.ID,
    provider_id: strawberry.ID,
    input: DependencyInput | None = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DependencyPayload:
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    payload = inputs.DependencyInput() if input is None else to_dependency(input)
    ends = (consumer_id, provider_id)
    answer: Any = await written(info, declare_dependency(context.store, context.caller, *ends, payload, write_options))
    return answer
