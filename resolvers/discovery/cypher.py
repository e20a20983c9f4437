"""Cypher of discovery: one constant text for each entry index, order and direction.

Each takes `$f`, a map of filters of which null ones match everything, and `$limit`. A text starts from the most
selective index and reads in the order of the page where it can, so its cost grows with the page and not with the
mesh. Queries without filters use a shorter text, because a null filter still costs time for each product.
"""

from enum import StrEnum
from functools import cache
from itertools import product as pairs
from typing import Any, LiteralString, NamedTuple

from resolvers.catalog import edge_prefetch
from resolvers.catalog.edge_prefetch import Side
from resolvers.graph.product_snapshot import keyed
from resolvers.model.records import Product


class Entry(StrEnum):
    ALL = "ALL"
    ONE_DOMAIN = "ONE_DOMAIN"
    DOMAINS = "DOMAINS"
    OWNERS = "OWNERS"
    TAGS = "TAGS"
    CLASSIFICATIONS = "CLASSIFICATIONS"
    STATUSES = "STATUSES"
    TYPES = "TYPES"
    SEARCH = "SEARCH"


MATCHES: LiteralString = """($f.domains IS NULL OR p.domain IN $f.domains)
  AND ($f.types IS NULL OR p.type IN $f.types)
  AND CASE WHEN $f.statuses IS NULL THEN p.status <> 'RETIRED' ELSE p.status IN $f.statuses END
  AND ($f.owner_teams IS NULL OR p.ownerTeam IN $f.owner_teams)
  AND ($f.classifications IS NULL OR p.classification IN $f.classifications)
  AND ($f.tags IS NULL OR all(tag IN $f.tags WHERE tag IN p.tagKeys))
  AND ($f.compliant IS NULL OR $f.compliant <> (p.id IN $f.offenders))"""
# Retired products are in no list but one that asks for their status.
ANY: LiteralString = "p.status <> 'RETIRED'"
CHOSEN: LiteralString = "true"


def filters(alone: bool, statuses: bool = False) -> LiteralString:
    """What a product has to match besides its entry. `alone`: nothing. `statuses`: the entry chooses
    them."""
    if not alone:
        return MATCHES
    return CHOSEN if statuses else ANY


# The index receives commits a moment later. A search waits for it, so that it misses no committed product.
TAKEN_UP: LiteralString = "CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()\n"
# The strict query, or the loose one if nothing matches.
HITS_OF: LiteralString = (
    TAKEN_UP
    + """OPTIONAL CALL db.index.fulltext.queryNodes('product_search', $f.strict, {limit: 1}) YIELD node AS hit
WITH CASE WHEN hit IS NULL THEN $f.loose ELSE $f.strict END AS query
"""
)
HITS: LiteralString = HITS_OF + "CALL db.index.fulltext.queryNodes('product_search', query) YIELD node AS p, score\n"
TAGGED: LiteralString = TAKEN_UP + "CALL db.index.fulltext.queryNodes('product_search', $f.tag_query) YIELD node AS p "

# Entries whose values each have an index in urn order, with the values and the property.
EACH: dict[Entry, tuple[LiteralString, LiteralString]] = {
    Entry.DOMAINS: ("$f.domains", "p.domain"),
    Entry.OWNERS: ("$f.owner_teams", "p.ownerTeam"),
    Entry.CLASSIFICATIONS: ("$f.classifications", "p.classification"),
    Entry.STATUSES: ("$f.statuses", "p.status"),
    Entry.TYPES: ("$f.types", "p.type"),
}
TRAITS = frozenset({Entry.CLASSIFICATIONS, Entry.STATUSES, Entry.TYPES})


# The filter that each entry index already applies; the index for tags knows words and not whole tags.
OWN: dict[Entry, str] = {
    Entry.ONE_DOMAIN: "domains",
    Entry.DOMAINS: "domains",
    Entry.OWNERS: "owner_teams",
    Entry.CLASSIFICATIONS: "classifications",
    Entry.STATUSES: "statuses",
    Entry.TYPES: "types",
}


def source_text(entry: Entry, rest: LiteralString) -> LiteralString:
    """Binds `p` to the matching products and ends in a predicate, so that AND can follow. `urn IS NOT NULL` is always
    true; it lets the planner use indexes whose second property is the urn.
    """
    match entry:
        case Entry.ALL:
            return "MATCH (p:DataProduct) WHERE " + rest
        case Entry.ONE_DOMAIN:
            return "MATCH (p:DataProduct) WHERE p.domain = $f.domain AND p.urn IS NOT NULL AND " + rest
        case Entry.OWNERS:
            return (
                "MATCH (p:DataProduct) USING INDEX p:DataProduct(ownerTeam, urn) "
                "WHERE p.ownerTeam IN $f.owner_teams AND p.urn IS NOT NULL AND " + rest
            )
        case Entry.TAGS:
            return TAGGED + "WITH p WHERE " + rest
        case Entry.SEARCH:
            return HITS + "WITH p, score WHERE " + rest
    values, key = EACH[entry]
    return "MATCH (p:DataProduct) WHERE " + key + " IN " + values + " AND p.urn IS NOT NULL AND " + rest


