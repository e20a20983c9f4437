"""Pages of unbounded lists, as Relay connections. The source is a `paging.connection.Listing`."""

from typing import Generic, TypeVar

import strawberry
from strawberry import Parent

from resolvers.paging.connection import Listing

T = TypeVar("T")


@strawberry.federation.type(shareable=True, description="Pagination information.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="True if more items follow.")
    has_previous_page: bool = strawberry.field(description="True if the page was requested with a cursor.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last item; pass it as `after` to read the next page."
    )


@strawberry.type(description="An item and its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Opaque; pass it as `after` to continue after this item.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list in a stable order.")
class Connection(Generic[T]):
    @strawberry.field(description="The items with their cursors.")
    async def edges(listing: Parent[Listing]) -> list[Edge[T]]:
        return await listing.edges()

    @strawberry.field(description="The items.", metadata={"known": "items_at_hand"})
    async def nodes(listing: Parent[Listing]) -> list[T]:
        return await listing.items()

    @strawberry.field(description="Pagination information.")
    async def page_info(listing: Parent[Listing]) -> PageInfo:
        return await listing.info()

    @strawberry.field(description="Total number of items across all pages; computed only if selected.")
    async def total_count(listing: Parent[Listing]) -> int | None:
        return await listing.count()
