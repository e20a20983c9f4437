"""Exports the mesh as documents that an import reads: domains, templates, active products, policies and waivers."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.contracts.domain_defaults import (
    DomainDefaults,
    fill_access_points,
    from_json,
    looser_than_binding,
    values_for,
)
from resolvers.contracts.impact import stored_spec
from resolvers.graph import projections
from resolvers.graph.store import Store
from resolvers.interchange.current_state import STATE_ROW, CurrentState, retired_of, state_from
from resolvers.interchange.policies import live_policies, live_waivers, policy_document, waiver_document
from resolvers.interchange.schedules import schedule_documents
from resolvers.interchange.templates import live_templates, template_document
from resolvers.model.naming import camel
from resolvers.model.records import Contract, Domain, EdgeOrigin, Product
from resolvers.model.versions import is_higher
from resolvers.quality.schedules import QualitySchedule, schedules_of
from resolvers.templates.queries import TemplateOrigin, origins_of

AT_ONCE = 500

DOMAINS: LiteralString = f"MATCH (d:Domain) WITH d ORDER BY d.name RETURN collect({projections.DOMAIN})"
PRODUCTS: LiteralString = f"""
MATCH (p:DataProduct) WHERE p.urn > $payload.after AND p.status <> 'RETIRED'
WITH p ORDER BY p.urn LIMIT $payload.most
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
WITH p, c ORDER BY p.urn
RETURN collect({STATE_ROW})
"""
# Versions that a live dependency pins, and those that have a field which an unpinned one names and the version in force
# has not: consumers agreed to that, or the dependency would have been refused.
RELIED_ON: LiteralString = f"""
UNWIND $payload.ids AS id
MATCH (p:DataProduct {{id: id}})-[:HAS_CONTRACT]->(c:DataContract)
WHERE c.id <> p.contractId AND c.status = 'SUPERSEDED' AND (
  EXISTS {{ MATCH (p)<-[r:DEPENDS_ON]-(:DataProduct) WHERE r.contractVersion = c.version }} OR EXISTS {{
    MATCH (p)<-[r:DEPENDS_ON]-(:DataProduct) WHERE r.contractVersion IS NULL AND r.fields IS NOT NULL
    UNWIND r.fields AS path
    MATCH (c)-[:HAS_FIELD]->(:ContractField {{path: path}})
    WITH path WHERE NOT EXISTS {{
      MATCH (:DataContract {{id: p.contractId}})-[:HAS_FIELD]->(:ContractField {{path: path}})
    }}
    RETURN path
  }})
