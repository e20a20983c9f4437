"""Facets of a search result."""

import strawberry
from strawberry import Parent

from resolvers.discovery.facets import Facets
from resolvers.paging.connection import page_size
from schema.arguments import First


@strawberry.type(description="A value and how many products of the result have it.")
class FacetCount:
    value: str = strawberry.field(description="The value, as filters take it.")
    count: int = strawberry.field(description="Number of products.")


@strawberry.type(description="Counts of values over the whole result, not just this page; the most frequent first.")
class DataProductFacets:
    type: list[FacetCount] = strawberry.field(description="Counts by type.")
    status: list[FacetCount] = strawberry.field(description="Counts by status.")
    classification: list[FacetCount] = strawberry.field(
        description="Counts by classification; products without one are not counted."
    )

    @strawberry.field(description="Counts by domain.")
    def domain(facets: Parent[Facets], first: First = None) -> list[FacetCount] | None:
        return facets.domain[: page_size(first)]

    @strawberry.field(description="Counts by tag; a product counts once for each of its tags.")
    def tag(facets: Parent[Facets], first: First = None) -> list[FacetCount] | None:
        return facets.tag[: page_size(first)]
