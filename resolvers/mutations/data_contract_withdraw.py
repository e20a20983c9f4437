"""Withdraws a contract version that waits for its effective date, also one that a policy holds back."""

from typing import LiteralString

from resolvers.contracts.publish import document, withdraw_scheduled
from resolvers.governance.governed_write import write
from resolvers.graph import projections
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Contract, ContractStatus, Product
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

PRODUCT_OF: LiteralString = "MATCH (c:DataContract {id: $id}) RETURN c.productId"
CONTRACT: LiteralString = f"MATCH (c:DataContract {{id: $id}}) RETURN {projections.CONTRACT}"


async def withdraw_contract(
    store: Store, caller: Caller, contract_id: str, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Contract`, which never was in force and never will be. Its version stays taken.

    Faults: NOT_FOUND, FORBIDDEN (the product's domain may), INVALID_TRANSITION (it does not wait for a date).
    """
    # What is locked must be known before the transaction; which product a contract is of never changes.
    product_id = await store.read(PRODUCT_OF, id=contract_id) or ""
    return await write(store, caller, Action.PUBLISH_CONTRACT, lambda: plan(contract_id, product_id), options)


def plan(contract_id: str, product_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        product = products.get(product_id)
        if product is None:
            message = f"There is no contract '{contract_id[:200]}'."
            return LockedState(faults=(UserFault(UserErrorCode.NOT_FOUND, message, ("id",)),))
        return LockedState(product, (product.domain,))

    async def apply(tx: Transaction, product: Product, now: str) -> Change:
        before = Contract(*await tx.run(CONTRACT, id=contract_id))
        check_scheduled(before)
        await withdraw_scheduled(tx, product_id)
        after = Contract(*await tx.run(CONTRACT, id=contract_id))
        audited = (document(before), document(after) | {"status": after.status})
        return Change(after, "DATA_CONTRACT", contract_id, product.domain, *audited, touched=NOTHING)

    return Write(
        name="dataContractWithdraw",
        action=Action.PUBLISH_CONTRACT,
        document=[contract_id],
        locks=Locks((product_id,), products=(product_id,)),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


def check_scheduled(contract: Contract) -> None:
    if contract.status != ContractStatus.SCHEDULED:
        message = f"Version {contract.version} is {contract.status}: only one that waits for its date is withdrawn."
        raise UserFault(UserErrorCode.INVALID_TRANSITION, message, ("id",))
