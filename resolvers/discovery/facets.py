"""Facets: the number of matching products by domain, type, status, tag and classification."""

from collections import Counter
from typing import Any, LiteralString, NamedTuple

from resolvers.discovery.cypher import SOURCES, Entry
from resolvers.graph.search_text import tag_key
from resolvers.graph.store import Store


class FacetCount(NamedTuple):
    value: str
    count: int


class Facets(NamedTuple):
    """Counts, highest first, then by value. Facets that were not requested are empty. Products without a
    classification are not counted by classification. Tags that differ in case alone are one value, in the spelling of
    most products.
    """

    domain: list[FacetCount]
    type: list[FacetCount]
    status: list[FacetCount]
    tag: list[FacetCount]
    classification: list[FacetCount]


EVERYTHING: LiteralString = (
    "MATCH (p:DataProduct) RETURN count(p) - "
    "COUNT { MATCH (q:DataProduct) WHERE q.status = 'RETIRED' AND q.urn IS NOT NULL }"
)
COUNTS: dict[Entry, LiteralString] = {entry: source + "\nRETURN count(p)" for entry, source in SOURCES.items()}

# Grouped by what is asked only; the sums over single facets are made of the groups.
SPREAD: LiteralString = """
WITH CASE WHEN $want.domain THEN p.domain END AS domain, CASE WHEN $want.type THEN p.type END AS type,
  CASE WHEN $want.status THEN p.status END AS status,
  CASE WHEN $want.classification THEN p.classification END AS classification,
  count(*) AS number, CASE WHEN $want.tag THEN collect([p.tags, p.tagKeys]) ELSE [] END AS tags
WITH collect([domain, type, status, classification, number]) AS groups, collect(tags) AS tags
RETURN [groups, COLLECT { UNWIND tags AS group UNWIND group AS lists UNWIND lists[0] AS tag
  WITH tag, count(*) AS number RETURN [tag, number] },
  COLLECT { UNWIND tags AS group UNWIND group AS lists UNWIND lists[1] AS tag
  WITH tag, count(*) AS number RETURN [tag, number] }]
"""
FACETS: dict[Entry, LiteralString] = {entry: source + SPREAD for entry, source in SOURCES.items()}


async def count_products(store: Store, entry: Entry, parameters: dict[str, Any], everything: bool) -> int:
    if everything:
        return await store.read(EVERYTHING)
    return await store.read(COUNTS[entry], f=parameters)


async def facets_of_products(store: Store, entry: Entry, parameters: dict[str, Any], names: frozenset[str]) -> Facets:
    """Of the whole result, whatever the page; `names` are of `Facets`."""
    counts = await store.read(FACETS[entry], f=parameters, want={name: name in names for name in Facets._fields})
    return to_facets(*counts)


def to_facets(groups: list[list[Any]], tags: list[list[Any]], keys: list[list[Any]]) -> Facets:
    """`tags` count the products of each spelling, `keys` those of each tag in whatever spelling."""
    sums: tuple[Counter[str], ...] = (Counter(), Counter(), Counter(), Counter())
    for *values, number in groups:
        for counter, value in zip(sums, values, strict=True):
            if value is not None:
                counter[value] += number
    domain, type, status, classification = (ranked(counter.items()) for counter in sums)
    spelling: dict[str, str] = {}
    for tag, _ in ranked(tags):
        spelling.setdefault(tag_key(tag), tag)
    return Facets(domain, type, status, ranked((spelling[key], number) for key, number in keys), classification)


def ranked(counts: Any) -> list[FacetCount]:
    return sorted(
        (FacetCount(value, number) for value, number in counts), key=lambda facet: (-facet.count, facet.value)
    )
