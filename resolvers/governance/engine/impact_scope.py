"""Computes the products whose verdict a write can change: those that are judged and locked.

These locks are sufficient: a verdict is a function of a product's facts, and the `reach` of a rule names every
product whose facts a change enters. Two writes that break a rule only together both have the product in reach and
lock it, and the second judges what the first committed. Rules that cannot be decided from a set of products
(cycles) lock one node for the whole mesh.
"""

from collections.abc import Iterable
from typing import NamedTuple

from resolvers.governance.engine.active_policies import expected
from resolvers.governance.engine.binding import Bound
from resolvers.governance.rules.rule import Reach, Rule
from resolvers.model.records import Enforcement
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.neighbourhood import Neighbourhood


class Reached(NamedTuple):
    consumers: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    downstream: frozenset[str] = frozenset()


def applicable(policies: Iterable[Bound], touched: Touched) -> list[Bound]:
    return [bound for bound in policies if touched.products and bound.rule.reach.keys() & touched.aspects]


def to_lock(touched: Touched) -> Neighbourhood:
    """Whose verdict under a mandatory policy the write can turn, by the policies that are expected. When others are in
    force under the locks, the write begins again: see `judge.must_hold`."""
    return around(mandatory(applicable(expected(), touched)), touched)


def mandatory(policies: Iterable[Bound]) -> list[Bound]:
    return [bound for bound in policies if bound.policy.enforcement == Enforcement.MANDATORY]


def around(policies: Iterable[Bound], touched: Touched) -> Neighbourhood:
    """What the rules of `policies` reach of the touched products' surroundings. The node that stands for the whole mesh
    is part of it when one that is mandatory is decided by all of the mesh."""
    requested = {
        reach for bound in policies for aspect in _state(bound.rule, touched) for reach in bound.rule.reach[aspect]
    }
    return Neighbourhood(
        touched.products,
        consumers=Reach.CONSUMERS in requested,
        providers=Reach.PROVIDERS in requested,
        downstream=Reach.DOWNSTREAM in requested,
        mesh=any(bound.rule.mesh_wide for bound in mandatory(policies)),
    )


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
