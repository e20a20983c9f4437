"""A deprecated product that live products still use names a successor and an end date.

Both are its fields `successor` and `sunset`. The successor is another product that is neither deprecated nor retired at
the time of the check. The end date is later than the day of the product's last change.
"""

from collections.abc import Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Reach, Rule
from resolvers.model.records import ProductStatus
from resolvers.writes.judgement import Aspect

LIVE = (ProductStatus.TESTING, ProductStatus.PRODUCTION)
ENDED = (ProductStatus.DEPRECATED, ProductStatus.RETIRED)
NAMED = 5


class Succession(Parameters):
    live: tuple[ProductStatus, ...] = Field(
        LIVE, min_length=1, description="Statuses in which a consumer counts as live."
    )


def check(facts: Facts, parameters: Succession) -> Iterator[Finding]:
    if facts.product.status != ProductStatus.DEPRECATED:
        return
    live = [consumer.product for consumer in facts.consumers if consumer.product.status in parameters.live]
    missing = [problem for problem in (_no_successor(facts), _no_date(facts)) if problem]
    if live and missing:
        named = ", ".join(consumer.urn for consumer in live[:NAMED])
        more = f" and {len(live) - NAMED} more" if len(live) > NAMED else ""
        yield Finding(
            f"The product is deprecated, still feeds {named}{more}, and {' and '.join(missing)}.",
            tuple(consumer.id for consumer in live),
            {"consumers": [consumer.urn for consumer in live], "missing": missing},
        )


def _no_successor(facts: Facts) -> str | None:
    urn = facts.product.record.successor
    if urn is None:
        return "names no successor"
    if facts.successor is None or facts.successor.id == facts.product.id:
        return f"its successor '{urn[:200]}' is not another product"
    if facts.successor.status in ENDED:
        return f"its successor {facts.successor.urn} is {facts.successor.status} too"
    return None


def _no_date(facts: Facts) -> str | None:
    sunset = facts.product.record.sunset
    if sunset is None:
        return "names no date of its end (sunset)"
    if sunset <= facts.product.record.updated_at[:10]:
        return f"its end {sunset} was not to come when the product last changed"
    return None


RULE = Rule(
    "successor_for_deprecated",
    check,
    {
        Aspect.STATUS: frozenset({Reach.SELF, Reach.PROVIDERS}),
        Aspect.PRODUCT: SELF,
        Aspect.EDGES: frozenset({Reach.PROVIDERS}),
    },
    Succession,
    frozenset({Need.SUCCESSOR_NAME, Need.SUNSET, Need.UPDATED_AT, Need.CONSUMERS_OF_DEPRECATED, Need.SUCCESSOR}),
)
