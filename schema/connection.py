"""Pages of unbounded lists, as Relay connections. The source is a `paging.connection.Listing`."""

from typing import Generic, TypeVar

import strawberry
from strawberry import Parent

from resolvers.paging.connection import Listing

T = TypeVar("T")


@strawberry.federation.type(shareable=True, description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more items follow.")
    has_previous_page: bool = strawberry.field(description="Whether this page came after a cursor.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item: the next page's `after`.")


@strawberry.type(description="An item of a page with its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Opaque; give it as `after` to go on behind this item.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list, in one stable order.")
class Connection(Generic[T]):
    @strawberry.field(description="The items with their cursors.")
    async def edges(listing: Parent[Listing]) -> list[Edge[T]]:
        return await listing.edges()

    @strawberry.field(description="The items.", metadata={"known": "items_known"})
    async def nodes(listing: Parent[Listing]) -> list[T]:
        return await listing.items()

    @strawberry.field(description="Where this page lies.")
    async def page_info(listing: Parent[Listing]) -> PageInfo:
        return await listing.info()

    @strawberry.field(description="How many items all pages have; counted only when asked.")
    async def total_count(listing: Parent[Listing]) -> int:
        return await listing.count()
