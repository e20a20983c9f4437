"""The webhook of a mutation, read under its lock."""

from typing import LiteralString

from resolvers.graph.store import Transaction
from resolvers.model.access import Caller, permit
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.mutations.webhook_register import action_for
from resolvers.webhooks.delivery import LOCK
from resolvers.webhooks.records import WEBHOOK, Webhook
from resolvers.writes.pipeline import LockedState

FIND: LiteralString = f"MATCH (w:Webhook {{id: $id}}) RETURN {WEBHOOK}"


async def see_webhook(tx: Transaction, caller: Caller, webhook_id: str) -> LockedState:
    """`state` is the webhook; writing it takes the right that registering it took. Its deliveries wait meanwhile."""
    row = None if await tx.run(LOCK, id=webhook_id) is None else await tx.run(FIND, id=webhook_id)
    if row is None:
        return LockedState(
            faults=(UserFault(UserErrorCode.NOT_FOUND, f"There is no webhook '{webhook_id[:200]}'.", ("id",)),)
        )
    webhook = Webhook(*row)
    permit(caller, action_for(webhook.domain), webhook.domain)
    return LockedState(webhook)
