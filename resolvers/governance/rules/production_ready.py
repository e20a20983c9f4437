"""A product in production has a contract, a description and an access point."""

from collections.abc import Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Rule
from resolvers.model.records import ProductStatus
from resolvers.writes.judgement import Aspect


class Readiness(Parameters):
    statuses: tuple[ProductStatus, ...] = Field(
        (ProductStatus.PRODUCTION,), min_length=1, description="Statuses in which a product must comply."
    )


def check(facts: Facts, parameters: Readiness) -> Iterator[Finding]:
    product = facts.product
    if product.status not in parameters.statuses:
        return
    present = {
        "a contract": product.contract is not None,
        "a description": bool(product.record.description.strip()),
        "an access point": bool(product.access_points),
    }
    missing = [what for what, there in present.items() if not there]
    if missing:
        yield Finding(f"The product is {product.status} without {', '.join(missing)}.", evidence={"missing": missing})


RULE = Rule(
    "production_ready",
    check,
    {Aspect.STATUS: SELF, Aspect.CONTRACT: SELF, Aspect.PRODUCT: SELF},
    Readiness,
    frozenset({Need.DESCRIPTION, Need.ACCESS_POINTS}),
)
