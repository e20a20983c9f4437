"""The mesh as it stands, as documents that an import reads: domains, then products with what is in force of them."""

from collections.abc import AsyncIterator
from typing import Any, LiteralString

import orjson

from resolvers.contracts.impact import stored_spec
from resolvers.graph import projections
from resolvers.graph.store import Store
from resolvers.interchange.current_state import STAND_ROW, Stand, stand_from
from resolvers.model.records import Domain

AT_ONCE = 500

DOMAINS: LiteralString = f"MATCH (d:Domain) WITH d ORDER BY d.name RETURN collect({projections.DOMAIN})"
PRODUCTS: LiteralString = f"""
MATCH (p:DataProduct) WHERE p.urn > $given.after
WITH p ORDER BY p.urn LIMIT $given.most
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
WITH p, c ORDER BY p.urn
RETURN collect({STAND_ROW})
"""


async def export_mesh(store: Store) -> AsyncIterator[dict[str, Any]]:
    """In an order of names, so that the same mesh gives the same documents. History, policies and events stay."""
    for row in await store.read(DOMAINS):
        yield domain_document(Domain(*row))
    after = ""
    while rows := await store.read(PRODUCTS, given={"after": after, "most": AT_ONCE}):
        for row in rows:
            stand = stand_from(row)
            yield product_document(stand)
            after = stand.product.urn


def domain_document(domain: Domain) -> dict[str, Any]:
    defaults = orjson.loads(domain.defaults_json or "{}")
    return said(
        kind="Domain",
        name=domain.name,
        ownerTeam=domain.owner_team,
        description=domain.description or None,
        defaults=defaults or None,
    )


def product_document(stand: Stand) -> dict[str, Any]:
    product = stand.product
    return said(
        kind="DataProduct",
        domain=product.domain,
        name=product.name,
        type=product.type,
        status=product.status,
        ownerTeam=product.owner_team,
        version=product.version,
        description=product.description or None,
        tags=product.tags or None,
        metadata=orjson.loads(product.metadata_json) or None,
        accessPoints=orjson.loads(product.access_points_json),
        contract=contract_document(stand),
        dependencies=[edge_document(stand.edges[urn]) for urn in sorted(stand.edges)] or None,
    )


def contract_document(stand: Stand) -> dict[str, Any] | None:
    """`sla` and `quality` are told when empty too: left out, the domain's defaults would take their place."""
    if stand.contract is None:
        return None
    return stored_spec(stand.contract).model_dump(mode="json", by_alias=True, exclude_none=True)


def edge_document(edge: list[Any]) -> dict[str, Any]:
    provider, kind, fields, version, _ = edge
    return said(provider=provider, kind=kind, fields=fields, contractVersion=version)


def said(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
