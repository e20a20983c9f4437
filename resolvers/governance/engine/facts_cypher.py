"""Cypher that loads facts in one record, for one product or ten thousand, now or at a past time.

Shared edges and neighbours are returned once; `facts_builder` combines them.
"""

from asyncio import gather
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, LiteralString, NamedTuple

from resolvers.governance.engine.cycles import cycles_among
from resolvers.governance.engine.facts_builder import WHOLE, Loaded, assemble, products_of, with_cycles
from resolvers.governance.engine.operations import with_operations
from resolvers.governance.facts import BASIC, OF_RECORD, Facts, Need, ProductFacts
from resolvers.graph.product_snapshot import Reading, by_properties
from resolvers.graph.projections import WAIVER
from resolvers.model.portions import giving_way, mapped
from resolvers.model.records import Product
from resolvers.writes.revisions import held

Run = Callable[..., Awaitable[Any]]


class Scope(NamedTuple):
    """Which products: all of the mesh, those of some domains (by name), or those of some ids; `ids` wins."""

    ids: tuple[str, ...] | None = None
    domains: tuple[str, ...] | None = None


MESH = Scope()


# -- now ---------------------------------------------------------------------------------------------------------------

_PRODUCT: LiteralString = "[key IN $arguments.keys | p[key]]"
_CONTRACT: LiteralString = (
    "[key IN $arguments.terms | c[key]] + [CASE WHEN $arguments.field_counts THEN COUNT { (c)-[:HAS_FIELD]->() } END]"
)
_BRIEF: LiteralString = (
    "[p.id, p.urn, p.name, p.domain, p.domainId, p.ownerTeam, p.type, p.status, p.version, p.updatedAt]"
)
_BRIEF_CONTRACT: LiteralString = "[c.id, c.version, c.classification, c.retentionJson, null]"
BRIEF_TERMS = ("id", "version", "classification", "retentionJson")
TERMS = (*BRIEF_TERMS, "format", "slaJson", "qualityJson", "semanticModelJson")
_FIELD: LiteralString = (
    "CASE WHEN $arguments.whole_fields "
    "THEN [f.path, f.name, f.type, f.required, f.nullable, f.description, f.classification] "
    "ELSE [f.path, null, null, null, null, f.description, f.classification] END"
)

# The providers of which a version is pinned.
_PINNED: LiteralString = (
    "collect(DISTINCT CASE WHEN $arguments.pins AND r.contractVersion IS NOT NULL THEN b END) AS pinned"
)

