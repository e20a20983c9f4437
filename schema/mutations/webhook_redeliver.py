"""webhookRedeliver."""

from typing import Annotated, Any

import strawberry

from resolvers.mutations.webhook_redeliver import redeliver_webhook
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.webhook import WebhookPayload

WhatAgain = Annotated[strawberry.ID, strawberry.argument(description="Of a dead letter, or of a webhook.")]
FromSeq = Annotated[
    int | None,
    strawberry.argument(
        description="With a webhook: send it again all it wants from this event on. Without: its dead letters."
    ),
]


async def webhook_redeliver(
    info: Info,
    id: WhatAgain,
    from_seq: FromSeq = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> WebhookPayload:
    context, asked = info.context, options(dry_run, idempotency_key)
    answer: Any = await written(info, redeliver_webhook(context.store, context.caller, id, from_seq, asked))
    return answer