SOURCES: dict[Entry, LiteralString] = {entry: source_text(entry, MATCHES) for entry in Entry}

# The place in the order, and the order: `a` is the first key of the last product seen, `b` its second. By a CASE,
# because the planner answers an OR of two comparisons by the union of two indexes and a sort; `IS NOT NULL`, because an
# index of two properties is used only where both are asked about.
ORDERS: dict[tuple[str, str], tuple[LiteralString, LiteralString]] = {
    ("URN", "ASC"): ("p.urn > $f.a", "p.urn"),
    ("URN", "DESC"): ("p.urn < $f.a", "p.urn DESC"),
    ("NAME", "ASC"): (
        "p.name >= $f.a AND p.id IS NOT NULL AND CASE p.name WHEN $f.a THEN p.id > $f.b ELSE true END",
        "p.name, p.id",
    ),
    ("NAME", "DESC"): (
        "p.name <= $f.a AND p.id IS NOT NULL AND CASE p.name WHEN $f.a THEN p.id < $f.b ELSE true END",
        "p.name DESC, p.id DESC",
    ),
    ("CREATED_AT", "ASC"): (
        "p.createdAt >= $f.a AND p.id IS NOT NULL AND CASE p.createdAt WHEN $f.a THEN p.id > $f.b ELSE true END",
        "p.createdAt, p.id",
    ),
    ("CREATED_AT", "DESC"): (
        "p.createdAt <= $f.a AND p.id IS NOT NULL AND CASE p.createdAt WHEN $f.a THEN p.id < $f.b ELSE true END",
        "p.createdAt DESC, p.id DESC",
    ),
    ("UPDATED_AT", "ASC"): (
        "p.updatedAt >= $f.a AND p.id IS NOT NULL AND CASE p.updatedAt WHEN $f.a THEN p.id > $f.b ELSE true END",
        "p.updatedAt, p.id",
    ),
    ("UPDATED_AT", "DESC"): (
        "p.updatedAt <= $f.a AND p.id IS NOT NULL AND CASE p.updatedAt WHEN $f.a THEN p.id < $f.b ELSE true END",
        "p.updatedAt DESC, p.id DESC",
    ),
}
# The types of a cursor's parts.
KEYS: dict[str, tuple[type, ...]] = {
    "URN": (str,),
    "NAME": (str, str),
    "CREATED_AT": (str, str),
    "UPDATED_AT": (str, str),
    "RELEVANCE": (int, str),  # its place in the ranking and its urn
}
# The fields of a product that a cursor holds.
KEY_FIELDS: dict[str, tuple[str, ...]] = {
    "URN": ("urn",),
    "NAME": ("name", "id"),
    "CREATED_AT": ("created_at", "id"),
    "UPDATED_AT": ("updated_at", "id"),
    "RELEVANCE": ("urn",),
}
# A tag of few products is found by the index; one of many is met often enough on a walk in order.
FEW: LiteralString = "1000"


def key_of(order: str, product: Product) -> list[Any]:
    return [getattr(product, field) for field in KEY_FIELDS[order]]


class Way(NamedTuple):
    """To a page. `alone`: by nothing but what the entry sees to."""

    entry: Entry
    order: str
    direction: str
    alone: bool = False


def can_be_alone(way: Way) -> bool:
    """A trait in another order than that of its index is a filter like any other, and so is a tag."""
    return way.entry is not Entry.TAGS and (way.entry not in TRAITS or way.order == "URN")


def way_to(entry: Entry, order: str, direction: str, nothing_else: bool) -> Way:
    """`nothing_else`: no filter is given but the entry's own."""
    way = Way(entry, order, direction)
    return way._replace(alone=nothing_else and can_be_alone(way))


def page_text(way: Way) -> LiteralString:
    entry, rest = way.entry, filters(way.alone, way.entry is Entry.STATUSES)
    place, by = ORDERS[way.order, way.direction]
    if entry is Entry.TAGS:
        return tagged_text(place, by)
    if entry in EACH and way.order == "URN":
        return merged_text(entry, place, way.direction == "DESC", rest)
    if entry is Entry.ONE_DOMAIN and way.order == "URN":
        by = "p.domain, " + by if way.direction == "ASC" else "p.domain DESC, " + by  # the index's order, not a sort's
    if entry in TRAITS:
        entry = Entry.ALL  # a trait may be that of half the mesh: too many to sort
    text = source_text(entry, rest) + "\n  AND " + place
    return text + "\nWITH p ORDER BY " + by + " LIMIT $limit"


