"""Changes the status of a data product along its lifecycle. Policies decide whether consumers object."""

from typing import Final, NamedTuple

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.model.records import Product, ProductStatus
from resolvers.mutations.data_product_update import change_product
from resolvers.mutations.locked_product import see_product
from resolvers.writes import succession
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

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


class Succession(NamedTuple):
    """What comes after a product that becomes DEPRECATED: an id or urn, and the day of its end."""

    successor: str | None = None
    sunset: str | None = None


async def transition_product(
    store: Store,
    caller: Caller,
    product_id: str,
    to: ProductStatus,
    options: WriteOptions = DEFAULTS,
    succession: Succession = Succession(),  # noqa: B008 (frozen)
) -> Outcome:
    """`thing` is the `Product`; one that is no longer deprecated has no successor and no sunset.

    Faults: INVALID_TRANSITION, INVALID_INPUT (a sunset in the past, a successor of a product that stays),
    NOT_FOUND (product, successor), FORBIDDEN, REVISION_CONFLICT.
    """
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(product_id, to, succession), options)


def plan(product_id: str, to: ProductStatus, payload: Succession = Succession()) -> Write:  # noqa: B008 (frozen)
    if to != ProductStatus.DEPRECATED:
        raise_misplaced(payload, to)

    async def look(tx: Transaction, products: Products) -> LockedState:
        return see_product(products, product_id)

    async def apply(tx: Transaction, product: Product, now: str) -> Change:
        check(product, to)
        successor, sunset = payload
        if sunset is not None:
            sunset = succession.parse_sunset(sunset, ("sunset",))
            succession.check_sunset(sunset, now, ("sunset",))
        if successor is not None:
            successor = await succession.find_successor(tx, product, successor, ("successor",))
        return change_product(product, product._replace(status=to.value, successor=successor, sunset=sunset), now)

    return Write(
        name="dataProductTransition",
        action=Action.WRITE_PRODUCT,
        document=[product_id, to, *payload] if any(payload) else [product_id, to],
        locks=Locks((product_id,), products=(product_id,)),
        touched=Touched((product_id,), frozenset({Aspect.STATUS})),
        look=look,
        apply=apply,
    )


def raise_misplaced(payload: Succession, to: ProductStatus) -> None:
    message = f"Only a product that becomes DEPRECATED has a successor and a sunset, not one that becomes {to.value}."
    said = [name for name, value in payload._asdict().items() if value is not None]
    if said:
        raise UserFaults([UserFault(UserErrorCode.INVALID_INPUT, message, (name,)) for name in said])


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
