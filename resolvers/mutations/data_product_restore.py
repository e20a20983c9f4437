"""Restores a retired data product: it is DEPRECATED again, without the dependencies that ended when it was retired."""

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.records import Product, ProductStatus
from resolvers.mutations.data_product_transition import check_from
from resolvers.mutations.data_product_update import change_product
from resolvers.mutations.locked_product import see_product
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions


async def restore_product(store: Store, caller: Caller, product_id: str, options: WriteOptions = DEFAULTS) -> Outcome:
    """`thing` is the `Product`. Faults: INVALID_TRANSITION, NOT_FOUND, FORBIDDEN, REVISION_CONFLICT."""
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(product_id), options)


def plan(product_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        return see_product(products, product_id)

    async def apply(tx: Transaction, product: Product, now: str) -> Change:
        check_from(product, ProductStatus.RETIRED, ProductStatus.DEPRECATED)
        return change_product(product, product._replace(status=ProductStatus.DEPRECATED.value), now)

    return Write(
        name="dataProductRestore",
        action=Action.WRITE_PRODUCT,
        document=[product_id],
        locks=Locks((product_id,), products=(product_id,)),
        touched=Touched((product_id,), frozenset({Aspect.STATUS})),
        look=look,
        apply=apply,
    )
