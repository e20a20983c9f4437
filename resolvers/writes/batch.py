"""Runs many writes as one: all or nothing, judged together at the end, one audit event for each domain."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from resolvers.graph.store import Transaction
from resolvers.model.access import Caller
from resolvers.writes.judgement import Touched
from resolvers.writes.locking import Locks, Products, read_locked
from resolvers.writes.pipeline import Change, LockedState, Part, Write, authorize
from resolvers.writes.revisions import save_revisions


def batch(name: str, caller: Caller, writes: Sequence[Write]) -> Write:
    """One write made of several, in their order, for `resolvers.writes.pipeline.write`.

    Later writes see the changes of earlier ones. Each is authorized by itself.
    """
    if not writes:
        raise ValueError("a batch has at least one write")

    async def look(tx: Transaction, products: Products) -> LockedState:
        return LockedState()

    async def apply(tx: Transaction, state: Any, now: str) -> Change:
        changes = [await _step(tx, caller, write, now) for write in writes]
        done = [change for change in changes if change.changed]
        parts = parts_of(done)
        things = tuple(change.thing for change in changes)
        touched = _touched(writes, changes)
        last = partial(_finish, [change.last for change in done if change.last])
        return Change(things, "BATCH", name, touched=touched, changed=bool(done), last=last, parts=parts)

    return Write(
        name=name,
        action=None,
        document=[[write.name, write.document] for write in writes],
        locks=Locks(
            ids=tuple(identifier for write in writes for identifier in write.locks.ids),
            domain_names=tuple(domain for write in writes for domain in write.locks.domain_names),
        ),
        touched=union([write.touched for write in writes]),
        look=look,
        apply=apply,
    )


def parts_of(changes: Sequence[Change]) -> tuple[Part, ...]:
    """What the changes did in each domain, those of none together, in the order of their first changes."""
    parts: dict[str | None, list[Change]] = {}
    for change in changes:
        parts.setdefault(change.domain, []).append(change)
    return tuple(
        Part(
            domain,
            {"changes": [{"kind": c.subject_kind, "id": c.subject_id, "after": c.after} for c in own]},
            tuple(dict.fromkeys(id for c in own for id in mentioned(c))),
        )
        for domain, own in parts.items()
    )


def mentioned(change: Change) -> tuple[str, ...]:
    """The product that a change is of: its subject, the consumer of a dependency, the product of a contract."""
    if change.subject_kind in ("DATA_PRODUCT", "DEPENDENCY"):
        return (change.subject_id,)
    product = (change.after or {}).get("productId")
    return (product,) if isinstance(product, str) else ()


async def _step(tx: Transaction, caller: Caller, planned: Write, now: str) -> Change:
    state = await planned.look(tx, await read_locked(tx, planned.locks.products))
    authorize(caller, planned.action, state)
    change = await planned.apply(tx, state.state, now)
    await save_revisions(tx, change.unsaved)  # the next write is to see it
    return change


async def _finish(lasts: Sequence[Callable[[Transaction], Awaitable[None]]], tx: Transaction) -> None:
    for last in lasts:
        await last(tx)


def _touched(writes: Sequence[Write], changes: Sequence[Change]) -> Touched:
    pairs = zip(writes, changes, strict=True)
    return union([write.touched if change.touched is None else change.touched for write, change in pairs])


def union(parts: Sequence[Touched]) -> Touched:
    products = tuple(dict.fromkeys(product for part in parts for product in part.products))
    others = tuple(dict.fromkeys(end for part in parts for end in part.other_ends if end not in products))
    return Touched(products, frozenset().union(*(part.aspects for part in parts)), others)