# `$arguments.only` null: reads the providers of all judged products. Otherwise it reads only those providers, since the
# verdict of a rule on one provider can change by nothing else.
FACTS_NOW: LiteralString = f"""
CALL (judged) {{
  CALL (judged) {{
    UNWIND CASE WHEN $arguments.providers THEN judged ELSE [] END AS p
    WITH p WHERE $arguments.only IS NULL OR p.id IN $arguments.only
    MATCH (p)-[r:DEPENDS_ON]->(b:DataProduct) RETURN p, r, b
    UNION ALL
    UNWIND CASE WHEN $arguments.providers THEN coalesce($arguments.only, []) ELSE [] END AS id
    MATCH (b:DataProduct {{id: id}})<-[r:DEPENDS_ON]-(p:DataProduct) WHERE p IN judged AND NOT p.id IN $arguments.only
    RETURN p, r, b
  }}
  RETURN collect([p.id, b.id, r.kind, r.fields, r.contractVersion]) AS up, collect(DISTINCT b) AS ups,
    {_PINNED}
}}
CALL (pinned) {{
  UNWIND pinned AS b
  RETURN collect([b.id, COLLECT {{ MATCH (b)-[:HAS_CONTRACT]->(k:DataContract) RETURN k.version }}]) AS published
}}
CALL (judged) {{
  UNWIND CASE WHEN $arguments.consumers OR $arguments.of_deprecated THEN judged ELSE [] END AS p
  WITH p WHERE $arguments.consumers OR p.status = 'DEPRECATED'
  MATCH (a:DataProduct)-[r:DEPENDS_ON]->(p)
  RETURN collect([a.id, p.id, r.kind, r.fields, r.contractVersion]) AS down, collect(DISTINCT a) AS downs
}}
CALL (judged, ups, downs) {{
  UNWIND CASE WHEN NOT $arguments.products THEN []
              WHEN $arguments.whole_neighbours THEN judged + ups + downs ELSE judged END AS p
  WITH DISTINCT p
  OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
  RETURN collect([{_PRODUCT}, CASE WHEN c IS NULL THEN null ELSE {_CONTRACT} END]) AS products
}}
CALL (ups, downs) {{
  UNWIND CASE WHEN $arguments.products AND NOT $arguments.whole_neighbours THEN ups + downs ELSE [] END AS p
  WITH DISTINCT p
  OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
  RETURN collect([{_BRIEF}, CASE WHEN c IS NULL THEN null ELSE {_BRIEF_CONTRACT} END]) AS neighbours
}}
CALL (judged, ups) {{
  UNWIND CASE WHEN $arguments.fields THEN judged ELSE [] END
    + CASE WHEN $arguments.provider_fields THEN ups ELSE [] END AS p
  WITH DISTINCT p
  MATCH (c:DataContract {{id: p.contractId}})
  RETURN collect([c.id, COLLECT {{
    MATCH (c)-[:HAS_FIELD]->(f:ContractField) RETURN {_FIELD} ORDER BY f.position }}]) AS fields
}}
CALL (judged) {{
  UNWIND CASE WHEN $arguments.sources THEN judged ELSE [] END AS p
  MATCH (:DataContract {{id: p.contractId}})-[:HAS_FIELD]->(f:ContractField)-[:DERIVED_FROM]->(g:ContractField)
  MATCH (g)<-[:HAS_FIELD]-(s:DataContract)
  MATCH (q:DataProduct {{id: s.productId}}) WHERE q.contractId = s.id
  RETURN collect(DISTINCT [p.id, f.path, f.classification, q.id, g.path, g.classification]) AS sources
}}
CALL (judged) {{
  UNWIND CASE WHEN $arguments.products THEN judged ELSE [] END AS p
  MATCH (w:Waiver {{productId: p.id}}) WHERE w.grantedAt <= $arguments.at AND w.expiresAt > $arguments.at
  RETURN collect({WAIVER}) AS waivers
}}
"""
RETURNED: LiteralString = (
    "[CASE WHEN $arguments.products THEN [p IN judged | p.id] ELSE [] END, products, neighbours, up, published, down, "
    "fields, sources, waivers]"
)
_NOW: LiteralString = FACTS_NOW + "RETURN " + RETURNED
# A retired product is past: nothing judges it.
_LIVE: LiteralString = "coalesce(p.status, '') <> 'RETIRED'"
NOW_IDS: LiteralString = (
    "MATCH (p:DataProduct) WHERE p.id IN $arguments.ids AND " + _LIVE + " WITH collect(p) AS judged" + _NOW
)
# The index of domains has their urns too, and is used only where both are asked for.
_OF_DOMAINS: LiteralString = "p.domain IN $arguments.domains AND p.urn IS NOT NULL"
NOW_DOMAINS: LiteralString = (
    "MATCH (p:DataProduct) WHERE " + _OF_DOMAINS + " AND " + _LIVE + " WITH collect(p) AS judged" + _NOW
)
# One half of the mesh, or all of it: ids end in a random hexadecimal digit.
_HALF: LiteralString = "($arguments.half IS NULL OR $arguments.half = (right(p.id, 1) < '8'))"
NOW_MESH: LiteralString = "MATCH (p:DataProduct) WHERE " + _HALF + " AND " + _LIVE + " WITH collect(p) AS judged" + _NOW

# -- as of $arguments.at -----------------------------------------------------------------------------------------------
# `v` is the revision that held then, `r` an edge that did: still in force, or retired later.

