"""No product is made of itself, however long the way round.

Two dependencies that close a cycle together may touch four products far apart, with no product in common to lock. So
while this rule is in force and mandatory, writes of dependencies lock one node for the whole mesh (see `reach.py`):
they run one after another, and the second finds the edge of the first. Reads, and writes that leave edges alone, never
wait. A write is judged by the cycles that its own edges close: one that was there before hinders nobody.
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
