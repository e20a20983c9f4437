"""Keeps the history: follows the audit log and notes, for each product that an event may have turned, how it stands.

Nothing of it is part of a write: a mutation takes as long as without it. A product's standing over a span of time is
one `ComplianceSpan {productId, domain, since, until, violations, warnings, waived}`; a new one begins only where the
counts change. They are those of `complianceReport` as of that time, found by the same functions.

Any replica may do it: each step is one transaction under the lock of one node, which also holds how far it got.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, LiteralString, NamedTuple

from resolvers import clock
from resolvers.history.effects import Effect, effect_of, spread, union
from resolvers.policies.binding import Bound, bind
from resolvers.policies.evaluate import evaluate, refuses
from resolvers.policies.loading import MESH, Loaded, Scope, load
from resolvers.projections import AUDIT_EVENT, POLICY
from resolvers.records import AuditEvent, Policy
from resolvers.store import Store, Transaction

# Events of one step, and how far back one looks for what a write that committed late comes before.
STEP = 20
LATE = 5_000
END = "9999"

LOCK: LiteralString = """
MERGE (h:ComplianceLog {key: 'history'}) ON CREATE SET h.seq = 0, h.at = '', h.until = ''
SET h._lock = true REMOVE h._lock
RETURN h.key
"""
NEXT: LiteralString = f"""
MATCH (h:ComplianceLog {{key: 'history'}}), (t:AuditLog {{key: 'tail'}})
WITH h, t.seq AS tail
CALL (h, tail) {{
  MATCH (e:AuditEvent) WHERE e.seq > h.seq AND e.seq <= tail
  WITH e ORDER BY e.seq LIMIT $step RETURN collect({AUDIT_EVENT}) AS events
}}
CALL () {{ MATCH (y:Policy) RETURN collect({POLICY}) AS policies }}
RETURN [h.seq, h.at, h.until, tail, events, policies]
"""


class Place(NamedTuple):
    """How far the history got: all events up to `seq`, the latest of them of `at`, all dates up to `until`."""

    seq: int
    at: str
    until: str


class Step(NamedTuple):
    place: Place
    tail: int
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
    """Whether something happened, or a date came, that the history doesn't tell of yet."""
    return bool(await store.read(WAITING, now=clock.now()))


