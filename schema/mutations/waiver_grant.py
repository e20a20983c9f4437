"""waiverGrant."""

from typing import Any

import strawberry

from resolvers.mutations.waiver_grant import grant_waiver
from schema.arguments import ProductId
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.policy_payload import WaiverPayload
from schema.product_reference import to_product_id
from schema.scalars import DateTime


async def waiver_grant(
    info: Info,
    policy_id: strawberry.ID,
    product_id: ProductId,
    reason: str,
    expires_at: DateTime,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> WaiverPayload | None:
    product = await to_product_id(info, product_id)
    context, write_options = info.context, options(dry_run, idempotency_key)
    granting = grant_waiver(context.store, context.caller, policy_id, product, reason, expires_at, write_options)
    answer: Any = await written(info, granting)
    return answer
