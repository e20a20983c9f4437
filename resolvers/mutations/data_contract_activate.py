"""Activates contracts whose effective date has come: one governed write each, on one of the replicas."""

import logging
from datetime import timedelta
from typing import Final, LiteralString

from resolvers.contracts.publish import document, put_in_force
from resolvers.governance.governed_write import write
from resolvers.graph import projections
from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.access import Action, Caller, Role
from resolvers.model.errors import StoreError
from resolvers.model.records import Contract, Product
from resolvers.writes import revisions
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import Change, LockedState, Outcome, Write

logger = logging.getLogger("meshweave.activation")

FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(minutes=5)
MAX_REASON: Final = 2_000
SYSTEM = Caller("meshweave", frozenset({Role.GOVERNANCE}))

DUE: LiteralString = """
MATCH (c:DataContract) WHERE c.tryAt <= $now
WITH c ORDER BY c.tryAt, c.id LIMIT 100
RETURN collect([c.productId, c.id])
"""


async def activate_due(store: Store) -> int:
    """Puts in force what is due and returns how many it did. One that a mandatory policy holds back is tried again
    after a while, longer with each time, so that it does not keep others waiting."""
    due = await store.read(DUE, now=clock.now())
    outcomes = [await activate(store, product_id, contract_id) for product_id, contract_id in due]
    return sum(outcome.thing is not None for outcome in outcomes)


async def activate(store: Store, product_id: str, contract_id: str) -> Outcome:
    try:
        outcome = await write(store, SYSTEM, Action.PUBLISH_CONTRACT, lambda: plan(product_id, contract_id))
    except StoreError as error:
        logger.warning("contract %s is due but could not be put in force: %s", contract_id, error)
        await hold_back(store, contract_id, f"The database did not answer: {error}")
        return Outcome(None)
    reasons = [f"{violation.policy.name}: {violation.message}" for violation in outcome.violations]
    reasons += [fault.message for fault in outcome.user_errors]
    if reasons:
        logger.warning("contract %s is due but held back: %s", contract_id, "; ".join(reasons))
        await hold_back(store, contract_id, " ".join(reasons))
    return outcome


HOLD: LiteralString = """
MATCH (c:DataContract {id: $id}) WHERE c.dueAt IS NOT NULL
SET c._lock = true REMOVE c._lock
WITH c WHERE c.dueAt IS NOT NULL AND c.tryAt <= $now
SET c.tries = coalesce(c.tries, 0) + 1, c.heldReason = $reason
RETURN c.tries
"""
LATER: LiteralString = "MATCH (c:DataContract {id: $id}) WHERE c.dueAt IS NOT NULL SET c.tryAt = $at RETURN c.tryAt"


async def hold_back(store: Store, contract_id: str, reason: str) -> None:
    """Notes why the contract is not in force, and when it is tried again: after 10 s, then twice as long each time, up
    to five minutes. Nothing of the catalog changes, so no event tells of it."""

    async def note(tx: Transaction) -> None:
        now = clock.now()
        tries = await tx.run(HOLD, id=contract_id, now=now, reason=reason[:MAX_REASON])
        if tries is not None:
            wait = min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT)
            await tx.run(LATER, id=contract_id, at=clock.to_text(clock.from_text(now) + wait))

    try:
        await store.write(note)
    except StoreError as error:
        logger.warning("contract %s: what holds it back could not be noted: %s", contract_id, error)


CONTRACT: LiteralString = f"MATCH (c:DataContract {{id: $id}}) WHERE c.dueAt <= $now RETURN {projections.CONTRACT}"


def plan(product_id: str, contract_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        product = products[product_id]  # a contract's product is never deleted
        return LockedState(product, (product.domain,))

    async def apply(tx: Transaction, product: Product, now: str) -> Change:
        row = await tx.run(CONTRACT, id=contract_id, now=now)
        if row is None:  # another replica was faster
            return Change(None, "DATA_CONTRACT", contract_id, product.domain, changed=False)
        contract = Contract(*row)
        after = revisions.bump(await put_in_force(tx, product, contract, now), now)
        about = ("DATA_CONTRACT", contract_id, product.domain)
        return Change(contract, *about, None, document(contract), unsaved=(after,))

    return Write(
        name="dataContractActivate",
        action=Action.PUBLISH_CONTRACT,
        document=[contract_id],
        locks=Locks((product_id,), products=(product_id,)),
        touched=Touched((product_id,), frozenset({Aspect.CONTRACT})),
        look=look,
        apply=apply,
    )
