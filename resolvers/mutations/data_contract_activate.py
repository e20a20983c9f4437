"""Contracts whose date has come: each is put in force by a governed write, on whichever replica gets there first."""

import logging
from typing import LiteralString

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
from resolvers.writes.pipeline import Change, Outcome, Seen, Write

logger = logging.getLogger("meshweave.activation")

SYSTEM = Caller("meshweave", frozenset({Role.GOVERNANCE}))

DUE: LiteralString = """
MATCH (c:DataContract) WHERE c.dueAt <= $now
WITH c ORDER BY c.dueAt, c.id LIMIT 100
RETURN collect([c.productId, c.id])
"""


async def activate_due(store: Store) -> int:
    """Puts in force what is due and returns how many it did. A mandatory policy may hold one back; it stays due."""
    due = await store.read(DUE, now=clock.now())
    outcomes = [await activate(store, product_id, contract_id) for product_id, contract_id in due]
    return sum(outcome.thing is not None for outcome in outcomes)


async def activate(store: Store, product_id: str, contract_id: str) -> Outcome:
    try:
        outcome = await write(store, SYSTEM, Action.PUBLISH_CONTRACT, lambda: plan(product_id, contract_id))
    except StoreError as error:
        logger.warning("contract %s is due but could not be put in force: %s", contract_id, error)
        return Outcome(None)
    for violation in outcome.violations:
        logger.warning("contract %s is due but held back: %s", contract_id, violation.message)
    return outcome


CONTRACT: LiteralString = f"MATCH (c:DataContract {{id: $id}}) WHERE c.dueAt <= $now RETURN {projections.CONTRACT}"


def plan(product_id: str, contract_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> Seen:
        product = products[product_id]  # a contract's product is never deleted
        return Seen(product, (product.domain,))

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
