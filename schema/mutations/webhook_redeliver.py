"""webhookRedeliver."""

from typing import Annotated, Any

import strawberry

from resolvers.mutations.webhook_redeliver import redeliver_webhook
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.webhook import WebhookPayload

WhatAgain = Annotated[strawberry.ID, strawberry.argument(description="Id of a dead letter or of a webhook.")]
FromSeq = Annotated[
    int | None,
    strawberry.argument(
        description=("With a webhook's id: first event number to send again. Without it: dead letters are sent again.")
    ),
]


async def webhook_redeliver(
    info: Info,
    id: WhatAgain,
    from_seq: FromSeq = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> WebhookPayload | None:
    context, write_options = info.context, options(dry_run, idempotency_key)
    answer: Any = await written(info, redeliver_webhook(context.store, context.caller, id, from_seq, write_options))
    return answer
