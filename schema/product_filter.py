"""How data products are chosen and ordered."""

from collections.abc import Iterable

import strawberry

from resolvers.discovery.search import NO_FILTER, Direction, OrderField, ProductFilter
from resolvers.model.records import Classification, ProductStatus, ProductType
from schema.enums import describe

describe(
    OrderField,
    "DataProductOrderField",
    "What a list of data products is ordered by.",
    URN="Domain, then name.",
    RELEVANCE="How well the search is met, best first.",
)
describe(Direction, "OrderDirection", "Which end comes first.", ASC="Lowest first.", DESC="Highest first.")


@strawberry.input(
    description="Which products: each field any of its values, but all of the tags. Empty: no matter which."
)
class DataProductFilter:
    domain: list[str] | None = strawberry.field(default=None, description="Names of domains.")
    type: list[ProductType] | None = strawberry.field(default=None, description="What they are made from.")
    status: list[ProductStatus] | None = strawberry.field(default=None, description="Where they stand in their life.")
    tags: list[str] | None = strawberry.field(default=None, description="They have all of these tags.")
    owner_team: list[str] | None = strawberry.field(default=None, description="Teams that answer for them.")
    classification: list[Classification] | None = strawberry.field(
        default=None, description="Of the contract in force."
    )
    compliant: bool | None = strawberry.field(
        default=None, description="Whether they keep to every mandatory policy, waived findings aside."
    )


@strawberry.input(description="An order of data products. Ties are broken, so pages never overlap.")
class DataProductOrder:
    field: OrderField = strawberry.field(description="What it goes by.")
    direction: Direction | None = strawberry.field(default=None, description="ASC when not given.")


def to_filter(given: DataProductFilter | None) -> ProductFilter:
    """Sorted and without doubles, so that the same filter has the same cursors."""
    if given is None:
        return NO_FILTER
    return ProductFilter(
        domains=values(given.domain),
        types=values(given.type),
        statuses=values(given.status),
        tags=values(given.tags),
        owner_teams=values(given.owner_team),
        classifications=values(given.classification),
        compliant=given.compliant,
    )


def values(given: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in given or ()}))
