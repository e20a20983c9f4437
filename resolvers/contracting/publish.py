"""A contract enters the graph: an immutable version, its fields, and the copies that products carry of the one in force."""

from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers import projections
from resolvers.contracting.fields import TooManyFields, derive_fields
from resolvers.contracting.spec import ContractSpec
from resolvers.errors import UserErrorCode, UserFault
from resolvers.ids import Prefix, new_id
from resolvers.records import Contract, ContractStatus, Product
from resolvers.store import Transaction


class Published(NamedTuple):
    """`product` carries the new contract's id and classification; `previous` is the version that was in force."""

    contract: Contract
    product: Product
    previous: Contract | None


IN_FORCE: LiteralString = f"""
MATCH (p:DataProduct {{id: $product_id}})
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
OPTIONAL MATCH (same:DataContract {{productId: $product_id, version: $version}})
RETURN [CASE WHEN c IS NULL THEN null ELSE {projections.CONTRACT} END, same IS NOT NULL]
"""

# Column lineage follows the path into the new version: what a field was derived from, and what derives from it. The edges of the
# superseded version stay, so that a look at the past finds them.
PUBLISH: LiteralString = f"""
MATCH (p:DataProduct {{id: $product_id}})
OPTIONAL MATCH (old:DataContract {{id: p.contractId}})
FOREACH (one IN CASE WHEN old IS NULL THEN [] ELSE [old] END | SET one.status = 'SUPERSEDED', one.validTo = $now)
CREATE (p)-[:HAS_CONTRACT]->(c:DataContract)
SET c = $contract
SET p.contractId = c.id, p.classification = c.classification, p.fieldNames = $field_names
WITH c, old
CALL (c) {{ UNWIND $fields AS field CREATE (c)-[:HAS_FIELD]->(f:ContractField) SET f = field }}
CALL (c, old) {{
  MATCH (old)-[:HAS_FIELD]->(g:ContractField)-[r:DERIVED_FROM]->(source:ContractField)
  MATCH (c)-[:HAS_FIELD]->(f:ContractField {{path: g.path}})
  CREATE (f)-[copy:DERIVED_FROM]->(source) SET copy = properties(r)
}}
CALL (c, old) {{
  MATCH (old)-[:HAS_FIELD]->(g:ContractField)<-[r:DERIVED_FROM]-(target:ContractField)
  MATCH (c)-[:HAS_FIELD]->(f:ContractField {{path: g.path}})
  CREATE (f)<-[copy:DERIVED_FROM]-(target) SET copy = properties(r)
}}
RETURN {projections.CONTRACT}
"""


async def apply_contract(tx: Transaction, product: Product, spec: ContractSpec, now: str) -> Published:
    """Writes `spec` as the product's contract in force from `now`; the caller has locked the product.

    Sets the product node's `contractId`, `classification` and `fieldNames`, not its revision: that, `updatedAt` and the
    `ProductRevision` are the caller's. Raises `UserFault` WRONG_VERSION when the version is not above the one in force.
    """
    current, taken = await tx.run(IN_FORCE, product_id=product.id, version=spec.version)
    previous = Contract(*current) if current else None
    _check_version(spec.version, previous, taken)
    fields = _field_records(spec)
    written = await tx.run(
        PUBLISH,
        product_id=product.id,
        now=now,
        contract=_contract_properties(product.id, spec, now),
        fields=fields,
        field_names=sorted({field["name"] for field in fields}),
    )
    contract = Contract(*written)
    changed = product._replace(contract_id=contract.id, classification=contract.classification)
    return Published(contract, changed, previous)


def version_key(version: str) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
    """Semantic precedence: a pre-release comes before its release."""
    core, _, pre = version.partition("-")
    major, minor, patch = (int(number) for number in core.split("."))
    parts = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in pre.split("."))
    return major, minor, patch, not pre, parts


def _check_version(version: str, previous: Contract | None, taken: bool) -> None:
    if taken:
        raise UserFault(
            UserErrorCode.WRONG_VERSION,
            f"Version {version} of this contract exists, and a version never changes: publish the next one.",
            ("contract", "version"),
        )
    if previous is not None and version_key(version) <= version_key(previous.version):
        raise UserFault(
            UserErrorCode.WRONG_VERSION,
            f"Version {previous.version} is in force; the next one must be higher than it, {version} is not.",
            ("contract", "version"),
        )


def _field_records(spec: ContractSpec) -> list[dict[str, Any]]:
    try:
        fields = derive_fields(spec.json_schema)
    except TooManyFields as error:
        raise UserFault(UserErrorCode.INVALID_CONTRACT, str(error), ("contract", "jsonSchema")) from None
    return [
        {**field._asdict(), "id": new_id(Prefix.FIELD), "position": position} for position, field in enumerate(fields)
    ]


def _contract_properties(product_id: str, spec: ContractSpec, now: str) -> dict[str, Any]:
    """The properties of the DataContract node; what is absent stays absent."""
    return {
        "id": new_id(Prefix.CONTRACT),
        "productId": product_id,
        "version": spec.version,
        "status": ContractStatus.ACTIVE,
        "format": spec.format,
        "jsonSchemaJson": to_json(spec.json_schema),
        "classification": spec.classification,
        "retentionJson": to_json(spec.retention.model_dump(by_alias=True)) if spec.retention else None,
        "slaJson": to_json([level.model_dump(by_alias=True) for level in spec.sla]),
        "qualityJson": to_json([rule.model_dump(by_alias=True) for rule in spec.quality]),
        "semanticModelJson": to_json(spec.semantic_model) if spec.semantic_model is not None else None,
        "publishedAt": now,
        "validFrom": now,
        "validTo": None,
    }


def to_json(value: Any) -> str:
    return orjson.dumps(value).decode()
