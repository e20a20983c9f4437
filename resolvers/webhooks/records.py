"""Records of webhooks and dead letters. Neither contains the secret."""

from enum import StrEnum
from typing import LiteralString, NamedTuple

from resolvers.writes.idempotency import replayable


class WebhookEventKind(StrEnum):
    VIOLATION = "VIOLATION"
    CHANGE_REQUEST = "CHANGE_REQUEST"
    STATUS_CHANGE = "STATUS_CHANGE"
    SLA_BREACH = "SLA_BREACH"
    QUALITY_FAILED = "QUALITY_FAILED"
    ALL = "ALL"


class LetterState(StrEnum):
    DEAD = "DEAD"
    QUEUED = "QUEUED"
    DELIVERED = "DELIVERED"


@replayable
class Webhook(NamedTuple):
    """`cursor_seq` is the number up to which events are delivered, given up or of no interest. `failures` counts
    consecutive failed attempts; `last_error` describes the last.
    """

    id: str
    url: str
    events: list[str]
    domain: str | None
    active: bool
    created_by: str
    created_at: str
    retired_at: str | None
    cursor_seq: int
    last_delivered_seq: int | None
    last_delivered_at: str | None
    failures: int
    next_attempt_at: str | None
    last_error: str | None


@replayable
class DeadLetter(NamedTuple):
    """An event that could not be delivered in `attempts` attempts."""

    id: str
    webhook_id: str
    seq: int
    event_id: str
    state: str
    attempts: int
    last_error: str
    at: str
    delivered_at: str | None


WEBHOOK: LiteralString = (
    "[w.id, w.url, w.events, w.domain, w.active, w.createdBy, w.createdAt, w.retiredAt, w.cursorSeq, "
    "w.lastDeliveredSeq, w.lastDeliveredAt, w.failures, w.nextAttemptAt, w.lastError]"
)
LETTER: LiteralString = "[l.id, l.webhookId, l.seq, l.eventId, l.state, l.attempts, l.lastError, l.at, l.deliveredAt]"
