"""A product in production is made of nothing that is still being built or on its way out.

Deprecating a provider, or taking a consumer into production, is judged as well as declaring the dependency.
"""

from collections.abc import Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Reach, Rule
from resolvers.model.records import ProductStatus
from resolvers.writes.judgement import Aspect


class Stability(Parameters):
    """`of`: the statuses in which a product needs stable providers. `unstable`: those that count as not stable."""

    of: tuple[ProductStatus, ...] = Field((ProductStatus.PRODUCTION,), min_length=1)
    unstable: tuple[ProductStatus, ...] = Field((ProductStatus.DEVELOPMENT, ProductStatus.DEPRECATED), min_length=1)


def check(facts: Facts, parameters: Stability) -> Iterator[Finding]:
    if facts.product.status not in parameters.of:
        return
    for provider in (neighbour.product for neighbour in facts.providers):
        if provider.status in parameters.unstable:
            yield Finding(
                f"The product is {facts.product.status} and depends on {provider.urn}, which is {provider.status}.",
                (provider.id,),
                {"provider": provider.urn, "status": provider.status},
            )


RULE = Rule(
    "stable_dependencies",
    check,
    {Aspect.STATUS: frozenset({Reach.SELF, Reach.CONSUMERS}), Aspect.EDGES: SELF},
    Stability,
    frozenset({Need.PROVIDERS}),
    single=True,
)