_AT: LiteralString = "$arguments.at"
_STOOD: LiteralString = "r.since <= $arguments.at AND coalesce(r.validTo, '9') > $arguments.at"
_THEN: LiteralString = f"""
CALL (judged) {{
  UNWIND CASE WHEN $arguments.providers THEN judged ELSE [] END AS v
  MATCH (:DataProduct {{id: v.productId}})-[r:DEPENDS_ON|DEPENDED_ON]->(b:DataProduct) WHERE {_STOOD}
  RETURN collect([v.productId, b.id, r.kind, r.fields, r.contractVersion]) AS up, collect(DISTINCT b) AS ups,
    {_PINNED}
}}
CALL (pinned) {{
  UNWIND pinned AS b
  RETURN collect([b.id, COLLECT {{
    MATCH (b)-[:HAS_CONTRACT]->(k:DataContract) WHERE k.publishedAt <= $arguments.at RETURN k.version }}]) AS published
}}
CALL (judged) {{
  UNWIND CASE WHEN $arguments.consumers OR $arguments.of_deprecated THEN judged ELSE [] END AS v
  WITH v WHERE $arguments.consumers OR v.status = 'DEPRECATED'
  MATCH (a:DataProduct)-[r:DEPENDS_ON|DEPENDED_ON]->(p:DataProduct {{id: v.productId}}) WHERE {_STOOD}
  RETURN collect([a.id, p.id, r.kind, r.fields, r.contractVersion]) AS down, collect(DISTINCT a) AS downs
}}
CALL (ups) {{
  UNWIND CASE WHEN $arguments.products OR $arguments.provider_fields THEN ups ELSE [] END AS b
  CALL (b) {{ {held("b.id", _AT)} RETURN v }}
  RETURN collect(v) AS sources_then
}}
CALL (downs) {{
  UNWIND CASE WHEN $arguments.products THEN downs ELSE [] END AS a
  CALL (a) {{ {held("a.id", _AT)} RETURN v }}
  RETURN collect(v) AS users_then
}}
CALL (judged, sources_then, users_then) {{
  UNWIND CASE WHEN $arguments.products THEN judged + sources_then + users_then ELSE [] END AS v WITH DISTINCT v
  OPTIONAL MATCH (c:DataContract {{id: v.contractId}})
  RETURN collect([v.documentJson, CASE WHEN c IS NULL THEN null ELSE {_CONTRACT} END]) AS products
}}
CALL (judged, sources_then) {{
  UNWIND CASE WHEN $arguments.fields THEN judged ELSE [] END
    + CASE WHEN $arguments.provider_fields THEN sources_then ELSE [] END AS v
  WITH DISTINCT v
  MATCH (c:DataContract {{id: v.contractId}})
  RETURN collect([c.id, COLLECT {{
    MATCH (c)-[:HAS_FIELD]->(f:ContractField) RETURN {_FIELD} ORDER BY f.position }}]) AS fields
}}
CALL (judged) {{
  UNWIND CASE WHEN $arguments.sources THEN judged ELSE [] END AS j
  MATCH (:DataContract {{id: j.contractId}})-[:HAS_FIELD]->(f:ContractField)-[:DERIVED_FROM]->(g:ContractField)
  MATCH (g)<-[:HAS_FIELD]-(s:DataContract)
  CALL (s) {{ {held("s.productId", _AT)} RETURN v }}
  WITH j, f, g, s, v WHERE v.contractId = s.id
  RETURN collect(DISTINCT [j.productId, f.path, f.classification, v.productId, g.path, g.classification]) AS sources
}}
CALL (judged) {{
  UNWIND CASE WHEN $arguments.products THEN judged ELSE [] END AS v
  MATCH (w:Waiver {{productId: v.productId}}) WHERE w.grantedAt <= $arguments.at AND w.expiresAt > $arguments.at
  RETURN collect({WAIVER}) AS waivers
}}
RETURN [CASE WHEN $arguments.products THEN [v IN judged | v.productId] ELSE [] END, products, [], up, published, down,
  fields, sources, waivers]
"""
_HELD: LiteralString = f"""
CALL (p) {{ {held("p.id", _AT)} RETURN v }}
WITH v WHERE v.status <> 'RETIRED'
WITH collect(v) AS judged"""
THEN_IDS: LiteralString = "MATCH (p:DataProduct) WHERE p.id IN $arguments.ids" + _HELD + _THEN
THEN_DOMAINS: LiteralString = "MATCH (p:DataProduct) WHERE " + _OF_DOMAINS + _HELD + _THEN
THEN_MESH: LiteralString = "MATCH (p:DataProduct) WHERE " + _HALF + _HELD + _THEN

# -- cycles and successors, for the few policies that ask --------------------------------------------------------------

