"""dependencyDeclare."""

from typing import Any

from resolvers.mutations import inputs
from resolvers.mutations.dependency_declare import declare_dependency
from schema.arguments import ConsumerId, ProviderId
from schema.context import Info
from schema.payloads import DependencyPayload, DryRun, ExpectedRevision, IdempotencyKey, options, written
from schema.product_input import DependencyInput, to_dependency
from schema.product_reference import to_product_ids


async def dependency_declare(
    info: Info,
    consumer_id: ConsumerId,
    provider_id: ProviderId,
    input: DependencyInput | None = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    expected_revision: ExpectedRevision = None,
) -> DependencyPayload | None:
    write_options, context = options(dry_run, idempotency_key, expected_revision), info.context
    payload = inputs.DependencyInput() if input is None else await to_dependency(info, input)
    consumer, provider = await to_product_ids(info, [consumer_id, provider_id])
    writing = declare_dependency(context.store, context.caller, consumer, provider, payload, write_options)
    answer: Any = await written(info, writing)
    return answer
