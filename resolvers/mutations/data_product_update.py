"""Updates the properties of a data product.

Its name and domain never change; its status and contract have mutations of their own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Product, ProductStatus, ProductType
from resolvers.mutations.locked_product import see_product
from resolvers.writes import revisions, succession, validation
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

Check = Callable[[validation.Faults, Any, validation.Path], Any]


async def update_product(
    store: Store, caller: Caller, product_id: str, payload: Mapping[str, Any], options: WriteOptions = DEFAULTS
) -> Outcome:
    """`given` has the keys to change: description, ownerTeam, type, version, tags, metadata, accessPoints, and of
    a deprecated product successor (an id or urn) and sunset. Null empties description, tags, metadata, accessPoints,
    successor and sunset. A change of nothing makes no revision and no audit event.

    `thing` is the `Product`. Faults: INVALID_INPUT, NOT_FOUND, FORBIDDEN, REVISION_CONFLICT.
    """
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(product_id, payload), options)


def plan(product_id: str, payload: Mapping[str, Any]) -> Write:
    changes = check(payload)
    aspects = {Aspect.OWNER if field == "owner_team" else Aspect.PRODUCT for field in changes}

    async def look(tx: Transaction, products: Products) -> LockedState:
        return see_product(products, product_id)

    async def apply(tx: Transaction, product: Product, now: str) -> Change:
        requested = await with_succession(tx, product, product._replace(**changes), now)
        return change_product(product, requested, now)

    return Write(
        name="dataProductUpdate",
        action=Action.WRITE_PRODUCT,
        document=[product_id, payload],
        locks=Locks((product_id,), products=(product_id,)),
        touched=Touched((product_id,), frozenset(aspects)),
        look=look,
        apply=apply,
    )


async def with_succession(tx: Transaction, product: Product, requested: Product, now: str) -> Product:
    """`requested` with its successor by urn. Raises `UserFault` where a new successor or sunset cannot be."""
    changed = [name for name in ("successor", "sunset") if getattr(requested, name) != getattr(product, name)]
    for name in changed:
        if product.status != ProductStatus.DEPRECATED and getattr(requested, name) is not None:
            message = "Only a deprecated product has this: give it to dataProductTransition with `to: DEPRECATED`."
            raise UserFault(UserErrorCode.INVALID_INPUT, message, ("input", name))
    if "sunset" in changed and requested.sunset is not None:
        succession.check_sunset(requested.sunset, now, ("input", "sunset"))
    if "successor" in changed and requested.successor is not None:
        urn = await succession.find_successor(tx, product, requested.successor, ("input", "successor"))
        return requested._replace(successor=urn)
    return requested


def change_product(before: Product, requested: Product, now: str) -> Change:
    """Makes `requested` the product's next revision, unless it says what `before` says."""
    if requested == before:
        return Change(before, "DATA_PRODUCT", before.id, before.domain, changed=False)
    after = revisions.bump(requested, now)
    audited = (revisions.document(before), revisions.document(after))
    return Change(after, "DATA_PRODUCT", after.id, after.domain, *audited, unsaved=(after,))


def check(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `Product` and their new values. Raises `UserFaults` with all that is wrong."""
    faults = validation.Faults()
    for key in payload.keys() - CHECKS.keys():
        faults.add(("input", key), f"This can't be changed; what can be is {', '.join(CHECKS)}.")
    if not payload:
        faults.add(("input",), f"Give something to change: {', '.join(CHECKS)}.")
    changes = {field: of(faults, payload[key], ("input", key)) for key, (field, of) in CHECKS.items() if key in payload}
    faults.raise_any()
    return changes


def _type(faults: validation.Faults, value: Any, path: validation.Path) -> str:
    if value not in ProductType.__members__:
        faults.add(path, f"A type is one of {', '.join(ProductType)}.")
    return str(value)


def _access_points(faults: validation.Faults, value: Any, path: validation.Path) -> str:
    return orjson.dumps(validation.access_points(faults, value, path)).decode()


def _successor(faults: validation.Faults, value: Any, path: validation.Path) -> str | None:
    return None if value is None else validation.text(faults, value, path, 300)


def _sunset(faults: validation.Faults, value: Any, path: validation.Path) -> str | None:
    try:
        return None if value is None else succession.parse_sunset(value, path)
    except UserFault as fault:
        faults.found.append(fault)
        return None


CHECKS: dict[str, tuple[str, Check]] = {
    "description": ("description", validation.description),
    "ownerTeam": ("owner_team", validation.text),
    "type": ("type", _type),
    "version": ("version", validation.version),
    "tags": ("tags", validation.tags),
    "metadata": ("metadata_json", validation.metadata),
    "accessPoints": ("access_points_json", _access_points),
    "successor": ("successor", _successor),
    "sunset": ("sunset", _sunset),
}
