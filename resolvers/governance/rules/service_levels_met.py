"""Every service level that the contract promises was kept over a window."""

from collections.abc import Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Rule
from resolvers.model.records import ProductStatus
from resolvers.writes.judgement import Aspect


class ServiceLevels(Parameters):
    """`window_hours`: how old a measurement may be. `statuses`: in which the levels have to be met."""

    window_hours: int = Field(24, ge=1, le=24 * 366, description="Maximum age of a measurement, in hours.")
    statuses: tuple[ProductStatus, ...] = Field(
        (ProductStatus.PRODUCTION,), min_length=1, description="Statuses in which the service levels must be met."
    )


def check(facts: Facts, parameters: ServiceLevels) -> Iterator[Finding]:
    if facts.product.status not in parameters.statuses:
        return
    if facts.contract is None:
        yield Finding("Nothing is known of service levels: there is no contract that promises any.")
        return
    promised = [level["metric"] for level in facts.contract.sla]
    levels = facts.operations.service_levels if facts.operations else ()
    recent = {level.metric: level for level in levels if level.age_hours <= parameters.window_hours}
    unknown = [metric for metric in promised if metric not in recent or recent[metric].kept is None]
    missed = [metric for metric in promised if metric in recent and recent[metric].kept is False]
    if missed:
        yield Finding(f"Service levels are missed: {', '.join(missed)}.", evidence={"missed": missed})
    if unknown:
        message = f"Nothing is known of {', '.join(unknown)} in the last {parameters.window_hours} hours."
        yield Finding(message, evidence={"unknown": unknown})


RULE = Rule(
    "service_levels_met",
    check,
    {Aspect.STATUS: SELF, Aspect.CONTRACT: SELF},
    ServiceLevels,
    frozenset({Need.OPERATIONS, Need.TERMS}),
)