# The shortest cycle through each product by way of the providers `$arguments.by` (null: any). Both ends are bound, so
# Neo4j searches from both sides.
CYCLE_THROUGH: LiteralString = """
UNWIND $arguments.cycles AS id
MATCH (p:DataProduct {id: id})-[:DEPENDS_ON]->(m:DataProduct) WHERE $arguments.by IS NULL OR m.id IN $arguments.by
OPTIONAL MATCH way = shortestPath((m)-[:DEPENDS_ON*1..]->(p)) WHERE m <> p
WITH id, CASE WHEN m = p THEN [id, id] WHEN way IS NULL THEN null ELSE [id] + [n IN nodes(way) | n.id] END AS cycle
WITH id, cycle WHERE cycle IS NOT NULL ORDER BY size(cycle)
WITH id, collect(cycle)[0] AS cycle
RETURN collect([id, cycle]) AS cycles
"""
CYCLE_THROUGH_THEN: LiteralString = f"""
UNWIND $arguments.cycles AS id
MATCH (p:DataProduct {{id: id}})-[r:DEPENDS_ON|DEPENDED_ON]->(m:DataProduct) WHERE {_STOOD}
WITH DISTINCT id, p, m
OPTIONAL MATCH way = shortestPath((m)-[:DEPENDS_ON|DEPENDED_ON*1..]->(p))
  WHERE m <> p AND all(r IN relationships(way) WHERE {_STOOD})
WITH id, CASE WHEN m = p THEN [id, id] WHEN way IS NULL THEN null ELSE [id] + [n IN nodes(way) | n.id] END AS cycle
WITH id, cycle WHERE cycle IS NOT NULL ORDER BY size(cycle)
WITH id, collect(cycle)[0] AS cycle
RETURN collect([id, cycle])
"""
EDGES_NOW: LiteralString = "MATCH (a:DataProduct)-[:DEPENDS_ON]->(b:DataProduct) RETURN collect([a.id, b.id])"
EDGES_THEN: LiteralString = (
    "MATCH (a:DataProduct)-[r:DEPENDS_ON|DEPENDED_ON]->(b:DataProduct) WHERE "
    + _STOOD
    + " RETURN collect([a.id, b.id])"
)
NAMED: LiteralString = f"""
UNWIND $arguments.urns AS urn
MATCH (p:DataProduct {{urn: urn}})
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
RETURN collect([{_PRODUCT}, CASE WHEN c IS NULL THEN null ELSE {_CONTRACT} END])
"""
NAMED_THEN: LiteralString = f"""
UNWIND $arguments.urns AS urn
MATCH (p:DataProduct {{urn: urn}})
CALL (p) {{ {held("p.id", _AT)} RETURN v }}
OPTIONAL MATCH (c:DataContract {{id: v.contractId}})
RETURN collect([v.documentJson, CASE WHEN c IS NULL THEN null ELSE {_CONTRACT} END])
"""
# Up to here each product's cycle is sought by itself; beyond, all edges are read once.
FEW = 20


async def load(
    run: Run,
    scope: Scope,
    needs: frozenset[Need],
    at: str,
    past: bool = False,
    at_once: bool = False,
    shown: tuple[str, ...] | None = None,
) -> Loaded:
    """The facts of the products in `scope` at `at`; `past` reads revisions, else `at` only dates the waivers.
    `at_once`: `run` may be asked several things at the same time, as the whole mesh then is. `shown`: of the products
    these fields are wanted and what is needed, and of their contracts what is needed; None: all."""
    requested = facts_parameters(needs, shown)
    parts = _in_parts(requested) if at_once and scope == MESH else [requested]
    query, of = _query(scope, past), {**_scope_parameters(scope), "at": at}
    rows = await gather(*(run(query, arguments={**of, **part}) for part in parts))
    gathered = ([row for rows in kind for row in rows] for kind in zip(*rows, strict=True))
    loaded = await giving_way(assemble(*gathered, how=reading_for(needs, shown)))
    if Need.CYCLE in needs and loaded.facts:
        cycles = _cycles_within(loaded) if scope == MESH and requested["providers"] else _cycles(run, loaded, at, past)
        loaded = with_cycles(loaded, await cycles)
    if Need.SUCCESSOR in needs:
        loaded = await with_successors(run, loaded, at if past else None)
    if Need.OPERATIONS in needs:
        loaded = await with_operations(run, loaded, at, past)
    return loaded


def reading_for(needs: frozenset[Need], shown: tuple[str, ...] | None) -> Reading:
    """How the products that are judged are read."""
    if shown is None or Need.WHOLE_NEIGHBOURS in needs:
        return WHOLE
    requested = {*BASIC, *shown, *(field for need, field in OF_RECORD.items() if need in needs)}
    return by_properties(tuple(field for field in Product._fields if field in requested))


