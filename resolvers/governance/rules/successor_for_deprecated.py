"""A deprecated product that live products still use names a successor and an end date.

Both are in its metadata: `{"successor": "<id or urn>", "sunset": "2027-06-30"}`. The successor is another product
that is not deprecated when the rule is evaluated. The end date is later than the day of the product's last change.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Reach, Rule
from resolvers.model.records import ProductStatus
from resolvers.writes.judgement import Aspect

LIVE = (ProductStatus.TESTING, ProductStatus.PRODUCTION)
NAMED = 5
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


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
    name = facts.product.metadata.get("successor")
    if name is None:
        return "names no successor (metadata.successor)"
    if facts.successor is None or facts.successor.id == facts.product.id:
        return f"its successor '{str(name)[:200]}' is no other product"
    if facts.successor.status == ProductStatus.DEPRECATED:
        return f"its successor {facts.successor.urn} is deprecated too"
    return None


def _no_date(facts: Facts) -> str | None:
    sunset = facts.product.metadata.get("sunset")
    if sunset is None:
        return "names no date of its end (metadata.sunset)"
    day = day_of(sunset)
    if day is None:
        return f"its end '{str(sunset)[:50]}' is no date (metadata.sunset, e.g. 2027-06-30)"
    if day <= facts.product.record.updated_at[:10]:
        return f"its end {day} was not to come when the product last changed (metadata.sunset)"
    return None


def day_of(sunset: Any) -> str | None:
    """`2027-06-30`, also of an instant with its zone, as its own clock says; None for what is no date."""
    if not isinstance(sunset, str):
        return None
    try:
        if DAY.fullmatch(sunset):
            return date.fromisoformat(sunset).isoformat()
        moment = datetime.fromisoformat(sunset)
    except ValueError:
        return None
    return moment.date().isoformat() if moment.tzinfo is not None and DAY.match(sunset) else None


RULE = Rule(
    "successor_for_deprecated",
    check,
    {
        Aspect.STATUS: frozenset({Reach.SELF, Reach.PROVIDERS}),
        Aspect.PRODUCT: SELF,
        Aspect.EDGES: frozenset({Reach.PROVIDERS}),
    },
    Succession,
    frozenset({Need.METADATA, Need.UPDATED_AT, Need.CONSUMERS_OF_DEPRECATED, Need.SUCCESSOR}),
)