async def keep(store: Store, seconds: float = 20.0) -> bool:
    """Goes on with the history for about `seconds`. True when it tells of everything."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while await is_behind(store):
        if loop.time() > deadline:
            return False
        await store.write(step)
    return True


async def step(tx: Transaction) -> None:
    """The next few events, and the dates that came before them, in one transaction."""
    await tx.run(LOCK)
    now = clock.now()
    seq, at, until, tail, events, policies = await tx.run(NEXT, step=STEP)
    work = Step(Place(seq, at, until), tail, [AuditEvent(*e) for e in events], [bind(Policy(*p)) for p in policies])
    # While events are left, only dates before the ones at hand are due: a later event may have moved the others.
    last = max([work.place.at, *(event.at for event in work.events)])
    horizon = now if len(work.events) < STEP or work.events[-1].seq == tail else last
    moments = await moments_of(tx, work, horizon)
    for moment in sorted(moments):
        await note(tx, moment, moments[moment], work.policies)
    reached = work.events[-1].seq if work.events else seq
    await tx.run(REACHED, seq=reached, at=last, until=max(until, horizon))


REACHED: LiteralString = (
    "MATCH (h:ComplianceLog {key: 'history'}) SET h.seq = $seq, h.at = $at, h.until = $until RETURN h.seq"
)


async def moments_of(tx: Transaction, work: Step, horizon: str) -> dict[str, Effect]:
    """By time, whom to look at then."""
    moments: dict[str, list[Effect]] = {}
    for moment, effect in await dates(tx, work.policies, work.place.until, horizon):
        moments.setdefault(moment, []).append(effect)
    for event in work.events:
        effect = await spread(tx, effect_of(event), event.at, work.policies)
        if effect == Effect():
            continue
        for moment in {event.at, *effect.moments, *await later(tx, work, event)}:
            if moment >= event.at:
                moments.setdefault(moment, []).append(effect)
    return {moment: union(effects) for moment, effects in moments.items()}


EXPIRED: LiteralString = """
MATCH (w:Waiver) WHERE w.expiresAt > $since AND w.expiresAt <= $until
RETURN collect(DISTINCT [w.expiresAt, w.productId])
"""


async def dates(tx: Transaction, policies: Iterable[Bound], since: str, until: str) -> list[tuple[str, Effect]]:
    """What came by itself behind `since`, up to `until`: policies that begin or end, waivers that run out."""
    found = [
        (moment, effect_of_policy(bound.policy))
        for bound in policies
        for moment in (bound.policy.effective_from, bound.policy.retired_at)
        if moment is not None and since < moment <= until
    ]
    expired = await tx.run(EXPIRED, since=since, until=until)
    return found + [(moment, Effect(alone=frozenset({product}))) for moment, product in expired]


def effect_of_policy(policy: Policy) -> Effect:
    if policy.product_id:
        return Effect(alone=frozenset({policy.product_id}))
    return Effect(domains=frozenset({policy.domain})) if policy.domain else Effect(mesh=True)


BEFORE: LiteralString = """
MATCH (e:AuditEvent) WHERE e.seq < $seq AND e.seq >= $seq - $late AND e.at > $at
RETURN collect(DISTINCT e.at)
"""


async def later(tx: Transaction, work: Step, event: AuditEvent) -> set[str]:
    """Times behind the event's own at which was looked already: it committed after writes that began after it, so what
    was found then is to be found anew."""
    earlier = {one.at for one in work.events if one.seq < event.seq and one.at > event.at}
    if event.at < work.place.at:
        earlier |= set(await tx.run(BEFORE, seq=event.seq, at=event.at, late=LATE))
    if event.at < work.place.until:
        earlier |= {moment for moment, _ in await dates(tx, work.policies, event.at, work.place.until)}
    return earlier


# -- one moment --------------------------------------------------------------------------------------------------------

NOTE: LiteralString = """
UNWIND $rows AS row
OPTIONAL MATCH (s:ComplianceSpan {productId: row.productId}) WHERE s.since <= $at AND s.until > $at
WITH row, s, CASE WHEN s IS NOT NULL THEN s.until ELSE coalesce(COLLECT {
  MATCH (n:ComplianceSpan {productId: row.productId}) WHERE n.since > $at RETURN n.since ORDER BY n.since LIMIT 1
}[0], $end) END AS until
WHERE s IS NULL OR s.violations <> row.violations OR s.warnings <> row.warnings OR s.waived <> row.waived
FOREACH (_ IN CASE WHEN s IS NOT NULL AND s.since = $at THEN [1] ELSE [] END | SET s += row)
FOREACH (_ IN CASE WHEN s IS NOT NULL AND s.since < $at THEN [1] ELSE [] END | SET s.until = $at)
FOREACH (_ IN CASE WHEN s IS NULL OR s.since < $at THEN [1] ELSE [] END |
  CREATE (n:ComplianceSpan) SET n = row, n.since = $at, n.until = until)
RETURN count(*)
"""


async def note(tx: Transaction, at: str, effect: Effect, policies: Iterable[Bound]) -> None:
    held = [bound for bound in policies if held_at(bound.policy, at)]
    needs = frozenset(need for bound in held for need in bound.rule.needs)
    rows: dict[str, dict[str, Any]] = {}
    for scope in scopes(effect):
        rows |= {row["productId"]: row for row in counts(held, await load(tx.run, scope, needs, at, past=True))}
    if rows:
        await tx.run(NOTE, at=at, rows=list(rows.values()), end=END)


def held_at(policy: Policy, at: str) -> bool:
    """As `resolvers.policies.in_force` has it."""
    begun = policy.since <= at and policy.effective_from <= at
    return begun and (policy.retired_at is None or policy.retired_at > at) and not policy.paused


def scopes(effect: Effect) -> list[Scope]:
    if effect.mesh:
        return [MESH]
    domains = [Scope(domains=tuple(sorted(effect.domains)))] if effect.domains else []
    return domains + ([Scope(ids=tuple(sorted(effect.alone)))] if effect.alone else [])


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
