"""The audit log: append-only, numbered without gaps in commit order, each event hashed over the one before it.

The tail is locked last, after all checks, so writers wait for each other only while one appends.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, LiteralString, NamedTuple

from resolvers.idempotency import canonical
from resolvers.ids import Prefix, new_id
from resolvers.records import AuditEvent
from resolvers.store import Transaction


class Entry(NamedTuple):
    """What one write did. `before` and `after` are JSON documents of the subject; `judged` the policies asked."""

    at: str
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    domain: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    judged: tuple[Mapping[str, Any], ...] = ()


LOCK_TAIL: LiteralString = """
MERGE (t:AuditLog {key: 'tail'}) ON CREATE SET t.seq = 0, t.hash = ''
SET t._lock = true REMOVE t._lock
"""
READ_TAIL: LiteralString = "MATCH (t:AuditLog {key: 'tail'}) RETURN [t.seq, t.hash]"
APPEND: LiteralString = """
MATCH (t:AuditLog {key: 'tail'})
SET t.seq = $event.seq, t.hash = $event.hash
CREATE (e:AuditEvent) SET e = $event
RETURN e.seq
"""


async def append(tx: Transaction, entry: Entry) -> AuditEvent:
    """Call it last: every other writer that is ready to append waits until `tx` ends."""
    await tx.run(LOCK_TAIL)
    seq, previous_hash = await tx.run(READ_TAIL)
    event = next_event(entry, seq + 1, previous_hash)
    await tx.run(APPEND, event=properties(event))
    return event


def next_event(entry: Entry, seq: int, previous_hash: str) -> AuditEvent:
    event = AuditEvent(
        id=new_id(Prefix.AUDIT_EVENT),
        seq=seq,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        domain=entry.domain,
        before_json=None if entry.before is None else canonical(entry.before),
        after_json=None if entry.after is None else canonical(entry.after),
        judged_json=canonical(list(entry.judged)),
        previous_hash=previous_hash,
        hash="",
    )
    return event._replace(hash=hash_of_event(event))


def hash_of_event(event: AuditEvent) -> str:
    """SHA-256 (hex) of the previous hash followed by the canonical JSON of every other field."""
    said = event._asdict()
    del said["hash"], said["previous_hash"]
    return sha256((event.previous_hash + canonical(said)).encode()).hexdigest()


def properties(event: AuditEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "seq": event.seq,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "subjectKind": event.subject_kind,
        "subjectId": event.subject_id,
        "domain": event.domain,
        "beforeJson": event.before_json,
        "afterJson": event.after_json,
        "judgedJson": event.judged_json,
        "previousHash": event.previous_hash,
        "hash": event.hash,
    }
