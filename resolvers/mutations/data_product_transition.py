"""Moves a data product along its life. Whether its consumers object is for policies to say, not for this table."""

from typing import Final

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Product, ProductStatus
from resolvers.mutations.data_product_update import change_product
from resolvers.mutations.locked_product import see_product
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, Outcome, Seen, Write, WriteOptions

ALLOWED: Final[dict[ProductStatus, tuple[ProductStatus, ...]]] = {
    ProductStatus.DEVELOPMENT: (ProductStatus.TESTING, ProductStatus.PRODUCTION, ProductStatus.DEPRECATED),
    ProductStatus.TESTING: (ProductStatus.DEVELOPMENT, ProductStatus.PRODUCTION, ProductStatus.DEPRECATED),
    ProductStatus.PRODUCTION: (ProductStatus.DEPRECATED,),
    ProductStatus.DEPRECATED: (ProductStatus.PRODUCTION,),  # a deprecation can be taken back
    ProductStatus.RETIRED: (),
}
# Steps that are mutations of their own.
BY_MUTATION: Final[dict[ProductStatus, str]] = {
    ProductStatus.DEPRECATED: "dataProductRetire makes it RETIRED",
    ProductStatus.RETIRED: "dataProductRestore makes it DEPRECATED",
}


async def transition_product(
    store: Store, caller: Caller, product_id: str, to: ProductStatus, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Product`. Faults: INVALID_TRANSITION, NOT_FOUND, FORBIDDEN, REVISION_CONFLICT."""
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(product_id, to), options)


def plan(product_id: str, to: ProductStatus) -> Write:
    async def look(tx: Transaction, products: Products) -> Seen:
        return see_product(products, product_id)

    async def apply(tx: Transaction, product: Product, now: str) -> Change:
        check(product, to)
        return change_product(product, product._replace(status=to.value), now)

    return Write(
        name="dataProductTransition",
        action=Action.WRITE_PRODUCT,
        document=[product_id, to],
        locks=Locks((product_id,), products=(product_id,)),
        touched=Touched((product_id,), frozenset({Aspect.STATUS})),
        look=look,
        apply=apply,
    )


def check(product: Product, to: ProductStatus) -> None:
    if to not in ALLOWED[ProductStatus(product.status)]:
        raise illegal_step(product, to, ("to",))


def check_from(product: Product, start: ProductStatus, to: ProductStatus) -> None:
    """For the steps that are mutations of their own. Raises `UserFault` INVALID_TRANSITION."""
    if product.status != start:
        raise illegal_step(product, to, ("id",))


def illegal_step(product: Product, to: ProductStatus, at: tuple[str, ...]) -> UserFault:
    status = ProductStatus(product.status)
    steps = [f"it can become {' or '.join(ALLOWED[status])}"] if ALLOWED[status] else []
    steps += [BY_MUTATION[status]] if status in BY_MUTATION else []
    message = f"'{product.name}' is {product.status} and cannot become {to.value} by this; {'; '.join(steps)}."
    return UserFault(UserErrorCode.INVALID_TRANSITION, message, at)
