"""Builds facts from query results, in which each product and edge appears once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from resolvers.governance.facts import (
    BRIEF,
    BRIEF_CONTRACT,
    ContractFacts,
    Facts,
    FieldFacts,
    Neighbour,
    ProductFacts,
    SourceField,
)
from resolvers.governance.rules.rule import Finding
from resolvers.graph.partial_records import maker
from resolvers.graph.product_snapshot import Reading, by_properties
from resolvers.model.portions import Steps, each, mapped, pause
from resolvers.model.records import Product
from resolvers.writes.judgement import Waiver
from resolvers.writes.revisions import from_document

WHOLE = by_properties(Product._fields)

# What graph patterns found, by policy id and product id.
Offences = Mapping[str, Mapping[str, tuple[Finding, ...]]]


class Loaded(NamedTuple):
    """`facts` by product id; `waivers` in force at the time, by product id; `offences` that graph patterns returned,
    by policy id and product id.
    """

    facts: dict[str, Facts]
    waivers: dict[str, tuple[Waiver, ...]]
    offences: Offences = MappingProxyType({})


_product = maker(ProductFacts, ProductFacts._fields)
_neighbour = maker(Neighbour, Neighbour._fields)
_facts = maker(Facts, Facts._fields)
_brief_contract = maker(ContractFacts, BRIEF_CONTRACT)
_whole_contract = maker(ContractFacts, ContractFacts._fields)


def assemble(
    judged: list[str],
    products: list[Any],
    neighbours: list[Any],
    up: list[Any],
    published: list[Any],
    down: list[Any],
    fields: list[Any],
    sources: list[Any],
    waivers: list[Any],
    how: Reading = WHOLE,
) -> Steps[Loaded]:
    """`how` the products were read, those that are judged."""
    own_fields: dict[str, tuple[FieldFacts, ...]] = {}
    facts: dict[str, Facts] = {}

    def add_fields(rows: Iterable[Any]) -> None:
        own_fields.update((id, tuple(FieldFacts(*field) for field in field_rows)) for id, field_rows in rows)

    def add_facts(ids: Iterable[str]) -> None:
        for id in ids:
            around = (providers.get(id, ()), consumers.get(id, ()), derived.get(id, ()))
            facts[id] = _facts((products_by_id[id], *around, None, None, None))

    yield from each(add_fields, fields)
    read = yield from mapped(lambda rows: products_of(rows, own_fields, how), products)
    briefs = yield from mapped(lambda rows: products_of(rows, own_fields, by_properties(BRIEF)), neighbours)
    products_by_id = {product.record.id: product for product in (*briefs, *read)}
    yield from pause(products)
    versions = {id: frozenset(numbers) for id, numbers in published}
    yield from pause(published)
    providers = yield from _neighbours(products_by_id, up, versions, of=0, other=1)
    consumers = yield from _neighbours(products_by_id, down, versions, of=1, other=0)
    derived = _by_first((row[0], SourceField(*row[1:])) for row in sources)
    yield from pause(sources)
    yield from each(add_facts, judged)
    return Loaded(facts, _by_first((waiver.product_id, waiver) for waiver in (Waiver(*row) for row in waivers)))


def _by_first(pairs: Iterable[tuple[str, Any]]) -> dict[str, tuple[Any, ...]]:
    groups: dict[str, list[Any]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _neighbours(
    products_by_id: dict[str, ProductFacts],
    edges: list[Any],
    versions: dict[str, frozenset[str]],
    *,
    of: int,
    other: int,
) -> Steps[dict[str, tuple[Neighbour, ...]]]:
    """Without those that did not exist yet at the time looked at. `of` and `other` are where an edge has their ids."""
    by_product: defaultdict[str, list[Neighbour]] = defaultdict(list)

    def add(some: Iterable[Any]) -> None:
        for edge in some:
            product = products_by_id.get(edge[other])
            if product is not None:
                _, provider, kind, fields, pin = edge
                published = pin is not None and pin in versions.get(provider, ())
                one = (product, kind, None if fields is None else tuple(fields), pin, published)
                by_product[edge[of]].append(_neighbour(one))

    yield from each(add, edges)
    return {id: tuple(neighbours) for id, neighbours in by_product.items()}


def products_of(
    rows: Sequence[Any], fields: dict[str, tuple[FieldFacts, ...]], how: Reading = WHOLE
) -> list[ProductFacts]:
    """Each row is a product, as `how` has it or all as documents of their revisions, and its contract."""
    record_rows = [row for row, _ in rows]
    records = (
        map(from_document, record_rows)
        if record_rows and isinstance(record_rows[0], str)
        else how.products(record_rows)
    )
    contracts = [None if terms is None else _contract(terms, fields) for _, terms in rows]
    return list(map(_product, zip(records, contracts, strict=True)))


def _contract(row: list[Any], fields: dict[str, tuple[FieldFacts, ...]]) -> ContractFacts:
    """The row has all fields but the last, or those of `BRIEF_CONTRACT`; the retention is JSON still."""
    retention = row[3]
    if retention is not None:
        row[3] = _days(retention)
    row.append(fields.get(row[0], ()))
    return _brief_contract(row) if len(row) == len(BRIEF_CONTRACT) else _whole_contract(row)


@lru_cache(maxsize=1_000)
def _days(retention: str) -> int:
    return orjson.loads(retention)["days"]


def with_cycles(loaded: Loaded, cycles: Mapping[str, Sequence[str]]) -> Loaded:
    facts = {id: loaded.facts[id]._replace(cycle=tuple(cycle)) for id, cycle in cycles.items() if id in loaded.facts}
    return loaded._replace(facts={**loaded.facts, **facts})
