"""Pages of unbounded lists: `first` items after a cursor, in one stable order."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, NamedTuple, TypeVar

from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.shared_read import SharedRead
from resolvers.paging.cursors import ListScope, encode

T = TypeVar("T")

DEFAULT_FIRST = 50
MAX_FIRST = 1000


class Page(NamedTuple):
    """`key(i)` is the place of `items[i]` in the order, what a cursor holds; most readers of a page select no
    cursor."""

    items: list[Any]
    key: Callable[[int], list[Any]]
    has_next: bool


class Edge(NamedTuple):
    cursor: str
    node: Any


class PageInfo(NamedTuple):
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Listing(Generic[T]):
    """A list that is read on access: its page for nodes, edges and pageInfo, its count for totalCount.

    `scope` names the list and its order; cursors are bound to it.
    """

    def __init__(
        self,
        scope: ListScope,
        after: list[Any] | None,
        read: Callable[[], Awaitable[Page]],
        count: Callable[[], Awaitable[int]],
        known: Page | None = None,
    ) -> None:
        self.scope = scope
        self.after = after
        self.count = count
        self.known = known
        self._page = SharedRead(read)

    def items_at_hand(self) -> list[T] | None:
        """What `items` would give, when it was read along with something else."""
        return self.known.items if self.known else None

    async def page(self) -> Page:
        return self.known if self.known is not None else await self._page()

    async def items(self) -> list[T]:
        return (await self.page()).items

    async def edges(self) -> list[Edge]:
        page = await self.page()
        return [Edge(encode(self.scope, page.key(place)), item) for place, item in enumerate(page.items)]

    async def info(self) -> PageInfo:
        page = await self.page()
        places = (0, len(page.items) - 1)
        ends = [encode(self.scope, page.key(place)) for place in places] if page.items else [None, None]
        return PageInfo(page.has_next, self.after is not None, ends[0], ends[1])


def page_size(first: int | None) -> int:
    """Raises `UserFault` unless 1 <= first <= 1000; 50 when not given."""
    if first is None:
        return DEFAULT_FIRST
    if not 1 <= first <= MAX_FIRST:
        raise UserFault(
            UserErrorCode.INVALID_INPUT,
            f"`first` is {first}: request 1 to {MAX_FIRST} items and continue with `after: <pageInfo.endCursor>`.",
            ("first",),
        )
    return first


def cut(items: list[Any], first: int, key: Callable[[Any], list[Any]]) -> Page:
    """The page of `first + 1` items read: the one too many tells that there is more. `key` gives an item's place."""
    kept = items[:first]
    return Page(kept, lambda place: key(kept[place]), len(items) > first)
