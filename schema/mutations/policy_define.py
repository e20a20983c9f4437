"""policyDefine."""

from typing import Any

from resolvers.mutations.policy_define import define_policy
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.policy_input import PolicyInput, to_policy
from schema.policy_payload import PolicyPayload


async def policy_define(
    info: Info, input: PolicyInput, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> PolicyPayload | None:
    context, write_options = info.context, options(dry_run, idempotency_key)
    policy = await to_policy(info, input)
    answer: Any = await written(info, define_policy(context.store, context.caller, policy, write_options))
    return answer
