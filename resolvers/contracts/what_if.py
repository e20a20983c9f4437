"""Impact of a planned change: consumers hit by dropping a product, changing a field or publishing a contract."""

from collections.abc import Mapping
from typing import Any, LiteralString, NamedTuple

from resolvers.contracts.changes import change
from resolvers.contracts.comparison.paths import parse_path, path_steps
from resolvers.contracts.domain_defaults import contract_of, fill_contract, from_json
from resolvers.contracts.impact import impact_of
from resolvers.contracts.report import DiffReport, report_of
from resolvers.contracts.usage import Affected, Basis, affected_in_portions, domains_of, uses_of
from resolvers.graph import projections
from resolvers.graph.store import Store
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Contract, Product

DROPPED = "product_dropped"


class WhatIf(NamedTuple):
    """`affected` are the direct consumers that would break, `domains` those that would have to approve; `diff` is
    present if a contract was given. Indirect consumers are found by lineage."""

    product: Product
    breaking: bool
    affected: list[Affected]
    domains: list[str]
    diff: DiffReport | None


SUBJECT: LiteralString = f"""
MATCH (p:DataProduct {{id: $id}})-[:IN_DOMAIN]->(d:Domain)
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
RETURN [{projections.PRODUCT}, CASE WHEN c IS NOT NULL THEN {projections.CONTRACT} END, d.defaultsJson, COLLECT {{
  MATCH (c)-[:HAS_FIELD]->(f:ContractField) RETURN f.path
}}]
"""


class Subject(NamedTuple):
    product: Product
    contract: Contract | None
    defaults_json: str
    fields: list[str]


async def subject_of(store: Store, product_id: str) -> Subject:
    row = await store.read(SUBJECT, id=product_id)
    if row is None:
        message = f"There is no data product '{product_id[:200]}'."
        raise UserFault(UserErrorCode.NOT_FOUND, message, ("productId",))
    product, contract, defaults, fields = row
    return Subject(Product(*product), contract and Contract(*contract), defaults, fields)


async def if_dropped(store: Store, product_id: str) -> WhatIf:
    """Every consumer, whatever it declared and pinned: without the product there is no version to keep."""
    subject = await subject_of(store, product_id)
    affected = [
        Affected(use.consumer_id, use.urn, use.domain, [DROPPED], use.fields or [], Basis.WHOLE_CONTRACT)
        for use in await uses_of(store, product_id)
    ]
    return answer(subject.product, affected, None)


async def if_field_changed(store: Store, product_id: str, field: str) -> WhatIf:
    """As if the field were removed, which is the most that can happen to it. `field` is its path in the contract."""
    subject = await subject_of(store, product_id)
    if subject.contract is None or field not in subject.fields:
        message = f"The contract in force of '{subject.product.name}' has no field '{field[:200]}'."
        raise UserFault(UserErrorCode.NOT_FOUND, message, ("change", "field"))
    removed = change("field_removed", path_steps(parse_path(field)), f"Field '{field}' was removed.", None, None, field)
    affected = await affected_in_portions((removed,), await uses_of(store, product_id))
    return answer(subject.product, affected, None)


async def if_published(store: Store, product_id: str, payload: Mapping[str, Any]) -> WhatIf:
    """`payload` has the keys of DataContractInput. Raises `UserFaults` for a contract that is none."""
    spec = contract_of(payload, ("change", "contract"))
    subject = await subject_of(store, product_id)
    filled = fill_contract(spec, from_json(subject.defaults_json), subject.product.name, ("change", "contract"))
    impact = await impact_of(store, subject.contract, filled)
    return answer(subject.product, list(impact.affected), report_of(impact))


def answer(product: Product, affected: list[Affected], diff: DiffReport | None) -> WhatIf:
    breaking = diff.breaking if diff is not None else bool(affected)
    return WhatIf(product, breaking, affected, list(domains_of(affected)), diff)
