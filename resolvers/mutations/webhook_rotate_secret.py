"""Gives a webhook a new secret; for a day its deliveries are signed with the former one too."""

from datetime import timedelta
from typing import LiteralString

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.mutations.locked_webhook import see_webhook
from resolvers.mutations.webhook_register import SECRET, document, new_secret
from resolvers.webhooks.records import WEBHOOK, Webhook
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

# A receiver that still has the former secret takes deliveries as long as this.
BOTH_SIGN = timedelta(days=1)

ROTATE: LiteralString = f"""
MATCH (w:Webhook {{id: $id}})
SET w.formerSecret = w.secret, w.formerUntil = $until, w.secret = $secret
RETURN {WEBHOOK}
"""


async def rotate_webhook_secret(
    store: Store, caller: Caller, webhook_id: str, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Webhook`, `extra["secret"]` the new secret, which is never shown again.

    Faults: NOT_FOUND, INVALID_INPUT (retired), FORBIDDEN.
    """
    outcome = await write(store, caller, Action.MANAGE_DOMAIN_WEBHOOK, lambda: plan(caller, webhook_id), options)
    if outcome.thing is None or options.dry_run:
        return outcome
    # Read, not remembered: a stored answer to an idempotency key holds no secret.
    return outcome._replace(extra={"secret": await store.read(SECRET, id=webhook_id)})


def plan(caller: Caller, webhook_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        return await see_webhook(tx, caller, webhook_id)

    async def apply(tx: Transaction, webhook: Webhook, now: str) -> Change:
        if not webhook.active:
            message = f"This webhook was retired at {webhook.retired_at}: register a new one."
            raise UserFault(UserErrorCode.INVALID_INPUT, message, ("id",))
        until = clock.to_text(clock.from_text(now) + BOTH_SIGN)
        rotated = Webhook(*await tx.run(ROTATE, id=webhook.id, until=until, secret=new_secret()))
        audited = document(rotated) | {"formerSecretUntil": until}
        return Change(rotated, "WEBHOOK", webhook.id, webhook.domain, document(webhook), audited)

    return Write(
        name="webhookRotateSecret",
        action=None,  # which right it takes depends on the webhook: `look` asks
        document=[webhook_id],
        locks=Locks(),
        touched=NOTHING,
        look=look,
        apply=apply,
    )
