"""Records compliance over time: follows the audit log and stores the counts of each product that an event may affect.

It runs outside of writes, so mutations do not wait for it. The counts of a product over a span of time are one
`ComplianceSpan {productId, domain, since, until, violations, warnings, waived}`; a new span begins only where they
change. They are those of `complianceReport` as of that time, computed by the same functions.

One replica at a time records: it holds a lease on the `ComplianceLog` node, timed by the database's clock. A
replica whose lease expired writes nothing, because the position it started from is compared under a lock.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, LiteralString, NamedTuple
from uuid import uuid4

from resolvers.audit.high_watermark import settled
from resolvers.governance.engine.binding import Bound, bind, needs_of
from resolvers.governance.engine.evaluate import evaluate, refuses
from resolvers.governance.engine.facts_builder import Loaded
from resolvers.governance.engine.facts_cypher import Run, Scope, load
from resolvers.governance.history.affected import Effect, effect_of, spread, union
from resolvers.graph.projections import AUDIT_EVENT, POLICY
from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.records import AuditEvent, Policy

# Events of one step; products looked at by one query; events looked back for what a late commit comes before.
STEP = 20
AT_ONCE = 2_000
LATE = 5_000
LEASE_SECONDS = 60
END = "9999"

NEXT: LiteralString = f"""
OPTIONAL MATCH (h:ComplianceLog {{key: 'history'}})
WITH coalesce(h.seq, 0) AS seq, coalesce(h.at, '') AS at, coalesce(h.until, '') AS until
CALL (seq) {{
  MATCH (e:AuditEvent) WHERE e.seq > seq AND e.seq <= $tail
  WITH e ORDER BY e.seq LIMIT $step RETURN collect({AUDIT_EVENT}) AS events
}}
CALL () {{ MATCH (y:Policy) RETURN collect({POLICY}) AS policies }}
RETURN [seq, at, until, events, policies]
"""


class HistoryPosition(NamedTuple):
    """How far the history got: all events up to `seq`, the latest of them of `at`, all dates up to `until`."""

    seq: int
    at: str
    until: str


class Step(NamedTuple):
    """The next work after a position; `policies` are all versions of all policies."""

    place: HistoryPosition
    events: list[AuditEvent]
    policies: list[Bound]


WAITING: LiteralString = """
OPTIONAL MATCH (h:ComplianceLog {key: 'history'})
MATCH (t:AuditLog {key: 'tail'})
WITH coalesce(h.seq, 0) AS seq, coalesce(h.until, '') AS until, t.seq AS tail
RETURN tail > seq
  OR EXISTS { MATCH (w:Waiver) WHERE w.expiresAt > until AND w.expiresAt <= $now }
  OR EXISTS { MATCH (y:Policy) WHERE (y.effectiveFrom > until AND y.effectiveFrom <= $now)
    OR (y.retiredAt > until AND y.retiredAt <= $now) }
