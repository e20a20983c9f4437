"""policyRetire."""

from typing import Any

import strawberry

from resolvers.mutations.policy_retire import retire_policy
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.policy_payload import PolicyPayload


async def policy_retire(
    info: Info, id: strawberry.ID, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> PolicyPayload | None:
    context, write_options = info.context, options(dry_run, idempotency_key)
    answer: Any = await written(info, retire_policy(context.store, context.caller, id, write_options))
    return answer
