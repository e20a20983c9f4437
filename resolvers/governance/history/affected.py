"""Computes which products' compliance an audit event may have changed. The result may be too large, never too small."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.governance.engine.binding import Bound
from resolvers.governance.engine.facts_cypher import Run
from resolvers.governance.rules.rule import PATTERN, Reach
from resolvers.model.records import AuditEvent
from resolvers.writes.judgement import EVERYTHING, Aspect

ASPECTS = {
    "dataProductTransition": frozenset({Aspect.STATUS}),
    "dataProductUpdate": frozenset({Aspect.PRODUCT, Aspect.OWNER}),
}


class Effect(NamedTuple):
    """`products` changed in `aspects`; `alone` are only themselves looked at anew; `domains` all of theirs, `mesh` all
    there are. `moments` are times beside the event's own at which it takes effect."""

    products: frozenset[str] = frozenset()
    aspects: frozenset[Aspect] = frozenset()
    alone: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    mesh: bool = False
    moments: frozenset[str] = frozenset()


def effect_of(event: AuditEvent) -> Effect:
    before, after = _parsed(event.before_json), _parsed(event.after_json)
    return _effect(event.subject_kind, event.subject_id, event.action, {**before, **after})


def _parsed(text: str | None) -> dict[str, Any]:
    return orjson.loads(text) if text else {}


def _effect(kind: str, id: str, action: str, document: Mapping[str, Any]) -> Effect:
    match kind:
        case "DATA_PRODUCT":
            moments = frozenset({document["updatedAt"]}) if "updatedAt" in document else frozenset()
            return Effect(frozenset({id}), ASPECTS.get(action, EVERYTHING), moments=moments)
        case "DATA_CONTRACT":
            return Effect(frozenset({document["productId"]}), frozenset({Aspect.CONTRACT}))
        case "DEPENDENCY":
            moments = frozenset({document["since"]}) if "since" in document else frozenset()
            return Effect(frozenset({id}), frozenset({Aspect.EDGES}), moments=moments)
        case "WAIVER":
            return Effect(alone=frozenset({document["productId"]}))
        case "POLICY":
            if document.get("productId"):
                return Effect(alone=frozenset({document["productId"]}))
            return Effect(domains=frozenset({document["domain"]})) if document.get("domain") else Effect(mesh=True)
        case "BATCH":
            return union(_parts(document))
    return Effect()


def _parts(document: Mapping[str, Any]) -> Iterator[Effect]:
    """A batch of writes tells its `changes`, an import the `products` and `dependencies` that it wrote."""
    for change in document.get("changes", ()):
        yield _effect(change["kind"], change["id"], "", change.get("after") or {})
    yield Effect(frozenset(product["id"] for product in document.get("products", ())), EVERYTHING)
    yield Effect(frozenset(consumer for consumer, _ in document.get("dependencies", ())), frozenset({Aspect.EDGES}))


def union(effects: Iterable[Effect]) -> Effect:
    merged = list(effects)
    return Effect(
        frozenset().union(*(effect.products for effect in merged)),
        frozenset().union(*(effect.aspects for effect in merged)),
        frozenset().union(*(effect.alone for effect in merged)),
        frozenset().union(*(effect.domains for effect in merged)),
        any(effect.mesh for effect in merged),
        frozenset().union(*(effect.moments for effect in merged)),
    )


# Edges of any time: one that was there at the event and is gone now counts too.
AROUND: LiteralString = """
CALL () { MATCH (p:DataProduct)<-[:DEPENDS_ON|DEPENDED_ON]-(n:DataProduct) WHERE $consumers AND p.id IN $ids
  RETURN collect(DISTINCT n.id) AS consumers }
CALL () { MATCH (p:DataProduct)-[:DEPENDS_ON|DEPENDED_ON]->(n:DataProduct) WHERE $providers AND p.id IN $ids
  RETURN collect(DISTINCT n.id) AS providers }
CALL () { MATCH (p:DataProduct)<-[:DEPENDS_ON|DEPENDED_ON*0..]-(n:DataProduct) WHERE $downstream AND p.id IN $ids
  WITH DISTINCT n RETURN collect(n.id) AS downstream }
CALL () { MATCH (p:DataProduct)-[:DEPENDS_ON|DEPENDED_ON*0..]->(n:DataProduct) WHERE $upstream AND p.id IN $ids
  WITH DISTINCT n RETURN collect(n.id) AS upstream }
CALL () { UNWIND $ids AS id
  CALL (id) {
    MATCH (v:ProductRevision) USING INDEX v:ProductRevision(productId, validFrom, revision)
    WHERE v.productId = id AND v.validFrom >= $at AND v.revision IS NOT NULL
    RETURN v.validFrom AS first ORDER BY v.productId, v.validFrom LIMIT 1
  }
  RETURN collect(DISTINCT first) AS moments }
RETURN [consumers, providers, downstream, upstream, moments]
"""


async def spread(run: Run, effect: Effect, at: str, policies: Iterable[Bound]) -> Effect:
    """The effect of an event of time `at` with all products that it reaches by the rules of `policies` in `alone`."""
    if not effect.products:
        return effect
    applicable = [bound.rule for bound in policies if bound.rule is not PATTERN]
    reach = {one for rule in applicable for aspect in effect.aspects & rule.reach.keys() for one in rule.reach[aspect]}
    # A cycle through a touched product lies both upstream and downstream of it.
    ring = Aspect.EDGES in effect.aspects and any(rule.mesh_wide for rule in applicable)
    consumers, providers, downstream, upstream, moments = await run(
        AROUND,
        ids=sorted(effect.products),
        at=at,
        consumers=Reach.CONSUMERS in reach,
        providers=Reach.PROVIDERS in reach,
        downstream=Reach.DOWNSTREAM in reach or ring,
        upstream=ring,
    )
    reached = {*effect.products, *effect.alone, *consumers, *providers}
    reached |= set(downstream) if Reach.DOWNSTREAM in reach else set(downstream) & set(upstream)
    return effect._replace(alone=frozenset(reached), moments=effect.moments | set(moments))