def facts_parameters(needs: frozenset[Need], shown: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The keys of `$arguments` that say which facts to read."""
    whole = shown is None or bool(needs & {Need.TERMS, Need.WHOLE_NEIGHBOURS})
    return {
        "keys": reading_for(needs, shown).keys,
        "terms": list(TERMS if whole else BRIEF_TERMS),
        "providers": Need.PROVIDERS in needs,
        "whole_neighbours": Need.WHOLE_NEIGHBOURS in needs,
        "consumers": Need.CONSUMERS in needs,
        "of_deprecated": Need.CONSUMERS_OF_DEPRECATED in needs,
        "pins": Need.PINS in needs,
        "field_counts": Need.FIELD_COUNTS in needs,
        "fields": bool(needs & {Need.FIELDS, Need.FIELD_TERMS}),
        "provider_fields": bool(needs & {Need.PROVIDER_FIELDS, Need.PROVIDER_FIELD_TERMS}),
        "whole_fields": bool(needs & {Need.FIELDS, Need.PROVIDER_FIELDS}),
        "sources": Need.SOURCES in needs,
        "products": True,
    }


def _in_parts(requested: dict[str, Any]) -> list[dict[str, Any]]:
    """The same in questions of about the same length: products in halves, edges, fields. Each product of the mesh is
    judged, so providers need not be asked for by themselves."""
    nothing = dict.fromkeys(requested, False)
    edges = {key: requested[key] for key in ("providers", "consumers", "of_deprecated", "pins")}
    fields = {"fields": requested["fields"] or requested["provider_fields"], "whole_fields": requested["whole_fields"]}
    parts = [edges, {**fields, "sources": requested["sources"]}]
    products = {key: requested[key] for key in ("products", "keys", "terms", "field_counts")}
    halves = ({**nothing, **products, "half": half} for half in (True, False))
    return [*halves, *({**nothing, **part} for part in parts if any(part.values()))]


def _query(scope: Scope, past: bool) -> LiteralString:
    if scope.ids is not None:
        return THEN_IDS if past else NOW_IDS
    if scope.domains is not None:
        return THEN_DOMAINS if past else NOW_DOMAINS
    return THEN_MESH if past else NOW_MESH


def _scope_parameters(scope: Scope) -> dict[str, list[str]]:
    if scope.ids is not None:
        return {"ids": list(scope.ids)}
    return {} if scope.domains is None else {"domains": list(scope.domains)}


async def _cycles_within(loaded: Loaded) -> Mapping[str, Sequence[str]]:
    def edges_of(facts: Iterable[tuple[str, Facts]]) -> list[tuple[str, str]]:
        return [(id, neighbour.product.id) for id, one in facts for neighbour in one.providers]

    edges = await giving_way(mapped(edges_of, list(loaded.facts.items())))
    return await giving_way(cycles_among(edges, loaded.facts.keys()))


async def _cycles(run: Run, loaded: Loaded, at: str, past: bool) -> Mapping[str, Sequence[str]]:
    facts = loaded.facts
    if len(facts) <= FEW:
        through = CYCLE_THROUGH_THEN if past else CYCLE_THROUGH
        return dict(await run(through, arguments={"cycles": sorted(facts), "by": None, "at": at}))
    edges = await run(EDGES_THEN, arguments={"at": at}) if past else await run(EDGES_NOW)
    return await giving_way(cycles_among(edges, facts.keys()))


async def with_successors(run: Run, loaded: Loaded, at: str | None = None) -> Loaded:
    """Of deprecated products only, as they were at `at`; None: as they are."""
    named = {id: urn for id, one in loaded.facts.items() if (urn := successor_urn(one.product))}
    if not named:
        return loaded
    arguments = {"urns": sorted(set(named.values())), "at": at, **facts_parameters(frozenset())}
    rows = await run(NAMED if at is None else NAMED_THEN, arguments=arguments)
    successors = {product.urn: product for product in products_of(rows, {})}
    updated_facts = {id: loaded.facts[id]._replace(successor=successors.get(urn)) for id, urn in named.items()}
    return loaded._replace(facts={**loaded.facts, **updated_facts})


def successor_urn(product: ProductFacts) -> str | None:
    return product.record.successor if product.status == "DEPRECATED" else None
