"""Data products, one or many, by id or urn."""

from collections.abc import Sequence
from typing import LiteralString

from resolvers.projections import PRODUCT
from resolvers.records import Product
from resolvers.store import Store

BY_IDS: LiteralString = "MATCH (p:DataProduct) WHERE p.id IN $ids RETURN collect(" + PRODUCT + ")"
BY_URNS: LiteralString = "MATCH (p:DataProduct) WHERE p.urn IN $urns RETURN collect(" + PRODUCT + ")"


async def by_ids(store: Store, ids: Sequence[str]) -> list[Product | None]:
    """Aligned with `ids`; None where there is no such product."""
    found = {row[0]: Product(*row) for row in await store.read(BY_IDS, ids=list(ids))}
    return [found.get(id) for id in ids]


async def by_urns(store: Store, urns: Sequence[str]) -> list[Product | None]:
    """Aligned with `urns`; None where there is no such product."""
    found = {row[1]: Product(*row) for row in await store.read(BY_URNS, urns=list(urns))}
    return [found.get(urn) for urn in urns]
