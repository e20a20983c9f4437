"""Reads of domains: one or many by id or name, or all by name."""

from collections.abc import Sequence
from typing import LiteralString

from resolvers.graph.projections import DOMAIN
from resolvers.graph.store import Store
from resolvers.model.records import Domain
from resolvers.paging.connection import Listing, Page, cut, page_size
from resolvers.paging.cursors import ListScope, decode

BY_IDS: LiteralString = "MATCH (d:Domain) WHERE d.id IN $ids RETURN collect(" + DOMAIN + ")"
BY_NAMES: LiteralString = "MATCH (d:Domain) WHERE d.name IN $names RETURN collect(" + DOMAIN + ")"
PAGE: LiteralString = (
    "MATCH (d:Domain) WHERE d.name > $after WITH d ORDER BY d.name LIMIT $limit RETURN collect(" + DOMAIN + ")"
)
COUNT: LiteralString = "MATCH (d:Domain) RETURN count(d)"


async def by_ids(store: Store, ids: Sequence[str]) -> list[Domain | None]:
    """Aligned with `ids`; None where there is no such domain."""
    domains = {row[0]: Domain(*row) for row in await store.read(BY_IDS, ids=list(ids))}
    return [domains.get(id) for id in ids]


async def by_names(store: Store, names: Sequence[str]) -> list[Domain | None]:
    """Aligned with `names`; None where there is no such domain."""
    domains = {row[1]: Domain(*row) for row in await store.read(BY_NAMES, names=list(names))}
    return [domains.get(name) for name in names]


def listing(store: Store, first: int | None, after: str | None) -> Listing[Domain]:
    """All domains, ordered by name."""
    size = page_size(first)
    scope = ListScope("domains")
    place = decode(after, scope, str)

    async def read() -> Page:
        rows = await store.read(PAGE, after=place[0] if place else "", limit=size + 1)
        return cut([Domain(*row) for row in rows], size, lambda domain: [domain.name])

    return Listing(scope, place, read, lambda: store.read(COUNT))
