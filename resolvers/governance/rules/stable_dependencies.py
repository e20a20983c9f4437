"""A product in production depends on no product that is in development or deprecated.

The rule judges the dependency when it is declared, the consumer when it moves into production, and the provider when
its status changes.
"""

from collections.abc import Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Reach, Rule
from resolvers.model.records import ProductStatus
from resolvers.writes.judgement import Aspect


class Stability(Parameters):
    of: tuple[ProductStatus, ...] = Field(
        (ProductStatus.PRODUCTION,), min_length=1, description="Statuses in which a consumer needs stable providers."
    )
    unstable: tuple[ProductStatus, ...] = Field(
        (ProductStatus.DEVELOPMENT, ProductStatus.DEPRECATED),
        min_length=1,
        description="Statuses of a provider that count as unstable.",
    )


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
