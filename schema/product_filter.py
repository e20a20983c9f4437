"""Filters and orders of data products."""

from collections.abc import Iterable

import strawberry

from resolvers.discovery.search import NO_FILTER, Direction, OrderField, ProductFilter
from resolvers.model.records import Classification, ProductStatus, ProductType
from schema.enums import describe

describe(
    OrderField,
    "DataProductOrderField",
    "Field by which a list of data products is ordered.",
    URN="Domain, then name.",
    RELEVANCE="Relevance to the search, best first.",
)
describe(Direction, "OrderDirection", "Which end comes first.", ASC="Lowest first.", DESC="Highest first.")


@strawberry.input(
    description=(
        "Filters data products. A product matches if each field has one of the given "
        "values, and all given tags. An empty list matches any value."
    )
)
class DataProductFilter:
    domain: list[str] | None = strawberry.field(default=None, description="Names of domains.")
    type: list[ProductType] | None = strawberry.field(default=None, description="Data product types.")
    status: list[ProductStatus] | None = strawberry.field(default=None, description="Lifecycle statuses.")
    tags: list[str] | None = strawberry.field(default=None, description="Tags, all of which a product must have.")
    owner_team: list[str] | None = strawberry.field(default=None, description="Names of owning teams.")
    classification: list[Classification] | None = strawberry.field(
        default=None, description="Classifications of the active contract."
    )
    compliant: bool | None = strawberry.field(
        default=None, description="Whether products comply with every mandatory policy; waived findings do not count."
    )


@strawberry.input(description="Order of data products. Ties are broken, so pages never overlap.")
class DataProductOrder:
    field: OrderField = strawberry.field(description="Field to order by.")
    direction: Direction | None = strawberry.field(default=None, description="Default is ASC.")


def to_filter(payload: DataProductFilter | None) -> ProductFilter:
    """Sorted and without doubles, so that the same filter has the same cursors."""
    if payload is None:
        return NO_FILTER
    return ProductFilter(
        domains=values(payload.domain),
        types=values(payload.type),
        statuses=values(payload.status),
        tags=values(payload.tags),
        owner_teams=values(payload.owner_team),
        classifications=values(payload.classification),
        compliant=payload.compliant,
    )


def values(payload: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in payload or ()}))
