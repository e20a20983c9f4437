"""webhookRotateSecret."""

from typing import Any

import strawberry

from resolvers.mutations.webhook_rotate_secret import rotate_webhook_secret
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.webhook import WebhookPayload


async def webhook_rotate_secret(
    info: Info, id: strawberry.ID, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> WebhookPayload | None:
    context, write_options = info.context, options(dry_run, idempotency_key)
    answer: Any = await written(info, rotate_webhook_secret(context.store, context.caller, id, write_options))
    return answer
