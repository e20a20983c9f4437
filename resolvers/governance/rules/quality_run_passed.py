"""The latest quality run of the active contract version passed and is recent."""

from collections.abc import Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Rule
from resolvers.model.records import ProductStatus
from resolvers.writes.judgement import Aspect


class QualityRun(Parameters):
    """`max_age_hours`: how old the run may be. `statuses`: in which one is needed."""

    max_age_hours: int = Field(24, ge=1, le=24 * 366, description="Maximum age of the run, in hours.")
    statuses: tuple[ProductStatus, ...] = Field(
        (ProductStatus.PRODUCTION,), min_length=1, description="Statuses in which a passing run is required."
    )


def check(facts: Facts, parameters: QualityRun) -> Iterator[Finding]:
    if facts.product.status not in parameters.statuses:
        return
    if facts.contract is None:
        yield Finding("Nothing is known of the quality: there is no contract that could be measured.")
        return
    run = facts.operations.quality_run if facts.operations else None
    version = facts.contract.version
    if run is None:
        yield Finding(f"Nothing is known of the quality of contract {version}: no run of it has finished.")
    elif not run.passed:
        yield Finding(f"The last quality run of contract {version} did not pass.", evidence={"run": run.id})
    elif run.age_hours > parameters.max_age_hours:
        message = f"The last quality run of contract {version} is {run.age_hours:.0f} hours old; "
        yield Finding(f"{message}at most {parameters.max_age_hours} are allowed.", evidence={"run": run.id})


RULE = Rule(
    "quality_run_passed",
    check,
    {Aspect.STATUS: SELF, Aspect.CONTRACT: SELF},
    QualityRun,
    frozenset({Need.OPERATIONS}),
)
