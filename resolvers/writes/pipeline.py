"""The write pipeline: lock, replay, authorize, compare the revision, apply, judge, log, commit or roll back.

A mutation describes itself as a `Write` of plain functions and passes it to `write`. Steps take the open
transaction and can be composed: `apply` of one write may call the steps of another, and `writes.batch.batch` makes
one write of many. Retryable database errors repeat everything from the lock, so no step may have an effect outside
its transaction.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from resolvers.audit import log
from resolvers.graph.store import Rollback, Store, Transaction
from resolvers.model import clock
from resolvers.model.access import Action, Caller, permit
from resolvers.model.errors import RevisionConflict, StoreError, UserFault, UserFaults
from resolvers.model.records import Product
from resolvers.writes import idempotency
from resolvers.writes.judgement import Governance, Judgement, Touched, Violation
from resolvers.writes.locking import Locks, Products, lock
from resolvers.writes.neighbourhood import NOBODY, Neighbourhood
from resolvers.writes.revisions import save_revisions

# How often a write starts again because its neighbourhood changed between finding and locking it.
MOVES = 8


class WriteOptions(NamedTuple):
    """`dry_run` runs every step and rolls back; it neither reads nor stores idempotency keys."""

    dry_run: bool = False
    idempotency_key: str | None = None
    expected_revision: int | None = None


class Outcome(NamedTuple):
    """Result of every mutation function.

    `thing` is the record: None if the write was refused, present if a dry run would have committed. `overlay` are
    the records that a judged but rolled-back write would have stored.
    """

    thing: Any | None
    user_errors: tuple[UserFault, ...] = ()
    violations: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    dry_run: bool = False
    extra: Mapping[str, Any] = {}
    overlay: tuple[Any, ...] = ()


class LockedState(NamedTuple):
    """State that `look` read under the locks; `state` is passed to `apply`.

    `domains` are the names for which the caller needs the permission. `faults` report what does not exist.
    `revision` is compared with `expectedRevision`.
    """

    state: Any = None
    domains: tuple[str, ...] = ()
    faults: tuple[UserFault, ...] = ()
    revision: int | None = None


class Part(NamedTuple):
    """What a write did in one domain, for an event of its own. `mentions` are the products that it changed."""

    domain: str | None
    after: Mapping[str, Any]
    mentions: tuple[str, ...] = ()


class Change(NamedTuple):
    """What `apply` did. `before` and `after` are JSON documents of the subject for the audit log.

    `changed` False: all was so already; nothing is judged or logged. `touched`: None means what the write announced.
    `last(tx)` runs after the checks: what no policy asks about and other writers would wait for. `unsaved` are products
    whose next revision is still to be written, which the statement that judges them does first. `parts` are there when
    the write did something in several domains: the log gets an event for each, instead of one of `after`.
    """

    thing: Any
    subject_kind: str
    subject_id: str
    domain: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    touched: Touched | None = None
    extra: Mapping[str, Any] = {}
    changed: bool = True
    last: Callable[[Transaction], Awaitable[None]] | None = None
    unsaved: tuple[Product, ...] = ()
    parts: tuple[Part, ...] = ()


Look = Callable[[Transaction, Products], Awaitable[LockedState]]
Apply = Callable[[Transaction, Any, str], Awaitable[Change]]


class Write(NamedTuple):
    """One mutation with its checked input.

    `name` is the name of the mutation (`dataProductCreate`): the audit event's action and part of the idempotency
    key. `document` is the whole input as JSON. `locks` name everything that exists and that the write depends on;
    `touched` the products that it changes. `action` None: its parts are authorized by themselves. `look(tx,
    products)` reads under the locks; `products` are those that `locks.products` names. `apply(tx, seen.state, now)`
    writes.
    """

    name: str
    action: Action | None
    document: Any
    locks: Locks
    touched: Touched
    look: Look
    apply: Apply


class NeighbourhoodChanged(NamedTuple):
    """The neighbourhood changed before it was locked: start again and lock these products too."""

    ids: frozenset[str]


def no_neighbours(touched: Touched) -> Neighbourhood:
    return NOBODY


async def no_objection(tx: Transaction, touched: Touched, now: str, unsaved: Sequence[Product]) -> Judgement:
    await save_revisions(tx, unsaved)
    return Judgement()


DEFAULTS = WriteOptions()
UNGOVERNED = Governance(no_neighbours, no_objection)


async def write(
    store: Store,
    caller: Caller,
    action: Action,
    plan: Callable[[], Write],
    options: WriteOptions = DEFAULTS,
    governance: Governance = UNGOVERNED,
) -> Outcome:
    """Runs the write that `plan` makes of its input; `plan` raises `UserFaults` for invalid input.

    Faults and violations are returned in the outcome and never raised. Raises `StoreError`.
    """
    try:
        if caller.anonymous:  # anonymous callers neither learn faults of the input nor take locks
            permit(caller, action)
        planned = plan()
        key = _key(caller, planned, options)
        return await _until_still(store, lambda tx, more: _attempt(tx, caller, planned, options, governance, key, more))
    except UserFault as fault:
        return Outcome(None, (fault,), dry_run=options.dry_run, extra=fault.extra)
    except UserFaults as faults:
        return Outcome(None, faults.faults, dry_run=options.dry_run)


def _key(caller: Caller, planned: Write, options: WriteOptions) -> str | None:
    if options.idempotency_key is None:
        return None
    key = idempotency.stored_key(caller.name, planned.name, options.idempotency_key)
    return None if options.dry_run else key


async def _until_still(store: Store, attempt: Callable[[Transaction, frozenset[str]], Awaitable[Outcome]]) -> Outcome:
    more: frozenset[str] = frozenset()
    for _ in range(MOVES):
        result: Outcome | NeighbourhoodChanged = await store.write(lambda tx, more=more: attempt(tx, more))
        if isinstance(result, Outcome):
            return result
        more |= result.ids
    raise StoreError("Products connected to this one kept changing during the write: try again.", "CONTENTION")


async def _attempt(
    tx: Transaction,
    caller: Caller,
    planned: Write,
    options: WriteOptions,
    governance: Governance,
    key: str | None,
    more: frozenset[str],
) -> Outcome:
    """One transaction."""
    input_hash = idempotency.hash_of([planned.document, options.expected_revision])
    ids = (*planned.locks.ids, *_ends(planned.touched), *more)
    locked = await lock(tx, planned.locks._replace(ids=ids), key, governance.around(planned.touched))
    if locked.known is not None:
        return _replay(locked.known, input_hash)
    state = await planned.look(tx, locked.products)
    authorize(caller, planned.action, state)
    check_revision(options.expected_revision, state.revision)
    now = clock.now()  # after the lock, so that times of one subject follow the order of its writes
    change = await planned.apply(tx, state.state, now)
    judgement = await _judge(tx, planned, change, governance, locked.ids, now)
    outcome = Outcome(change.thing, (), judgement.violations, judgement.warnings, options.dry_run, change.extra)
    if judgement.violations or options.dry_run:
        thing = None if judgement.violations else change.thing
        raise Rollback(outcome._replace(thing=thing, overlay=(change.thing, *change.extra.values())))
    if change.last is not None:
        await change.last(tx)
    memo = None if key is None else idempotency.memo(key, input_hash, _answer(outcome), now)
    await _record(tx, caller, planned, change, judgement, now, locked.tail, memo)
    return outcome


async def _judge(
    tx: Transaction, planned: Write, change: Change, governance: Governance, locked: frozenset[str], now: str
) -> Judgement:
    """Judges the write. Neighbours were found before they were locked; a verdict about a new one needs a new start."""
    if not change.changed:
        return Judgement()
    judgement = await governance.judge(tx, touched_at_last(planned, change), now, change.unsaved)
    missed = judgement.reached - locked
    if missed:
        raise Rollback(NeighbourhoodChanged(missed))
    return judgement


def touched_at_last(planned: Write, change: Change) -> Touched:
    return planned.touched if change.touched is None else change.touched


def _ends(touched: Touched) -> tuple[str, ...]:
    return (*touched.products, *touched.other_ends)


def authorize(caller: Caller, action: Action | None, state: LockedState) -> None:
    """Checks permissions. Missing objects belong to no domain, so their faults are reported first; every reader may
    know them.
    """
    if state.faults:
        raise UserFaults(list(state.faults))
    if action is None:
        return
    for domain in state.domains or (None,):
        permit(caller, action, domain)


def check_revision(expected: int | None, current: int | None) -> None:
    if expected is not None and current is not None and expected != current:
        raise RevisionConflict(expected, current)


async def _record(
    tx: Transaction,
    caller: Caller,
    planned: Write,
    change: Change,
    judgement: Judgement,
    now: str,
    tail: log.Tail,
    memo: Mapping[str, Any] | None,
) -> None:
    if change.changed:
        entries = list(_entries(caller, planned, change, judgement, now))
        for entry in entries[:-1]:
            event = await log.append(tx, entry, tail)
            tail = (event.seq, event.hash)
        await log.append(tx, entries[-1], tail, memo)
    elif memo is not None:
        await idempotency.remember(tx, memo)


def _entries(caller: Caller, planned: Write, change: Change, judgement: Judgement, now: str) -> Iterator[log.Entry]:
    about = (now, caller.name, planned.name, change.subject_kind, change.subject_id)
    if not change.parts:
        yield log.Entry(*about, change.domain, change.before, change.after, judgement.judged)
    for part in change.parts:
        yield log.Entry(*about, part.domain, None, part.after, judgement.judged, part.mentions)


def _answer(outcome: Outcome) -> dict[str, Any]:
    return {"thing": outcome.thing, "warnings": outcome.warnings, "extra": dict(outcome.extra)}


def _replay(stored: Sequence[str], input_hash: str) -> Outcome:
    idempotency.check_same_input(stored[0], input_hash)
    answer = idempotency.decode(json.loads(stored[1]))
    return Outcome(answer["thing"], (), (), tuple(answer["warnings"]), False, answer["extra"])
