"""webhookRegister."""

from typing import Any

from resolvers.mutations.webhook_register import register_webhook
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.webhook import WebhookInput, WebhookPayload, to_webhook_input


async def webhook_register(
    info: Info, input: WebhookInput, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> WebhookPayload | None:
    context, write_options = info.context, options(dry_run, idempotency_key)
    private = context.process.private_webhooks
    registering = register_webhook(context.store, context.caller, to_webhook_input(input), write_options, private)
    answer: Any = await written(info, registering)
    return answer
