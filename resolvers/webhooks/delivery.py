"""Delivery state of webhooks, stored in the graph so that any replica can continue.

One replica at a time delivers to a webhook. It holds a lease on the node, timed by the database's clock, and every
step compares the lease and the cursor. A replica that lost the lease, or whose cursor was rewound, writes nothing
and stops.
"""

from typing import Any, LiteralString, NamedTuple

from resolvers.audit.high_watermark import END, following
from resolvers.audit.stream import WINDOW
from resolvers.graph.projections import AUDIT_EVENT
from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.ids import Prefix, new_id
from resolvers.model.records import AuditEvent
from resolvers.webhooks.kinds import CANDIDATE, wants
from resolvers.webhooks.records import LETTER, WEBHOOK, DeadLetter, Webhook

LEASE_SECONDS = 40
BATCH = 20
# Up to this many events of no interest to a webhook are skipped without a write.
SLACK = 500

_NOW_MS: LiteralString = "datetime.realtime().epochMillis"

DUE: LiteralString = f"""
{END}
MATCH (w:Webhook {{active: true}})
WHERE (w.cursorSeq < tail OR w.queued)
  AND (w.nextAttemptAt IS NULL OR w.nextAttemptAt <= $now OR w.queued)
  AND (w.leaseUntil IS NULL OR w.leaseUntil < {_NOW_MS})
RETURN collect([w.queued, {WEBHOOK}])
"""


class Due(NamedTuple):
    queued: bool
    webhook: Webhook


async def due(store: Store, now: str) -> list[Due]:
    """Webhooks that may have events to deliver and have no lease."""
    return [Due(queued, Webhook(*row)) for queued, row in await store.read(DUE, now=now)]


AHEAD: LiteralString = following(CANDIDATE)


class Ahead(NamedTuple):
    """The matching events up to number `reached`."""

    reached: int
    events: list[AuditEvent]


async def ahead(store: Store, webhook: Webhook) -> Ahead:
    requested = {"kinds": webhook.events, "domain": webhook.domain}
    until, rows = await store.read(AHEAD, after=webhook.cursor_seq, limit=BATCH, window=WINDOW, **requested)
    events = [AuditEvent(*row) for row in rows]
    reached = events[-1].seq if len(events) == BATCH else max(until, webhook.cursor_seq)
    return Ahead(reached, [event for event in events if wants(webhook, event)])


# -- the lease ---------------------------------------------------------------------------------------------------------

LOCK: LiteralString = "MATCH (w:Webhook {id: $id}) SET w._lock = true REMOVE w._lock RETURN w.id"
LEASE: LiteralString = f"""
MATCH (w:Webhook {{id: $id}})
WHERE w.active AND (w.leaseUntil IS NULL OR w.leaseUntil < {_NOW_MS} OR w.leaseOwner = $owner)
SET w.leaseOwner = $owner, w.leaseUntil = {_NOW_MS} + $lease
RETURN [w.secret, CASE WHEN w.formerUntil > $now THEN w.formerSecret END, {WEBHOOK}]
"""


class Leased(NamedTuple):
    """`secrets` sign the deliveries: the current one, and for a day after a rotation the former one."""

    secrets: tuple[str, ...]
    webhook: Webhook


async def lease(store: Store, webhook_id: str, owner: str) -> Leased | None:
    """Takes the lease. None if another replica has it or the webhook is retired."""
    row = await _locked(store, webhook_id, LEASE, owner=owner, now=clock.now())
    if row is None:
        return None
    *secrets, webhook = row
    return Leased(tuple(filter(None, secrets)), Webhook(*webhook))


async def _locked(store: Store, webhook_id: str, query: LiteralString, /, **parameters: Any) -> Any:
    """Runs `query` after locking the webhook in a separate statement, so that the compared values cannot change."""

    async def work(tx: Transaction) -> Any:
        await tx.run(LOCK, id=webhook_id)
        return await tx.run(query, id=webhook_id, lease=LEASE_SECONDS * 1000, **parameters)

    return await store.write(work)


_HELD: LiteralString = "MATCH (w:Webhook {id: $id}) WHERE w.active AND w.leaseOwner = $owner AND w.cursorSeq = $from\n"

DELIVERED: LiteralString = (
    _HELD
    + f"""SET w.cursorSeq = $seq, w.lastDeliveredSeq = $seq, w.lastDeliveredAt = $now, w.failures = 0,
  w.leaseUntil = {_NOW_MS} + $lease
REMOVE w.nextAttemptAt, w.lastError
RETURN {WEBHOOK}
"""
)


async def delivered(store: Store, webhook: Webhook, owner: str, seq: int, now: str) -> Webhook | None:
    """Records a delivery. None if the lease was lost or the cursor was rewound."""
    return _webhook(
        await _locked(store, webhook.id, DELIVERED, owner=owner, **{"from": webhook.cursor_seq}, seq=seq, now=now)
    )


