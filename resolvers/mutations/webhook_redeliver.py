"""Sends events again: a dead letter, all dead letters of a webhook, or everything from an event on."""

from typing import Any, LiteralString

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.ids import Prefix, prefix_of
from resolvers.mutations.locked_webhook import see_webhook
from resolvers.mutations.webhook_register import document
from resolvers.webhooks.records import WEBHOOK, Webhook
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

OWNER: LiteralString = "MATCH (l:DeadLetter {id: $id}) RETURN l.webhookId"


async def redeliver_webhook(
    store: Store, caller: Caller, identifier: str, from_seq: int | None = None, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`identifier` is a webhook's or a dead letter's. With `from_seq` (a webhook only) all it wants from that event on
    is sent again, without it its dead letters are, and it is tried at once. `thing` is the `Webhook`.

    Faults: NOT_FOUND, INVALID_INPUT (retired; `from_seq` not reached yet, or of a dead letter), FORBIDDEN.
    """
    planned = (caller, identifier, from_seq)
    return await write(store, caller, Action.MANAGE_DOMAIN_WEBHOOK, lambda: plan(*planned), options)


def plan(caller: Caller, identifier: str, from_seq: int | None) -> Write:
    letter = identifier if prefix_of(identifier) is Prefix.DEAD_LETTER else None
    if letter is not None and from_seq is not None:
        raise UserFault(UserErrorCode.INVALID_INPUT, "A dead letter is one event: leave `fromSeq` out.", ("fromSeq",))

    async def look(tx: Transaction, products: Products) -> LockedState:
        owner = identifier if letter is None else await tx.run(OWNER, id=letter)
        if owner is None:
            message = f"There is no dead letter '{identifier[:200]}'."
            return LockedState(faults=(UserFault(UserErrorCode.NOT_FOUND, message, ("id",)),))
        return await see_webhook(tx, caller, owner)

    async def apply(tx: Transaction, webhook: Webhook, now: str) -> Change:
        check(webhook, from_seq)
        after = await queue_events(tx, webhook, letter, from_seq)
        audited: dict[str, Any] = {"deadLetter": letter, "fromSeq": from_seq}
        return Change(after, "WEBHOOK", webhook.id, webhook.domain, document(webhook), document(after) | audited)

    return Write(
        name="webhookRedeliver",
        action=None,  # which right it takes depends on the webhook: `look` asks
        document=[identifier, from_seq],
        locks=Locks(),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


def check(webhook: Webhook, from_seq: int | None) -> None:
    if not webhook.active:
        message = f"This webhook was retired at {webhook.retired_at}: register a new one."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("id",))
    if from_seq is not None and not 1 <= from_seq <= webhook.cursor_seq + 1:
        message = f"The webhook stands at event {webhook.cursor_seq}: give a number from 1 to {webhook.cursor_seq + 1}."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("fromSeq",))


REWIND: LiteralString = f"""
MATCH (w:Webhook {{id: $id}})
SET w.cursorSeq = $seq - 1, w.failures = 0
REMOVE w.nextAttemptAt
RETURN {WEBHOOK}
"""
REQUEUE: LiteralString = f"""
MATCH (w:Webhook {{id: $id}})
CALL (w) {{
  MATCH (l:DeadLetter {{webhookId: w.id}}) WHERE $letter IS NULL AND l.state = 'DEAD' OR l.id = $letter
  SET l.state = 'QUEUED'
  RETURN count(l) AS letters
}}
SET w.queued = letters > 0 OR w.queued
REMOVE w.nextAttemptAt
RETURN {WEBHOOK}
"""


async def queue_events(tx: Transaction, webhook: Webhook, letter: str | None, from_seq: int | None) -> Webhook:
    if from_seq is not None:
        return Webhook(*await tx.run(REWIND, id=webhook.id, seq=from_seq))
    return Webhook(*await tx.run(REQUEUE, id=webhook.id, letter=letter))
