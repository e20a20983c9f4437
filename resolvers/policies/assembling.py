"""Facts put together from what the graph told: each product and each edge came once, however many share them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from resolvers import cards
from resolvers.parts import maker
from resolvers.policies.facts import (
    BRIEF,
    BRIEF_CONTRACT,
    ContractFacts,
    Facts,
    FieldFacts,
    Neighbour,
    ProductFacts,
    SourceField,
)
from resolvers.policies.rule import Finding
from resolvers.revisions import from_document
from resolvers.verdicts import Waiver

# What graph patterns found, by policy id and product id.
Offences = Mapping[str, Mapping[str, tuple[Finding, ...]]]


class Loaded(NamedTuple):
    """`facts` by product id; `waivers` that hold at the time, by product id; `offences` that graph patterns found, by
    policy id and product id."""

    facts: dict[str, Facts]
    waivers: dict[str, tuple[Waiver, ...]]
    offences: Offences = MappingProxyType({})


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
) -> Loaded:
    own_fields = {id: tuple(FieldFacts(*field) for field in rows) for id, rows in fields}
    whole = products_of(products, own_fields)
    known = {product.id: product for product in (*_briefs(neighbours, own_fields), *whole)}
    versions = {id: frozenset(found) for id, found in published}
    providers = _neighbours(known, up, versions, of=0, other=1)
    consumers = _neighbours(known, down, versions, of=1, other=0)
    derived = _by_first((row[0], SourceField(*row[1:])) for row in sources)
    return Loaded(
        {id: Facts(known[id], providers.get(id, ()), consumers.get(id, ()), derived.get(id, ())) for id in judged},
        _by_first((waiver.product_id, waiver) for waiver in (Waiver(*row) for row in waivers)),
    )


def _by_first(pairs: Iterable[tuple[str, Any]]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def _neighbours(
    known: dict[str, ProductFacts], edges: list[Any], versions: dict[str, frozenset[str]], *, of: int, other: int
) -> dict[str, tuple[Neighbour, ...]]:
    """Without those that did not exist yet at the time looked at. `of` and `other` are where an edge has their ids."""
    found: dict[str, list[Neighbour]] = {}
    for edge in edges:
        product = known.get(edge[other])
        if product is not None:
            _, provider, kind, fields, pin = edge
            published = pin is not None and pin in versions.get(provider, ())
            one = Neighbour(product, kind, None if fields is None else tuple(fields), pin, published)
            found.setdefault(edge[of], []).append(one)
    return {id: tuple(neighbours) for id, neighbours in found.items()}


def products_of(rows: list[Any], fields: dict[str, tuple[FieldFacts, ...]]) -> list[ProductFacts]:
    """Each row is a product, as `PRODUCT_BY_CARD` or all as documents of their revisions, and its contract."""
    told = [row for row, _ in rows]
    records = map(from_document, told) if told and isinstance(told[0], str) else cards.whole(told)
    return [ProductFacts(record, _contract(terms, fields)) for record, (_, terms) in zip(records, rows, strict=True)]


_brief_contract = maker(ContractFacts, BRIEF_CONTRACT)


def _briefs(rows: list[Any], fields: dict[str, tuple[FieldFacts, ...]]) -> list[ProductFacts]:
    """Each row is what `BRIEF` is read from, and the contract as `_BRIEF_CONTRACT`."""
    records = cards.reading(BRIEF).products([row for row, _ in rows])
    return [
        ProductFacts(record, terms and _brief_contract((*terms[:3], _days(terms[3]), fields.get(terms[0], ()))))
        for record, (_, terms) in zip(records, rows, strict=True)
    ]


def _contract(row: list[Any] | None, fields: dict[str, tuple[FieldFacts, ...]]) -> ContractFacts | None:
    if row is None:
        return None
    id, version, format, classification, retention, sla, quality, semantic_model, count = row
    terms = (id, version, format, classification, _days(retention), sla, quality, semantic_model)
    return ContractFacts(*terms, count, fields.get(id, ()))


@lru_cache(maxsize=1_000)
def _days(retention: str | None) -> int | None:
    return orjson.loads(retention)["days"] if retention else None


def with_cycles(loaded: Loaded, cycles: Mapping[str, Sequence[str]]) -> Loaded:
    found = {id: loaded.facts[id]._replace(cycle=tuple(cycle)) for id, cycle in cycles.items() if id in loaded.facts}
    return loaded._replace(facts={**loaded.facts, **found})
