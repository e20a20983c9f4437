"""Enough of the quality runs of the last days passed, and their scores are high enough."""

from collections.abc import Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Rule
from resolvers.model.records import ProductStatus
from resolvers.writes.judgement import Aspect


class QualityHistory(Parameters):
    """`days`: how far back runs count, whatever their contract version. `statuses`: in which the history is needed."""

    days: int = Field(30, ge=1, le=366, description="Number of past days whose runs count.")
    minimum_runs: int = Field(1, ge=1, le=500, description="Minimum number of runs.")
    minimum_passed: float = Field(0.9, ge=0, le=1, description="Minimum share of runs that passed, 0 to 1.")
    minimum_score: float | None = Field(None, ge=0, le=1, description="Minimum mean of the overall scores, 0 to 1.")
    statuses: tuple[ProductStatus, ...] = Field(
        (ProductStatus.PRODUCTION,), min_length=1, description="Statuses in which the history is required."
    )


def check(facts: Facts, parameters: QualityHistory) -> Iterator[Finding]:
    if facts.product.status not in parameters.statuses:
        return
    past = facts.operations.quality_history if facts.operations else ()
    runs = [run for run in past if run.age_hours <= 24 * parameters.days]
    if not runs:
        yield Finding(
            f"Nothing is known of the quality in the last {parameters.days} days: no run has finished; "
            f"at least {parameters.minimum_runs} are needed."
        )
        return
    if len(runs) < parameters.minimum_runs:
        message = f"{len(runs)} quality runs finished in the last {parameters.days} days"
        yield Finding(f"{message}; at least {parameters.minimum_runs} are needed.")
        return
    passed = sum(run.passed for run in runs) / len(runs)
    if passed < parameters.minimum_passed:
        message = f"{passed:.0%} of {len(runs)} quality runs of the last {parameters.days} days passed"
        yield Finding(f"{message}; at least {parameters.minimum_passed:.0%} are needed.", evidence={"passed": passed})
    scores = [run.overall for run in runs if run.overall is not None]
    if parameters.minimum_score is not None and scores and sum(scores) / len(scores) < parameters.minimum_score:
        mean = sum(scores) / len(scores)
        message = f"The mean quality score of the last {parameters.days} days is {mean:.3f}"
        yield Finding(f"{message}; at least {parameters.minimum_score:g} is needed.", evidence={"score": mean})


RULE = Rule(
    "quality_history_good",
    check,
    {Aspect.STATUS: SELF, Aspect.CONTRACT: SELF},
    QualityHistory,
    frozenset({Need.OPERATIONS}),
)