"""


async def is_behind(store: Store) -> bool:
    """Whether there are events or dates that are not recorded yet."""
    return bool(await store.read(WAITING, now=clock.now()))


class Progress(StrEnum):
    """The result of a step: everything is recorded that had happened when it began, or there was more than it takes at
    once, or another replica was there first."""

    ALL = "ALL"
    SOME = "SOME"
    LOST = "LOST"


async def record(store: Store, seconds: float = 20.0, rest: float = 0.0) -> bool:
    """Continues the history for about `seconds`, unless another replica does.

    True when it covers everything that had happened when this began. What comes meanwhile waits for the next call: the
    more events there are at once, the less each of them costs. While others write it rests after each step, `rest`
    times as long as the step took, which leaves the database to them.
    """
    if not await is_behind(store):
        return True
    owner = uuid4().hex
    if not await store.write(partial(take_lease, owner=owner)):
        return False
    try:
        return await _record(store, seconds, rest)
    finally:
        await store.write(partial(release_lease, owner=owner))


async def _record(store: Store, seconds: float, rest: float) -> bool:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    tail = None
    while True:
        started = loop.time()
        if started > deadline:
            return False
        before, (progress, tail) = tail, await step(store)
        match progress:
            case Progress.ALL:
                return True
            case Progress.SOME if before not in (None, tail):
                await asyncio.sleep(rest * (loop.time() - started))
            case Progress.LOST:
                return False
        if not await is_behind(store):
            return True


async def step(store: Store) -> tuple[Progress, int]:
    """Processes the next few events, and the dates before them. Returns the number of the last event of the log at the
    start of the step."""
    run = store.read_latest
    now = clock.now()
    tail = await settled(store)
    seq, at, until, events, policies = await run(NEXT, tail=tail, step=STEP)
    place = HistoryPosition(seq, at, until)
    work = Step(place, [AuditEvent(*event) for event in events], [bind(Policy(*policy)) for policy in policies])
    # While events are left, only dates before the ones at hand are due: a later event may have moved the others.
    last = max([at, *(event.at for event in work.events)])
    whole = not work.events or work.events[-1].seq == tail
    horizon = max(now, last) if whole else last
    moments = await moments_of(run, work, horizon)
    notes: list[Note] = []
    for moment in sorted(moments):
        async for rows in standing(run, moment, moments[moment], work.policies):
            notes.append(Note(moment, rows))
            if sum(len(one.rows) for one in notes) >= AT_ONCE:
                if not await store.write(partial(write_down, place=place, notes=notes)):
                    return Progress.LOST, tail
                notes = []
    reached = HistoryPosition(work.events[-1].seq if work.events else seq, last, max(until, horizon))
    if not await store.write(partial(write_down, place=place, notes=notes, reached=reached)):
        return Progress.LOST, tail
    return (Progress.ALL if whole else Progress.SOME), tail


async def moments_of(run: Run, work: Step, horizon: str) -> dict[str, Effect]:
    """By time, the products to evaluate then."""
    moments: dict[str, list[Effect]] = {}
    for moment, effect in await dates(run, work.policies, work.place.until, horizon):
        moments.setdefault(moment, []).append(effect)
    for event in work.events:
        effect = await spread(run, effect_of(event), event.at, work.policies)
        if effect == Effect():
            continue
        for moment in {event.at, *effect.moments, *await later(run, work, event)}:
            if moment >= event.at:
                moments.setdefault(moment, []).append(effect)
    return {moment: union(effects) for moment, effects in moments.items()}


EXPIRED: LiteralString = """
MATCH (w:Waiver) WHERE w.expiresAt > $since AND w.expiresAt <= $until
RETURN collect(DISTINCT [w.expiresAt, w.productId])
"""


async def dates(run: Run, policies: Iterable[Bound], since: str, until: str) -> list[tuple[str, Effect]]:
    """What came by itself behind `since`, up to `until`: policies that begin or end, waivers that run out."""
    dated = [
        (moment, effect_of_policy(bound.policy))
        for bound in policies
        for moment in (bound.policy.effective_from, bound.policy.retired_at)
        if moment is not None and since < moment <= until
    ]
    expired = await run(EXPIRED, since=since, until=until)
    return dated + [(moment, Effect(alone=frozenset({product}))) for moment, product in expired]


def effect_of_policy(policy: Policy) -> Effect:
    if policy.product_id:
        return Effect(alone=frozenset({policy.product_id}))
    return Effect(domains=frozenset({policy.domain})) if policy.domain else Effect(mesh=True)


BEFORE: LiteralString = """
MATCH (e:AuditEvent) WHERE e.seq < $seq AND e.seq >= $seq - $late AND e.at > $at
RETURN collect(DISTINCT e.at)
"""


async def later(run: Run, work: Step, event: AuditEvent) -> set[str]:
    """Times behind the event's own at which was looked already: it committed after writes that began after it, so what
    was found then is to be found anew."""
    earlier = {one.at for one in work.events if one.seq < event.seq and one.at > event.at}
    if event.at < work.place.at:
        earlier |= set(await run(BEFORE, seq=event.seq, at=event.at, late=LATE))
    if event.at < work.place.until:
        earlier |= {moment for moment, _ in await dates(run, work.policies, event.at, work.place.until)}
    return earlier


# -- one moment --------------------------------------------------------------------------------------------------------

# The index is named because nothing is known of spans while the first of an import are written: a plan made then has
# looked at all open spans for each row. By CALL, since a hint within an expression is ignored.
NOTE: LiteralString = """
UNWIND $rows AS row
OPTIONAL MATCH (s:ComplianceSpan {productId: row.productId}) USING INDEX SEEK s:ComplianceSpan(productId, since)
WHERE s.since <= $at AND s.until > $at
CALL (row, s) {
  WITH row, s WHERE s IS NULL
  MATCH (n:ComplianceSpan {productId: row.productId}) USING INDEX SEEK n:ComplianceSpan(productId, since)
  WHERE n.since > $at
  RETURN min(n.since) AS next
}
WITH row, s, coalesce(s.until, next, $end) AS until, row.violations IS NULL AS ended
WHERE CASE WHEN ended THEN s IS NOT NULL ELSE
  s IS NULL OR s.violations <> row.violations OR s.warnings <> row.warnings OR s.waived <> row.waived END