RETURN collect({projections.CONTRACT})
"""


class Home(NamedTuple):
    """A domain with its parsed defaults."""

    domain: Domain
    defaults: DomainDefaults


class Extras(NamedTuple):
    """What products have beside their records. `retired` are urns of successors that an import would not find."""

    history: dict[str, list[Contract]]
    origins: dict[str, TemplateOrigin]
    schedules: dict[str, list[QualitySchedule]]
    retired: set[str]


async def export_mesh(store: Store) -> AsyncIterator[dict[str, Any]]:
    """In an order of names, so that the same mesh gives the same documents. Versions of contracts that no consumer
    relies on, retired dependencies and policies, and events stay."""
    homes = {}
    for row in await store.read(DOMAINS):
        domain = Domain(*row)
        homes[domain.name] = Home(domain, from_json(domain.defaults_json))
        yield domain_document(domain)
    for template in await live_templates(store):
        yield template_document(template)
    after = ""
    while rows := await store.read(PRODUCTS, payload={"after": after, "most": AT_ONCE}):
        states = [state_from(row) for row in rows]
        extras = await extras_of(store, [stand.product for stand in states])
        for stand in states:
            yield product_document(stand, homes[stand.product.domain], extras)
            after = stand.product.urn
    for policy in await live_policies(store):
        yield policy_document(policy)
    for waiver in await live_waivers(store):
        yield waiver_document(waiver)


async def extras_of(store: Store, products: Sequence[Product]) -> Extras:
    ids = [product.id for product in products]
    successors = [product.successor for product in products if product.successor is not None]
    schedules = dict(zip(ids, await schedules_of(store, ids), strict=True))
    return Extras(
        await relied_on(store, ids), await origins_of(store, ids), schedules, await retired_of(store, successors)
    )


async def relied_on(store: Store, products: Sequence[str]) -> dict[str, list[Contract]]:
    contracts: dict[str, list[Contract]] = {}
    for row in await store.read(RELIED_ON, payload={"ids": list(products)}):
        contract = Contract(*row)
        contracts.setdefault(contract.product_id, []).append(contract)
    return contracts


def domain_document(domain: Domain) -> dict[str, Any]:
    defaults = orjson.loads(domain.defaults_json or "{}")
    rules = defaults.pop("businessRules", None)
    return said(
        kind="Domain",
        name=domain.name,
        ownerTeam=domain.owner_team,
        description=domain.description or "",
        defaults=defaults_document(defaults),
        businessRules=rules or [],
    )


def defaults_document(stored: dict[str, Any]) -> dict[str, Any]:
    """With the lists that the API takes where the graph keeps maps by product."""
    listed = dict(stored)
    if "classificationByProduct" in stored:
        values = stored["classificationByProduct"]
        listed["classificationByProduct"] = [
            {"product": name, "classification": values[name]} for name in sorted(values)
        ]
    if "retentionByProduct" in stored:
        values = stored["retentionByProduct"]
        listed["retentionByProduct"] = [{"product": name, "days": values[name]["days"]} for name in sorted(values)]
    return listed


def product_document(stand: CurrentState, home: Home, extras: Extras) -> dict[str, Any]:
    """What is empty is stated. A team or access points that are the domain's are left out: a product that leaves them
    out gets these. So is a successor that is retired, which an import would not find."""
    product = stand.product
    origin = extras.origins.get(product.id)
    history = history_documents(stand, extras.history.get(product.id, ()))
    points = orjson.loads(product.access_points_json)
    inherited = points == fill_access_points(home.defaults, product.domain, product.name)
    return said(
        kind="DataProduct",
        domain=product.domain,
        name=product.name,
        type=product.type,
        status=product.status,
        successor=None if product.successor in extras.retired else product.successor,
        sunset=product.sunset,
        template=origin and origin._asdict(),
        ownerTeam=None if product.owner_team == home.domain.owner_team else product.owner_team,
        version=product.version,
        description=product.description or "",
        tags=product.tags,
        metadata=orjson.loads(product.metadata_json),
        accessPoints=None if inherited else points,
        contract=contract_document(stand, home),
        contractHistory=history or None,
        qualitySchedules=schedule_documents(extras.schedules[product.id]) or None,
        dependencies=[edge_document(stand.edges[urn]) for urn in sorted(stand.edges)] or None,
    )


def contract_document(stand: CurrentState, home: Home) -> dict[str, Any] | None:
    """A value that the contract took over from its domain is left out while the domain's is the same. `without` names
    what it has not and the domain would fill in; `binding` is false for one that is looser than a default that became
    binding later."""
    if stand.contract is None:
        return None
    spec = stored_spec(stand.contract)
    document = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    without = []
    for field, default in values_for(home.defaults, stand.product.name).items():
        value = getattr(spec, field)
        if not value:
            document.pop(camel(field), None)
            without += [camel(field)] if default else []
        elif field in stand.inherited and value == default:
            del document[camel(field)]
    document |= {"without": without} if without else {}
    return document | ({"binding": False} if looser_than_binding(spec, home.defaults, stand.product.name) else {})


def history_documents(stand: CurrentState, history: Sequence[Contract]) -> list[dict[str, Any]]:
    """The oldest first, each whole in itself."""
    current = stand.contract
    older = [one for one in history if current is not None and is_higher(current.version, one.version)]
    older.sort(key=lambda one: (one.published_at, one.valid_to or ""))
    return [stored_spec(one).model_dump(mode="json", by_alias=True, exclude_none=True) for one in older]


def edge_document(edge: list[Any]) -> dict[str, Any]:
    """`fields` null are all of them, `contractVersion` null is not a pin: said, since what is left out stays."""
    provider, kind, fields, version, origin = edge
    document = {"provider": provider, "kind": kind, "fields": fields, "contractVersion": version}
    return document | ({} if origin == EdgeOrigin.DECLARED else {"origin": origin})


def said(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
