"""Finds data products by filter and full text, with orders and pages."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, NamedTuple

from resolvers.catalog import edge_prefetch
from resolvers.catalog.edge_prefetch import NOTHING, PrefetchPlan
from resolvers.discovery import cypher as texts
from resolvers.discovery.cypher import Entry, Way
from resolvers.discovery.facets import Facets, count_products, facets_of_products
from resolvers.discovery.lucene import phrase
from resolvers.discovery.noncompliant import offenders
from resolvers.discovery.query_text import SearchText, parse_search
from resolvers.graph import partial_records
from resolvers.graph.product_snapshot import Reading, ReadingOf, read_products
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.search_text import Piece, runs_of, tag_key, words_of
from resolvers.graph.store import Store
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Product, ProductStatus
from resolvers.model.shared_read import SharedRead
from resolvers.paging.connection import Listing, Page, cut, page_size
from resolvers.paging.cursors import ListScope, decode

LOWEST, HIGHEST = "", "\U0010ffff"
MAX_RANK = 2**31
NARROW = 2  # of four: pages of more are merged at a higher cost than walking past the others
USUAL = ProductStatus.PRODUCTION  # what most of a grown mesh is in


class OrderField(StrEnum):
    URN = "URN"
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"
    RELEVANCE = "RELEVANCE"


class Direction(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


class ProductFilter(NamedTuple):
    """Any of the values of each field, but all of the tags, whose case does not count; an empty list matches any value.
    `compliant`: no violation of a mandatory policy.
    """

    domains: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    owner_teams: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    compliant: bool | None = None


class ProductListing(Listing[Product]):
    """A listing with facets of the whole result; `facets(names)` computes only those named."""

    def __init__(
        self,
        scope: ListScope,
        after: list[Any] | None,
        read: Callable[[], Awaitable[Page]],
        count: Callable[[], Awaitable[int]],
        facets: Callable[[frozenset[str]], Awaitable[Facets]],
    ) -> None:
        super().__init__(scope, after, read, count)
        self.facets = facets


NO_FILTER = ProductFilter()


def discover(
    store: Store,
    filter: ProductFilter,
    search: str | None,
    order: OrderField | None,
    direction: Direction | None,
    first: int | None,
    after: str | None,
    fields: tuple[str, ...] = Product._fields,
    along: PrefetchPlan = NOTHING,
) -> ProductListing:
    """The products that `filter` and `search` leave, by relevance when searched and by urn otherwise.

    `fields` of them are read, and those that the order needs; `along` comes with a page in urn, name or time order.
    """
    size, text = page_size(first), parse_search(search)
    chosen = choose_order(order, direction, search, text)
    scope = ListScope("dataProducts", filter, text, *chosen)
    place = decode(after, scope, *texts.KEYS[chosen[0]])
    scope_of_request = along.loaders or RequestScope(store)
    entry, ready = entry_of(filter, text), parameters_for(scope_of_request, filter, text)
    alone = filter_names(filter) <= {texts.OWN.get(entry)}
    way = texts.way_to(entry, chosen[0].value, chosen[1].value, alone)
    needed = partial_records.fields_of(Product, fields, "id", *texts.KEY_FIELDS[chosen[0]])

    async def read() -> Page:
        query_parameters = await ready()
        if chosen[0] is OrderField.RELEVANCE:
            return await read_products(
                lambda reading_of: read_by_relevance(store, query_parameters, alone, size, place, reading_of(needed))
            )
        return await read_products(
            lambda reading_of: read_page(store, way, query_parameters, size, place, needed, along, reading_of)
        )

    async def count() -> int:
        return await scope_of_request.once(counts, filter, text)()

    async def facets(names: frozenset[str]) -> Facets:
        return await scope_of_request.once(all_facets, filter, text, names)()

    return ProductListing(scope, place, read, count, facets)


def counts(scope: RequestScope, filter: ProductFilter, text: SearchText | None) -> SharedRead[int]:
    """How many products there are, counted once for equal lists. Give it to `RequestScope.once`."""
    everything = filter == NO_FILTER and text is None

    async def count() -> int:
        ready = parameters_for(scope, filter, text)
        return await count_products(scope.store, entry_of(filter, text), await ready(), everything)

    return SharedRead(count)


def all_facets(
    scope: RequestScope, filter: ProductFilter, text: SearchText | None, names: frozenset[str]
) -> SharedRead[Facets]:
    async def read() -> Facets:
        ready = parameters_for(scope, filter, text)
        return await facets_of_products(scope.store, entry_of(filter, text), await ready(), names)

    return SharedRead(read)


def choose_order(
    order: OrderField | None, direction: Direction | None, search: str | None, text: SearchText | None
) -> tuple[OrderField, Direction]:
    """Raises `UserFault` for an order by relevance without a search."""
    if order is OrderField.RELEVANCE:
        if search is None:
            raise UserFault(UserErrorCode.INVALID_INPUT, "Order by RELEVANCE needs `search`.", ("orderBy", "field"))
        if direction is Direction.ASC:
            raise UserFault(
                UserErrorCode.INVALID_INPUT,
                "RELEVANCE lists the best match first: leave ASC out.",
                ("orderBy", "direction"),
            )
        order = None
    if order is None:
        return (OrderField.RELEVANCE, Direction.DESC) if text else (OrderField.URN, Direction.ASC)
    return order, direction or Direction.ASC


def entry_of(filter: ProductFilter, text: SearchText | None) -> Entry:
    """The most selective way into the graph: an index, or a walk in the requested order."""
    if text is not None:
        return Entry.SEARCH
    if filter.owner_teams:
        return Entry.OWNERS
    if filter.domains:
        return Entry.ONE_DOMAIN if len(filter.domains) == 1 else Entry.DOMAINS
    if any(words_of(tag) for tag in filter.tags):
        return Entry.TAGS
    return trait_of(filter)


def trait_of(filter: ProductFilter) -> Entry:
    """Of traits that have few values each: those looked for are worth an index while they are few."""
    if is_narrow(filter.classifications):
        return Entry.CLASSIFICATIONS
    if is_narrow(filter.statuses) and (USUAL not in filter.statuses or not is_narrow(filter.types)):
        return Entry.STATUSES
    return Entry.TYPES if is_narrow(filter.types) else Entry.ALL


def filter_names(filter: ProductFilter) -> set[str]:
    """Names of the filters that are set."""
    return {name for name, value in filter._asdict().items() if value not in ((), None)}


def is_narrow(values: tuple[str, ...]) -> bool:
    return 0 < len(values) <= NARROW


def parameters_for(
    scope: RequestScope, filter: ProductFilter, text: SearchText | None = None
) -> Callable[[], Awaitable[dict[str, Any]]]:
    """`parameters`, with the offenders read when asked first and `filter` is about them."""
    query_parameters = parameters(filter, text)

    async def ready() -> dict[str, Any]:
        return (
            query_parameters
            if filter.compliant is None
            else {**query_parameters, "offenders": await scope.once(offenders)()}
        )

    return ready


def parameters(filter: ProductFilter, text: SearchText | None = None) -> dict[str, Any]:
    """The one map that all texts take. As one parameter, because plans are cached by the types of each parameter."""
    lists = {name: values for name, values in filter._asdict().items() if name != "compliant"}
    query_parameters: dict[str, Any] = {name: list(values) or None for name, values in lists.items()}
    query_parameters |= {"compliant": filter.compliant, "offenders": None}
    query_parameters["domain"] = filter.domains[0] if filter.domains else None
    query_parameters["tags"] = [tag_key(tag) for tag in filter.tags] or None
    query_parameters["tag_query"] = " ".join(
        f"+tagWords:{phrase(pieces)}" for tag in filter.tags if (pieces := tag_pieces(tag))
    )
    if text is not None:
        query_parameters |= {"strict": text.strict, "loose": text.loose}
    return query_parameters


def tag_pieces(tag: str) -> list[Piece]:
    return [piece for run in runs_of(tag) for piece in run.pieces]


async def read_page(
    store: Store,
    way: Way,
    query_parameters: dict[str, Any],
    size: int,
    place: list[Any] | None,
    needed: tuple[str, ...],
    along: PrefetchPlan,
    reading_of: ReadingOf,
) -> Page:
    how = reading_of(needed)
    bound = LOWEST if way.direction == Direction.ASC else HIGHEST
    a, b = (*(place or (bound, bound)), bound)[:2]
    query_parameters = {**query_parameters, "a": a, "b": b, "keys": how.keys}
    if along.loaders is not None and (stages := along.stages):
        query = texts.page_along(way, edge_prefetch.shape_of(stages))
        requested = edge_prefetch.parameters_of(along.loaders, stages, reading_of)
        rows, prefetched = await store.read(query, f=query_parameters, limit=size + 1, along=requested)
        edge_prefetch.keep(along.loaders, stages, prefetched, reading_of)
    else:
        rows = await store.read(texts.page(way), f=query_parameters, limit=size + 1)
    return cut(how.products(rows), size, lambda product: texts.key_of(way.order, product))


async def read_by_relevance(
    store: Store, query_parameters: dict[str, Any], alone: bool, size: int, place: list[Any] | None, how: Reading
) -> Page:
    rank, urn = place or (0, "")
    query_parameters = {**query_parameters, "keys": how.keys}
    still, rows = False, []
    if place:
        still, rows = await store.read(texts.AFTER, f={**query_parameters, "urn": urn}, limit=size + 1)
    if not still:  # the first page, or one whose last product is no longer found: what followed it moved up by one
        skip = min(max(rank - 1, 0), MAX_RANK)
        text = texts.best(alone, query_parameters["strict"] == query_parameters["loose"])
        rows = await store.read(text, f=query_parameters, skip=skip, limit=size + 1)
    products = how.products(rows)[: size + 1]
    return Page(products[:size], lambda step: [rank + step + 1, products[step].urn], len(products) > size)