FAILED: LiteralString = (
    _HELD
    + f"""SET w.failures = w.failures + 1, w.nextAttemptAt = $next, w.lastError = $error
REMOVE w.leaseOwner, w.leaseUntil
RETURN {WEBHOOK}
"""
)


async def failed(store: Store, webhook: Webhook, owner: str, error: str, next_attempt_at: str) -> None:
    """Records a failed attempt and releases the lease until the next one."""
    values = {"owner": owner, "from": webhook.cursor_seq, "error": error, "next": next_attempt_at}
    await _locked(store, webhook.id, FAILED, **values)


GIVEN_UP: LiteralString = (
    _HELD
    + f"""SET w.cursorSeq = $letter.seq, w.failures = 0, w.lastError = $letter.lastError,
  w.leaseUntil = {_NOW_MS} + $lease, w.nextAttemptAt = $next
CREATE (l:DeadLetter)-[:FOR]->(w) SET l = $letter
RETURN {WEBHOOK}
"""
)


async def given_up(
    store: Store,
    webhook: Webhook,
    owner: str,
    event: AuditEvent,
    error: str,
    now: str,
    next_attempt_at: str | None = None,
) -> Webhook | None:
    """Stores the event as a dead letter, so that later events are delivered, not before `next_attempt_at`."""
    letter = {
        "id": new_id(Prefix.DEAD_LETTER),
        "webhookId": webhook.id,
        "seq": event.seq,
        "eventId": event.id,
        "state": "DEAD",
        "attempts": webhook.failures + 1,
        "lastError": error,
        "at": now,
    }
    values = {"owner": owner, "from": webhook.cursor_seq, "letter": letter, "next": next_attempt_at}
    return _webhook(await _locked(store, webhook.id, GIVEN_UP, **values))


def _webhook(row: Any) -> Webhook | None:
    return None if row is None else Webhook(*row)


RELEASE: LiteralString = """
MATCH (w:Webhook {id: $id}) WHERE w.leaseOwner = $owner
SET w.cursorSeq = CASE WHEN w.cursorSeq = $from THEN $reached ELSE w.cursorSeq END,
  w.queued = EXISTS { MATCH (l:DeadLetter {webhookId: w.id}) WHERE l.state = 'QUEUED' }
REMOVE w.leaseOwner, w.leaseUntil
RETURN w.id
"""


async def release(store: Store, webhook: Webhook, owner: str, reached: int) -> None:
    """Releases the lease. Up to `reached` there was nothing more to deliver."""
    place = {"from": webhook.cursor_seq, "reached": max(reached, webhook.cursor_seq)}
    await _locked(store, webhook.id, RELEASE, owner=owner, **place)


PASS: LiteralString = f"""
MATCH (w:Webhook {{id: $id}})
WHERE w.cursorSeq = $from AND (w.leaseUntil IS NULL OR w.leaseUntil < {_NOW_MS})
SET w.cursorSeq = $reached
RETURN w.id
"""


async def pass_over(store: Store, webhook: Webhook, reached: int) -> None:
    """Records that no event up to `reached` matches this webhook."""
    await _locked(store, webhook.id, PASS, **{"from": webhook.cursor_seq}, reached=reached)


# -- dead letters queued to be sent again -----------------------------------------------------------------------

QUEUED: LiteralString = f"""
MATCH (l:DeadLetter {{webhookId: $id}}) WHERE l.state = 'QUEUED'
WITH l ORDER BY l.seq LIMIT $limit
MATCH (e:AuditEvent {{seq: l.seq}})
WITH l, e ORDER BY l.seq
RETURN collect([{LETTER}, {AUDIT_EVENT}])
"""


async def queued(store: Store, webhook_id: str) -> list[tuple[DeadLetter, AuditEvent]]:
    return [
        (DeadLetter(*letter), AuditEvent(*event))
        for letter, event in await store.read(QUEUED, id=webhook_id, limit=BATCH)
    ]


RESENT: LiteralString = f"""
MATCH (w:Webhook {{id: $id}}) WHERE w.leaseOwner = $owner
SET w.leaseUntil = {_NOW_MS} + $lease
WITH w
MATCH (l:DeadLetter {{id: $letter}})
SET l.attempts = l.attempts + 1, l.state = CASE WHEN $error IS NULL THEN 'DELIVERED' ELSE 'DEAD' END,
  l.deliveredAt = CASE WHEN $error IS NULL THEN $now END, l.lastError = coalesce($error, l.lastError)
RETURN l.id
"""


async def resent(store: Store, webhook: Webhook, owner: str, letter: DeadLetter, error: str | None, now: str) -> bool:
    """Records the result of sending a dead letter again. False if the lease was lost."""
    return (await _locked(store, webhook.id, RESENT, owner=owner, letter=letter.id, error=error, now=now)) is not None
