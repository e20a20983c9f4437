"""Changes what a data product says of itself.

Its name and domain never change; its status and contract have mutations of their own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from resolvers import checks, revisions
from resolvers.caller import Action, Caller
from resolvers.locking import Locks, Products
from resolvers.mutations.found_product import see_product
from resolvers.records import Product, ProductType
from resolvers.store import Store, Transaction
from resolvers.verdicts import Aspect, Touched
from resolvers.writing import DEFAULTS, Change, Outcome, Seen, Write, WriteOptions, write

Check = Callable[[checks.Faults, Any, checks.Path], Any]


async def update_product(
    store: Store, caller: Caller, product_id: str, given: Mapping[str, Any], options: WriteOptions = DEFAULTS
) -> Outcome:
    """`given` has the keys to change: description, ownerTeam, type, version, tags, metadata, accessPoints. Null empties
    description, tags, metadata and accessPoints. A change of nothing makes no revision and no audit event.

    `thing` is the `Product`. Faults: INVALID_INPUT, NOT_FOUND, FORBIDDEN, REVISION_CONFLICT.
    """
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(product_id, given), options)


def plan(product_id: str, given: Mapping[str, Any]) -> Write:
    changes = check(given)
    aspects = {Aspect.OWNER if field == "owner_team" else Aspect.PRODUCT for field in changes}

    async def look(tx: Transaction, products: Products) -> Seen:
        return see_product(products, product_id)

    async def apply(tx: Transaction, product: Product, now: str) -> Change:
        return change_product(product, product._replace(**changes), now)

    return Write(
        name="dataProductUpdate",
        action=Action.WRITE_PRODUCT,
        document=[product_id, given],
        locks=Locks((product_id,), products=(product_id,)),
        touched=Touched((product_id,), frozenset(aspects)),
        look=look,
        apply=apply,
    )


def change_product(before: Product, wanted: Product, now: str) -> Change:
    """Makes `wanted` the product's next revision, unless it says what `before` says."""
    if wanted == before:
        return Change(before, "DATA_PRODUCT", before.id, before.domain, changed=False)
    after = revisions.bump(wanted, now)
    told = (revisions.document(before), revisions.document(after))
    return Change(after, "DATA_PRODUCT", after.id, after.domain, *told, unsaved=(after,))


def check(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `Product` and their new values. Raises `UserFaults` with all that is wrong."""
    faults = checks.Faults()
    for key in given.keys() - CHECKS.keys():
        faults.add(("input", key), f"This can't be changed; what can be is {', '.join(CHECKS)}.")
    if not given:
        faults.add(("input",), f"Give something to change: {', '.join(CHECKS)}.")
    changes = {field: of(faults, given[key], ("input", key)) for key, (field, of) in CHECKS.items() if key in given}
    faults.raise_any()
    return changes


def _type(faults: checks.Faults, value: Any, path: checks.Path) -> str:
    if value not in ProductType.__members__:
        faults.add(path, f"A type is one of {', '.join(ProductType)}.")
    return str(value)


def _access_points(faults: checks.Faults, value: Any, path: checks.Path) -> str:
    return orjson.dumps(checks.access_points(faults, value, path)).decode()


CHECKS: dict[str, tuple[str, Check]] = {
    "description": ("description", checks.description),
    "ownerTeam": ("owner_team", checks.text),
    "type": ("type", _type),
    "version": ("version", checks.version),
    "tags": ("tags", checks.tags),
    "metadata": ("metadata_json", checks.metadata),
    "accessPoints": ("access_points_json", _access_points),
}
