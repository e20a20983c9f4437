"""All requested infrastructure of a product is applied."""

from collections.abc import Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Rule
from resolvers.model.records import ProductStatus
from resolvers.writes.judgement import Aspect


class Provisioned(Parameters):
    """`statuses`: in which the infrastructure has to be there. `optional_kinds`: what may be missing."""

    statuses: tuple[ProductStatus, ...] = Field(
        (ProductStatus.PRODUCTION,),
        min_length=1,
        description="Statuses in which the infrastructure must be applied.",
    )
    optional_kinds: tuple[str, ...] = Field(
        (),
        description="Kinds of resources that may be missing, e.g. TRANSITIONS if the storage has no storage classes.",
    )


def check(facts: Facts, parameters: Provisioned) -> Iterator[Finding]:
    if facts.product.status not in parameters.statuses:
        return
    resources = facts.operations.resources if facts.operations else ()
    if facts.operations and facts.operations.unknown:
        yield Finding("What was applied of the product's infrastructure at that time is not known: it changed since.")
        return
    if not resources:
        yield Finding("Nothing is known of the product's infrastructure: none of it was applied.")
        return
    missing = [
        f"{kind} {name}"
        for kind, name, state in resources
        if state != "APPLIED" and kind not in parameters.optional_kinds
    ]
    if missing:
        message = f"{len(missing)} of {len(resources)} resources are not applied: {', '.join(missing[:5])}."
        yield Finding(message, evidence={"missing": missing})


RULE = Rule("infrastructure_provisioned", check, {Aspect.STATUS: SELF}, Provisioned, frozenset({Need.OPERATIONS}))
