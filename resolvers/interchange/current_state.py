"""Current state of the products in an import, and what a document would change of it."""

from collections.abc import Collection, Sequence
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.contracts.domain_defaults import UNSTATED
from resolvers.contracts.impact import stored_spec
from resolvers.contracts.spec import ContractSpec
from resolvers.graph import projections
from resolvers.graph.store import Store
from resolvers.interchange.documents import EdgeItem, PastContract, ProductItem
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.naming import camel
from resolvers.model.records import Contract, EdgeOrigin, Product, ProductStatus
from resolvers.writes.dependency_edges import EdgeSpec
from resolvers.writes.judgement import Aspect

# The document's key, the product's field, the aspect that policies judge.
SAID = (
    ("description", "description", Aspect.PRODUCT),
    ("ownerTeam", "owner_team", Aspect.OWNER),
    ("type", "type", Aspect.PRODUCT),
    ("status", "status", Aspect.STATUS),
    ("version", "version", Aspect.PRODUCT),
    ("tags", "tags", Aspect.PRODUCT),
    ("metadata", "metadata_json", Aspect.PRODUCT),
    ("accessPoints", "access_points_json", Aspect.PRODUCT),
    ("successor", "successor", Aspect.PRODUCT),
    ("sunset", "sunset", Aspect.PRODUCT),
)


class CurrentState(NamedTuple):
    """A product of the mesh, its contract in force with the fields that it has of the domain's defaults, all versions,
    and its edges by provider: `[urn, kind, fields, pin, origin]`."""

    product: Product
    contract: Contract | None
    edges: dict[str, list[Any]]
    versions: tuple[str, ...] = ()
    inherited: tuple[str, ...] = ()


# Over a product `p` and its contract in force `c`, or null.
STATE_ROW: LiteralString = f"""[
  {projections.PRODUCT}, CASE WHEN c IS NULL THEN null ELSE {projections.CONTRACT} END,
  COLLECT {{ MATCH (p)-[r:DEPENDS_ON]->(b:DataProduct) RETURN [b.urn, r.kind, r.fields, r.contractVersion, r.origin] }},
  COLLECT {{ MATCH (p)-[:HAS_CONTRACT]->(h:DataContract) RETURN h.version }}, c.inherited
]"""
STATES: LiteralString = f"""
UNWIND $payload.urns AS urn
MATCH (p:DataProduct {{urn: urn}})
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
RETURN collect({STATE_ROW})
"""


async def current_states(store: Store, urns: Sequence[str]) -> dict[str, CurrentState]:
    """By urn; absent for what isn't there."""
    states = [state_from(row) for row in await store.read(STATES, payload={"urns": urns})]
    return {stand.product.urn: stand for stand in states}


RETIRED: LiteralString = """
UNWIND $payload.urns AS urn MATCH (p:DataProduct {urn: urn}) WHERE p.status = 'RETIRED' RETURN collect(p.urn)
"""


async def retired_of(store: Store, urns: Sequence[str]) -> set[str]:
    """The urns among `urns` whose products are retired."""
    return set(await store.read(RETIRED, payload={"urns": list(urns)})) if urns else set()


def state_from(row: Sequence[Any]) -> CurrentState:
    edges = {edge[0]: edge for edge in row[2]}
    return CurrentState(*stand_of(row), edges, tuple(row[3]), tuple(row[4] or ()))


def stand_of(row: Sequence[Any]) -> tuple[Product, Contract | None]:
    return Product(*row[0]), Contract(*row[1]) if row[1] else None


def says_same(item: EdgeItem, stored: list[Any] | None) -> bool:
    """True if the existing edge equals the document; fields that the document omits count as equal."""
    if stored is None:
        return False
    spec = completed(item, stored[1:4])
    origin_stays = item.origin == stored[4] if item.origin else stored[4] != EdgeOrigin.OBSERVED
    return stored[1:4] == [spec.kind, spec.fields, spec.contract_version] and origin_stays


def completed(item: EdgeItem, stored: Sequence[Any]) -> EdgeSpec:
    """What the document says of the edge, the rest as it is there: `[kind, fields, pin]`."""
    kind, fields, version = stored
    return item.spec._replace(
        kind=item.spec.kind if "kind" in item.said else kind,
        fields=item.spec.fields if "fields" in item.said else fields,
        contract_version=item.spec.contract_version if "contractVersion" in item.said else version,
    )


def missing_history(item: ProductItem, versions: Collection[str]) -> list[PastContract]:
    """The older versions that the document brings and the product has not."""
    return [past for past in item.history if past.spec.version not in versions]


def updated_product(item: ProductItem, current: Product) -> Product:
    """`current` with the fields of the document; fields that the document omits are unchanged."""
    draft = item.draft
    points = orjson.dumps(draft.access_points or []).decode()
    payload = draft.product._replace(access_points_json=points)
    changes = {
        field: getattr(payload, field)
        for key, field, _ in SAID
        if key in item.said and not same(field, getattr(payload, field), getattr(current, field))
    }
    requested = current._replace(**changes)
    return (
        requested if requested.status == ProductStatus.DEPRECATED else requested._replace(successor=None, sunset=None)
    )


def same(field: str, one: Any, other: Any) -> bool:
    return one == other or (field.endswith("_json") and orjson.loads(one) == orjson.loads(other))


def updated_contract(item: ProductItem, current: Contract | None) -> ContractSpec | None:
    """The version that the document publishes; None if it equals the version in force. Raises `UserFault` WRONG_VERSION
    if it differs from it under the same version number."""
    spec = item.draft.contract
    if spec is None or current is None or spec.version != current.version:
        return spec
    stored = stored_spec(current)
    said = [key for key in sorted(spec.model_fields_set) if (key, getattr(spec, key)) != ("format", UNSTATED)]
    differing = [camel(key) for key in said if getattr(spec, key) != getattr(stored, key)]
    if not differing:
        return None
    raise UserFault(
        UserErrorCode.WRONG_VERSION,
        f"Version {spec.version} is in force with another {', '.join(differing)}, and a version never changes: "
        "give the next version.",
        ("contract", "version"),
    )


def aspects_of(item: ProductItem, stand: CurrentState) -> frozenset[Aspect]:
    """The aspects of the product that the document changes; empty if nothing changes."""
    requested = updated_product(item, stand.product)
    history = {Aspect.CONTRACT} if missing_history(item, stand.versions) else set()
    aspects = history | {
        aspect for _, field, aspect in SAID if getattr(requested, field) != getattr(stand.product, field)
    }
    try:
        requested = updated_contract(item, stand.contract)
    except UserFault:
        return frozenset(aspects | {Aspect.CONTRACT})  # the write tells it, under its lock
    return frozenset(aspects | {Aspect.CONTRACT} if requested else aspects)
