"""No product depends on itself, directly or through others.

A write is judged by the cycles that its own dependencies close; an existing cycle refuses no other write. Two writes
can close a cycle together without sharing a product that both lock. While a mandatory policy uses this rule, writes of
dependencies therefore lock one node for the whole mesh and run one after another. Reads and other writes do not wait.
"""

from collections.abc import Iterator

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, NoParameters, Rule
from resolvers.writes.judgement import Aspect


def check(facts: Facts, _: NoParameters) -> Iterator[Finding]:
    if facts.cycle is None:
        return
    length = len(facts.cycle) - 1
    others = tuple(dict.fromkeys(id for id in facts.cycle if id != facts.product.id))
    if not others:
        yield Finding("The product depends on itself.", evidence={"cycle": list(facts.cycle)})
        return
    yield Finding(
        f"The product depends on itself by way of {length - 1} other product{'s' if length > 2 else ''}.",
        others,
        {"cycle": list(facts.cycle)},
    )


RULE = Rule("acyclic_dependencies", check, {Aspect.EDGES: SELF}, NoParameters, frozenset({Need.CYCLE}), mesh_wide=True)