def merged_text(entry: Entry, place: LiteralString, down: bool, rest: LiteralString) -> LiteralString:
    """Reads a page of each value and merges them, so that the number of values decides the cost."""
    values, key = EACH[entry]
    by: LiteralString = "p.urn DESC" if down else "p.urn"
    within = key + " DESC, " + by if down else key + ", " + by
    return (
        "UNWIND "
        + values
        + " AS value CALL (value) {\n  MATCH (p:DataProduct) WHERE "
        + key
        + " = value AND "
        + place
        + "\n  AND "
        + rest
        + "\n  WITH p ORDER BY "
        + within
        + " LIMIT $limit RETURN p\n}\n"
        "WITH p ORDER BY " + by + " LIMIT $limit"
    )


def tagged_text(place: LiteralString, by: LiteralString) -> LiteralString:
    rest = place + "\n  AND " + MATCHES + "\n  WITH p ORDER BY " + by + " LIMIT $limit RETURN p"
    return (
        TAKEN_UP
        + "CALL db.index.fulltext.queryNodes('product_search', $f.tag_query, {limit: "
        + FEW
        + " + 1}) YIELD node\n"
        "WITH collect(node) AS hits\nCALL (hits) {\n"
        "  UNWIND CASE WHEN size(hits) <= " + FEW + " THEN hits ELSE [] END AS p WITH p WHERE " + rest + "\n"
        "  UNION ALL\n"
        "  UNWIND CASE WHEN size(hits) > " + FEW + " THEN [true] ELSE [] END AS many\n"
        "  CALL () { MATCH (p:DataProduct) WHERE " + rest + " }\n  RETURN p\n"
        "}\nWITH p ORDER BY " + by
    )


WITH_OTHERS = [Way(entry, *order) for entry, order in pairs(Entry, ORDERS)]
WAYS = [*WITH_OTHERS, *(way._replace(alone=True) for way in WITH_OTHERS if can_be_alone(way))]
# Each binds `p` to the products of the page, in order.
FOUND: dict[Way, LiteralString] = {way: page_text(way) for way in WAYS}


VALUES: LiteralString = keyed("p", "$f.keys")


@cache
def page(way: Way) -> LiteralString:
    return FOUND[way] + " RETURN collect(" + VALUES + ")"


@cache
def page_along(way: Way, shape: tuple[tuple[Side, int], ...]) -> LiteralString:
    """The page with prefetched edges: `[products, stages]`."""
    stages = edge_prefetch.following(shape)
    products: LiteralString = "[p IN startsR | " + VALUES + "]"
    text = FOUND[way] + " WITH collect(p) AS startsR" + stages
    return text + "\nRETURN [" + products + ", " + edge_prefetch.stages_list(len(shape)) + "]"


RANKED: LiteralString = "\nWITH p, score ORDER BY score DESC, p.urn "


TYPED: LiteralString = "CALL db.index.fulltext.queryNodes('product_search', $f.strict) YIELD node AS p, score\n"


@cache
def best(alone: bool, one_reading: bool) -> LiteralString:
    """A page by relevance. What was typed is looked for once where anything has it; only when its page is empty it is
    asked why, unless `one_reading` is all there is: nothing else can be meant then."""
    chosen: LiteralString = "WITH p, score WHERE " + filters(alone)
    text: LiteralString = chosen + RANKED + "SKIP $skip LIMIT $limit RETURN collect(" + VALUES + ")"
    if one_reading:
        return TAKEN_UP + TYPED + text
    return (
        TAKEN_UP
        + "CALL () {\n"
        + TYPED
        + text
        + " AS typed\n}\nCALL (typed) {\n  UNWIND CASE WHEN size(typed) = 0 THEN [true] ELSE [] END AS nothing\n"
        + HITS
        + text
        + " AS meant\n}\nRETURN CASE WHEN size(typed) = 0 THEN meant ELSE typed END"
    )


# Scores change with every write, so a page continues after the current position of its last product.
# Whether the product before the page is still among the hits, and the page.
AFTER: LiteralString = (
    HITS_OF
    + """
CALL (query) {
  CALL db.index.fulltext.queryNodes('product_search', query) YIELD node, score WITH node, score WHERE node.urn = $f.urn
  RETURN max(score) AS last
}
CALL (query, last) {
  CALL db.index.fulltext.queryNodes('product_search', query) YIELD node AS p, score
  WITH p, score WHERE (score < last OR (score = last AND p.urn > $f.urn)) AND """
    + MATCHES
    + RANKED
    + "LIMIT $limit RETURN collect("
    + VALUES
    + ") AS found\n}\nRETURN [last IS NOT NULL, found]"
)
