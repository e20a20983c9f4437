"""Whose verdicts a write can turn, and so what is judged and locked: never more than the policies in force ask for.

Why locking just these is enough: a product's verdict under a rule is a function of its facts, and a rule's `reach`
names every product whose facts a change enters. Two writes that can only together break a rule for a product therefore
both have it in their reach, both lock it, and the second one judges what the first one committed. Rules that no set of
products decides (a cycle may run through the whole mesh) lock one node for all instead.
"""

from collections.abc import Iterable
from typing import Any, LiteralString, NamedTuple

from resolvers import clock
from resolvers.policies.binding import Bound
from resolvers.policies.in_force import policies_in_force
from resolvers.policies.rule import Reach, Rule
from resolvers.records import Enforcement
from resolvers.store import Transaction
from resolvers.verdicts import Aspect, Touched

NEIGHBOURS: LiteralString = """
CALL () { MATCH (p:DataProduct)<-[:DEPENDS_ON]-(n:DataProduct) WHERE $consumers AND p.id IN $ids
  RETURN collect(DISTINCT n.id) AS consumers }
CALL () { MATCH (p:DataProduct)-[:DEPENDS_ON]->(n:DataProduct) WHERE $providers AND p.id IN $ids
  RETURN collect(DISTINCT n.id) AS providers }
CALL () { MATCH (p:DataProduct)<-[:DEPENDS_ON*0..]-(n:DataProduct) WHERE $downstream AND p.id IN $ids
  WITH DISTINCT n RETURN collect(n.id) AS downstream }
RETURN [consumers, providers, downstream]
"""
# The oldest policy node is never deleted and never younger than a write that finds it, so all writes agree on it.
MESH_LOCK: LiteralString = "MATCH (y:Policy) WITH y ORDER BY y.since, y.id LIMIT 1 RETURN y.id"


class Reached(NamedTuple):
    consumers: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    downstream: frozenset[str] = frozenset()


def concerned(policies: Iterable[Bound], touched: Touched) -> list[Bound]:
    return [bound for bound in policies if touched.products and bound.rule.reach.keys() & touched.aspects]


async def lock_set(tx: Transaction, touched: Touched) -> tuple[str, ...]:
    """Ids to lock beyond the touched ones: whose verdict under a mandatory policy the write can turn."""
    if not touched.products:
        return ()
    policies = concerned(await policies_in_force(tx.run, clock.now()), touched)
    mandatory = [bound for bound in policies if bound.policy.enforcement == Enforcement.MANDATORY]
    reached = await neighbours(tx, touched, mandatory)
    ids = frozenset(id for bound in mandatory for id in judged_by(bound.rule, touched, reached))
    return tuple(sorted(ids | await mesh_lock(tx, mandatory)))


async def mesh_lock(tx: Transaction, mandatory: Iterable[Bound]) -> frozenset[str]:
    """The node that stands for the whole mesh, when one of the rules is decided by all of it."""
    if not any(bound.rule.mesh_wide for bound in mandatory):
        return frozenset()
    return frozenset({await tx.run(MESH_LOCK)})


async def neighbours(tx: Transaction, touched: Touched, policies: Iterable[Bound]) -> Reached:
    """What the rules of `policies` reach of the touched products' surroundings; no query when they reach nothing."""
    wanted = {
        reach for bound in policies for aspect in _state(bound.rule, touched) for reach in bound.rule.reach[aspect]
    }
    if not wanted - {Reach.SELF}:
        return Reached()
    found: list[Any] = await tx.run(
        NEIGHBOURS,
        ids=list(touched.products),
        consumers=Reach.CONSUMERS in wanted,
        providers=Reach.PROVIDERS in wanted,
        downstream=Reach.DOWNSTREAM in wanted,
    )
    return Reached(*(frozenset(ids) for ids in found))


def _state(rule: Rule, touched: Touched) -> frozenset[Aspect]:
    """The touched aspects that concern the rule, without EDGES unless it reaches downstream: other ends are named."""
    aspects = touched.aspects & rule.reach.keys()
    return frozenset(a for a in aspects if a is not Aspect.EDGES or Reach.DOWNSTREAM in rule.reach[a])


def judged_by(rule: Rule, touched: Touched, reached: Reached) -> frozenset[str]:
    """The products that `rule` must judge because of the write."""
    ids: set[str] = set()
    for aspect in touched.aspects & rule.reach.keys():
        around = _ends(touched) if aspect is Aspect.EDGES else reached
        reach = rule.reach[aspect]
        if Reach.SELF in reach:
            ids.update(touched.products)
        if Reach.CONSUMERS in reach:
            ids.update(around.consumers)
        if Reach.PROVIDERS in reach:
            ids.update(around.providers)
        if Reach.DOWNSTREAM in reach:
            ids.update(reached.downstream)
    return frozenset(ids)


def _ends(touched: Touched) -> Reached:
    """The other ends of touched edges; of several touched products each may be the end of another."""
    ends = frozenset(touched.other_ends) | (frozenset(touched.products) if len(touched.products) > 1 else frozenset())
    return Reached(ends, ends)
