"""The audit log: append-only, numbered without gaps in commit order, each event hashed over the previous one.

The tail is locked last, after all checks, so writers wait for each other only while one appends. The event is
prepared from the tail that was read before the lock. If the tail moved meanwhile, the event is prepared again.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, LiteralString, NamedTuple

from resolvers.audit.high_watermark import SETTLED
from resolvers.graph import projections
from resolvers.graph.store import Store, Transaction
from resolvers.model.canonical_json import canonical
from resolvers.model.ids import Prefix, new_id
from resolvers.model.records import AuditEvent


class Entry(NamedTuple):
    """What one write did. `before` and `after` are JSON documents of the subject; `judged` the policies asked.

    `mentions` are products beside the subject that the event is about: their events list it, too. They follow from
    what the event says, so no hash covers them."""

    at: str
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    domain: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    judged: tuple[Mapping[str, Any], ...] = ()
    mentions: Sequence[str] = ()


Tail = tuple[int, str]  # seq and hash of the last event

# Locks the tail, and appends if it is the one that `$event` follows; else it says what the tail is. All is read after
# the lock, by SET: a stale seq would break its constraint. With the event goes what the write's idempotency key
# remembers: what the tail is locked for is one statement.
APPEND: LiteralString = """
MATCH (t:AuditLog {key: 'tail'})
SET t._lock = true REMOVE t._lock
WITH t, [t.seq, t.hash] AS tail
WITH t, tail, tail = [$event.seq - 1, $event.previousHash] AS follows
FOREACH (event IN CASE WHEN follows THEN [$event] ELSE [] END |
  SET t.seq = event.seq, t.hash = event.hash
  CREATE (e:AuditEvent) SET e = event
  FOREACH (id IN $memo.mentions | CREATE (:EventMention {subjectId: id, seq: event.seq}))
)
WITH tail, follows
CALL (follows) {
  UNWIND CASE WHEN follows THEN $memo.memos ELSE [] END AS memo
  MATCH (k:IdempotencyKey {key: memo.key}) SET k = memo
}
RETURN CASE WHEN follows THEN null ELSE tail END
"""


async def append(tx: Transaction, entry: Entry, tail: Tail, memo: Mapping[str, Any] | None = None) -> AuditEvent:
    """Call it last: every other writer that is ready to append waits until `tx` ends. `tail` is what the log ended with
    not long ago; when others have appended since, it takes a second statement. `memo` is what the write's idempotency
    key remembers."""
    memos = {"memos": [] if memo is None else [memo], "mentions": list(entry.mentions)}
    event = next_event(entry, *tail)
    while (moved := await tx.run(APPEND, event=properties(event), memo=memos)) is not None:
        event = next_event(entry, *moved)  # the tail is locked by now, and moves no more
    return event


def next_event(entry: Entry, last: int, previous_hash: str) -> AuditEvent:
    event = AuditEvent(
        id=new_id(Prefix.AUDIT_EVENT),
        seq=last + 1,
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


class Verdict(NamedTuple):
    """Result of `verify`. `head` is the hash of the last event; stored elsewhere, it proves later that no earlier
    event was changed or removed.

    `fault` describes the first fault, at `at_seq`; None if the chain is intact.
    """

    events: int
    head: str
    fault: str | None = None
    at_seq: int | None = None


TAIL: LiteralString = """
OPTIONAL MATCH (t:AuditLog {key: 'tail'})
RETURN [coalesce(t.seq, 0), coalesce(t.hash, ''), COUNT { MATCH (e:AuditEvent) WHERE e.seq > coalesce(t.seq, 0) }]
"""
BATCH: LiteralString = f"""
MATCH (e:AuditEvent) WHERE $after < e.seq <= $until
WITH e ORDER BY e.seq
RETURN collect({projections.AUDIT_EVENT})
"""


async def verify(store: Store, batch: int = 1_000, anchor: tuple[int, str] | None = None) -> Verdict:
    """Reads the whole log in batches of `batch` events and recomputes its chain.

    `anchor` is the number and hash of an event from an earlier verdict. Without an anchor, a log that was truncated
    together with its tail, or rewritten from some event on, looks intact.
    """
    verdict = await _verify(store, await store.read(TAIL), batch, anchor)
    # Of an event that is appended just now the tail may be seen before the event is: no fault counts until it is found
    # again up to a place without running appends.
    return verdict if verdict.fault is None else await _verify(store, await store.write(_held_tail), batch, anchor)


async def _held_tail(tx: Transaction) -> Any:
    await tx.run(SETTLED)
    return await tx.run(TAIL)


async def _verify(store: Store, tail: Any, batch: int, anchor: tuple[int, str] | None) -> Verdict:
    last, tail_hash, beyond = tail
    seq, head = 0, ""
    while seq < last:
        rows = await store.read(BATCH, after=seq, until=min(seq + batch, last))
        for event in (AuditEvent(*row) for row in rows):
            fault = _fault(event, seq + 1, head, anchor)
            if fault:
                return Verdict(seq, head, fault, seq + 1)
            seq, head = event.seq, event.hash
        if len(rows) < batch and seq < last:
            return Verdict(seq, head, f"Event {seq + 1} is missing.", seq + 1)
    return _end(seq, head, tail_hash, beyond, anchor)


def _fault(event: AuditEvent, seq: int, head: str, anchor: tuple[int, str] | None) -> str | None:
    if event.seq != seq:
        return f"Event {seq} is missing."
    if event.previous_hash != head:
        return f"Event {seq} does not follow the event before it."
    if event.hash != hash_of_event(event):
        return f"Event {seq} was changed after it was written."
    if anchor is not None and anchor[0] == seq and anchor[1] != event.hash:
        return f"Event {seq} is not the one that the anchor names: the log was rewritten."
    return None


def _end(seq: int, head: str, tail_hash: str, beyond: int, anchor: tuple[int, str] | None) -> Verdict:
    if head != tail_hash:
        return Verdict(seq, head, f"The log's tail does not name event {seq}.", seq)
    if beyond:
        return Verdict(seq, head, f"{beyond} event(s) stand behind the log's tail.", seq + 1)
    if anchor is not None and anchor[0] > seq:
        return Verdict(seq, head, f"The log ends at event {seq}, before the anchored event {anchor[0]}.", seq + 1)
    return Verdict(seq, head)
