"""Contracts and their fields, by contract id."""

from collections.abc import Sequence
from typing import LiteralString

from resolvers.projections import CONTRACT, FIELD
from resolvers.records import Contract, ContractField
from resolvers.store import Store

BY_IDS: LiteralString = "MATCH (c:DataContract) WHERE c.id IN $ids RETURN collect(" + CONTRACT + ")"
FIELDS: LiteralString = (
    "MATCH (c:DataContract) WHERE c.id IN $ids RETURN collect([c.id, "
    "COLLECT { MATCH (c)-[:HAS_FIELD]->(f:ContractField) RETURN " + FIELD + " ORDER BY f.position, f.path }])"
)


async def by_ids(store: Store, ids: Sequence[str]) -> list[Contract | None]:
    """Aligned with `ids`; None where there is no such contract."""
    found = {row[0]: Contract(*row) for row in await store.read(BY_IDS, ids=list(ids))}
    return [found.get(id) for id in ids]


async def fields_of(store: Store, ids: Sequence[str]) -> list[list[ContractField]]:
    """The fields of each contract, in the order of its JSON Schema; aligned with `ids`."""
    found = {id: [ContractField(*row) for row in rows] for id, rows in await store.read(FIELDS, ids=list(ids))}
    return [found.get(id, []) for id in ids]
