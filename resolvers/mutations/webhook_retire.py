"""Retires a webhook: deliveries stop, and its secret is deleted."""

from typing import LiteralString

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.mutations.locked_webhook import see_webhook
from resolvers.mutations.webhook_register import document
from resolvers.webhooks.records import WEBHOOK, Webhook
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

RETIRE: LiteralString = f"""
MATCH (w:Webhook {{id: $id}})
SET w.active = false, w.queued = false, w.retiredAt = $now
REMOVE w.secret, w.formerSecret, w.formerUntil, w.leaseOwner, w.leaseUntil, w.nextAttemptAt
RETURN {WEBHOOK}
"""


async def retire_webhook(store: Store, caller: Caller, webhook_id: str, options: WriteOptions = DEFAULTS) -> Outcome:
    """`thing` is the `Webhook`. Faults: NOT_FOUND, INVALID_INPUT (retired already), FORBIDDEN."""
    return await write(store, caller, Action.MANAGE_DOMAIN_WEBHOOK, lambda: plan(caller, webhook_id), options)


def plan(caller: Caller, webhook_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        return await see_webhook(tx, caller, webhook_id)

    async def apply(tx: Transaction, webhook: Webhook, now: str) -> Change:
        if not webhook.active:
            message = f"This webhook was retired at {webhook.retired_at}."
            raise UserFault(UserErrorCode.INVALID_INPUT, message, ("id",))
        retired = Webhook(*await tx.run(RETIRE, id=webhook.id, now=now))
        return Change(retired, "WEBHOOK", webhook.id, webhook.domain, document(webhook), document(retired))

    return Write(
        name="webhookRetire",
        action=None,  # which right it takes depends on the webhook: `look` asks
        document=[webhook_id],
        locks=Locks(),
        touched=NOTHING,
        look=look,
        apply=apply,
    )