FOREACH (_ IN CASE WHEN s.since = $at AND NOT ended THEN [1] ELSE [] END | SET s += row)
FOREACH (_ IN CASE WHEN s.since < $at OR ended THEN [1] ELSE [] END | SET s.until = $at)
FOREACH (_ IN CASE WHEN NOT ended AND (s IS NULL OR s.since < $at) THEN [1] ELSE [] END |
  CREATE (n:ComplianceSpan) SET n = row, n.since = $at, n.until = until)
RETURN count(*)
"""


_NOW_MS: LiteralString = "datetime.realtime().epochMillis"

LEASE: LiteralString = f"""
MATCH (h:ComplianceLog {{key: 'history'}}) WHERE h.leaseUntil IS NULL OR h.leaseUntil < {_NOW_MS}
SET h.leaseOwner = $owner, h.leaseUntil = {_NOW_MS} + $lease
RETURN h.key
"""
RELEASE: LiteralString = """
MATCH (h:ComplianceLog {key: 'history'}) WHERE h.leaseOwner = $owner
REMOVE h.leaseOwner, h.leaseUntil
RETURN h.key
"""


async def take_lease(tx: Transaction, *, owner: str) -> bool:
    """False if another replica holds the lease. The node is locked first, so that the compared values cannot change."""
    await tx.run(LOCK)
    return await tx.run(LEASE, owner=owner, lease=LEASE_SECONDS * 1000) is not None


async def release_lease(tx: Transaction, *, owner: str) -> None:
    await tx.run(LOCK)
    await tx.run(RELEASE, owner=owner)


# One statement locks and reads: the plan reads after SET.
LOCK: LiteralString = """
MERGE (h:ComplianceLog {key: 'history'}) ON CREATE SET h.seq = 0, h.at = '', h.until = ''
SET h._lock = true REMOVE h._lock
RETURN [h.seq, h.at, h.until]
"""
REACHED: LiteralString = (
    "MATCH (h:ComplianceLog {key: 'history'}) SET h.seq = $seq, h.at = $at, h.until = $until, h.leaseUntil = "
    + _NOW_MS
    + " + $lease RETURN h.seq"
)


class Note(NamedTuple):
    """Counts of some products from `at` on, in the form of spans."""

    at: str
    rows: list[dict[str, Any]]


async def write_down(
    tx: Transaction, *, place: HistoryPosition, notes: Sequence[Note], reached: HistoryPosition | None = None
) -> bool:
    """False, and nothing is written, when another process went on from `place` meanwhile. To note the same again
    changes nothing, so a step that was cut short is simply taken anew."""
    if HistoryPosition(*await tx.run(LOCK)) != place:
        return False
    for at, rows in notes:
        await tx.run(NOTE, at=at, rows=rows, end=END)
    if reached is not None:
        await tx.run(REACHED, **reached._asdict(), lease=LEASE_SECONDS * 1000)
    return True


async def standing(run: Run, at: str, effect: Effect, policies: Iterable[Bound]) -> AsyncIterator[list[dict[str, Any]]]:
    """Counts at `at` of each product that `effect` reaches, as spans have them, in batches of about a thousand."""
    held = [bound for bound in policies if held_at(bound.policy, at)]
    needs = needs_of(held)
    ids = await products_of(run, effect)
    for first in range(0, len(ids), AT_ONCE):
        scope = Scope(ids=tuple(ids[first : first + AT_ONCE]))
        loaded = await load(run, scope, needs, at, past=True)
        # One that is not judged ends its span: it is retired, or was not there yet and has none.
        rows = counts(held, loaded) + [{"productId": id} for id in scope.ids or () if id not in loaded.facts]
        if rows:
            yield rows


IDS: LiteralString = "MATCH (p:DataProduct) WHERE $mesh OR p.domain IN $domains RETURN collect(p.id)"


async def products_of(run: Run, effect: Effect) -> list[str]:
    wide = effect.mesh or effect.domains
    ids = await run(IDS, mesh=effect.mesh, domains=sorted(effect.domains)) if wide else []
    return sorted({*ids, *effect.alone})


def held_at(policy: Policy, at: str) -> bool:
    """As `resolvers.governance.engine.active_policies` has it."""
    begun = policy.since <= at and policy.effective_from <= at
    return begun and (policy.retired_at is None or policy.retired_at > at) and not policy.paused


def counts(held: Iterable[Bound], loaded: Loaded) -> list[dict[str, Any]]:
    rows = {
        id: {"productId": id, "domain": facts.product.domain, "violations": 0, "warnings": 0, "waived": 0}
        for id, facts in loaded.facts.items()
    }
    for bound in held:
        for finding in evaluate(bound, loaded):
            row = rows[finding.product_id]
            row["violations" if refuses(finding) else "warnings"] += 1
            row["waived"] += finding.waiver is not None
    return list(rows.values())
