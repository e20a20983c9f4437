"""Reads of change requests, newest first."""

from typing import NamedTuple

from resolvers.contracts.change_requests import COUNT, ChangeRequest, list_requests
from resolvers.graph.store import Store
from resolvers.paging.connection import Listing, Page, cut, page_size
from resolvers.paging.cursors import ListScope, decode


class ChangeRequestFilter(NamedTuple):
    """Conditions that all must hold. `status` is the stored status; `awaiting` is a domain whose answer is pending."""

    product_id: str | None = None
    status: str | None = None
    awaiting: str | None = None


def listing(store: Store, filter_: ChangeRequestFilter, first: int | None, after: str | None) -> Listing[ChangeRequest]:
    size = page_size(first)
    scope = ListScope("changeRequests", filter_)
    place = decode(after, scope, str, str)

    async def read() -> Page:
        requests = await list_requests(store, *filter_, place, size + 1)
        return cut(requests, size, lambda request: [request.opened_at, request.id])

    return Listing(scope, place, read, lambda: count(store, filter_))


async def count(store: Store, filter_: ChangeRequestFilter) -> int:
    return await store.read(COUNT, product_id=filter_.product_id, status=filter_.status, awaiting=filter_.awaiting)
