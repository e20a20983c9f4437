"""A product keeps data no longer than each of its providers allows.

A product without a retention keeps its data forever, which violates any retention of a provider. A provider without a
retention allows everything.
"""

from collections.abc import Iterator

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, NoParameters, Reach, Rule
from resolvers.writes.judgement import Aspect


def check(facts: Facts, _: NoParameters) -> Iterator[Finding]:
    kept = facts.product.retention_days
    for neighbour in facts.providers:
        provider = neighbour.product
        allowed = provider.retention_days
        if allowed is None or (kept is not None and kept <= allowed):
            continue
        how_long = "without an end" if kept is None else f"for {kept:,} days"
        yield Finding(
            f"The data are kept {how_long}; {provider.urn} allows {allowed:,} days.",
            (provider.id,),
            {"provider": provider.urn, "allowedDays": allowed, "keptDays": kept},
        )


RULE = Rule(
    "retention_flow",
    check,
    {Aspect.CONTRACT: frozenset({Reach.SELF, Reach.CONSUMERS}), Aspect.EDGES: SELF},
    NoParameters,
    frozenset({Need.PROVIDERS}),
    single=True,
)
