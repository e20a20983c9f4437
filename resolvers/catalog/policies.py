"""Reads of policies: versions in force or scheduled, and on request retired ones."""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple

from resolvers.graph.projections import POLICY
from resolvers.graph.store import Store
from resolvers.model.records import Policy
from resolvers.paging.connection import Listing, Page, cut, page_size
from resolvers.paging.cursors import ListScope, decode


class PolicyScopeFilter(NamedTuple):
    """Policies with exactly this scope: the mesh, a domain or a product; empty means all."""

    mesh: bool = False
    domain: str | None = None
    product: str | None = None


LISTED: LiteralString = """MATCH (y:Policy) WHERE y.name >= $f.name AND (y.name > $f.name OR y.id > $f.id)
  AND ($f.scope_key IS NULL OR y.scopeKey = $f.scope_key)
  AND ($f.retired OR y.retiredAt IS NULL OR y.retiredAt > $f.now)"""
PAGE: LiteralString = LISTED + " WITH y ORDER BY y.name, y.id LIMIT $limit RETURN collect(" + POLICY + ")"
COUNT: LiteralString = LISTED + " RETURN count(y)"
BY_IDS: LiteralString = "MATCH (y:Policy) WHERE y.id IN $ids RETURN collect(" + POLICY + ")"
OF_DOMAINS: LiteralString = (
    "MATCH (y:Policy) WHERE (y.scopeKey = 'MESH' OR y.scopeKey IN $keys) "
    "AND (y.retiredAt IS NULL OR y.retiredAt > $now) "
    "WITH y ORDER BY y.scope DESC, y.name, y.version RETURN collect(" + POLICY + ")"
)


def listing(
    store: Store, scope: PolicyScopeFilter, retired: bool, now: str, first: int | None, after: str | None
) -> Listing[Policy]:
    """Policies, ordered by name."""
    size = page_size(first)
    name = ListScope("policies", scope, retired)
    place = decode(after, name, str, str)
    start = place or ["", ""]
    parameters = {"scope_key": scope_key(scope), "retired": retired, "now": now}

    async def read() -> Page:
        rows = await store.read(PAGE, f={**parameters, "name": start[0], "id": start[1]}, limit=size + 1)
        return cut(list(map(Policy._make, rows)), size, lambda policy: [policy.name, policy.id])

    return Listing(name, place, read, lambda: store.read(COUNT, f={**parameters, "name": "", "id": ""}))


def scope_key(scope: PolicyScopeFilter) -> str | None:
    if scope.domain is not None:
        return f"DOMAIN:{scope.domain}"
    if scope.product is not None:
        return f"PRODUCT:{scope.product}"
    return "MESH" if scope.mesh else None


async def by_ids(store: Store, ids: Sequence[str]) -> list[Policy | None]:
    """Aligned with `ids`; None where there is no such policy."""
    policies = {row[0]: Policy._make(row) for row in await store.read(BY_IDS, ids=list(ids))}
    return [policies.get(id) for id in ids]


async def of_domains(store: Store, now: str, names: Sequence[str]) -> list[list[Policy]]:
    """Policies of the mesh, then of the domain, not retired at `now`; aligned with `names`."""
    rows: list[Any] = await store.read(OF_DOMAINS, keys=[f"DOMAIN:{name}" for name in names], now=now)
    policies = [Policy._make(row) for row in rows]
    return [[policy for policy in policies if policy.domain in (None, name)] for name in names]
