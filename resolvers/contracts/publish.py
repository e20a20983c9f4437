"""Writes a contract to the graph: an immutable version, its fields, and the copies on its product."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.contracts.fields import FieldSpec, TooManyFields, derive_fields
from resolvers.contracts.spec import ContractSpec
from resolvers.graph import projections
from resolvers.graph.search_text import words_of
from resolvers.graph.store import Transaction
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.ids import Prefix, new_id
from resolvers.model.naming import camel
from resolvers.model.records import Contract, ContractStatus, Product
from resolvers.model.versions import is_higher


class Published(NamedTuple):
    """`product` carries the new contract's id and classification; `previous` is the version that was in force."""

    contract: Contract
    product: Product
    previous: Contract | None


STANDING: LiteralString = f"""
MATCH (p:DataProduct {{id: $product_id}})
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
OPTIONAL MATCH (same:DataContract {{productId: $product_id, version: $version}})
RETURN [CASE WHEN c IS NULL THEN null ELSE {projections.CONTRACT} END, same IS NOT NULL, COLLECT {{
  MATCH (p)-[:HAS_CONTRACT]->(later:DataContract) WHERE later.dueAt IS NOT NULL
  RETURN [later.version, later.dueAt, later.heldReason]
}}[0]]
"""

# Column lineage follows the path into the new version: what a field was derived from, and what derives from it. The
# edges of the superseded version stay, so that a look at the past finds them.
CREATE: LiteralString = """
UNWIND $new.versions AS version
MATCH (p:DataProduct {id: version.contract.productId})
OPTIONAL MATCH (old:DataContract {id: p.contractId})
CREATE (p)-[:HAS_CONTRACT]->(c:DataContract)
SET c = version.contract
FOREACH (field IN version.fields | CREATE (c)-[:HAS_FIELD]->(f:ContractField) SET f = field)
WITH c, old WHERE old IS NOT NULL
CALL (c, old) {
  MATCH (old)-[:HAS_FIELD]->(g:ContractField)-[r:DERIVED_FROM]->(source:ContractField)
  MATCH (c)-[:HAS_FIELD]->(f:ContractField {path: g.path})
  CREATE (f)-[copy:DERIVED_FROM]->(source) SET copy = properties(r)
}
CALL (c, old) {
  MATCH (old)-[:HAS_FIELD]->(g:ContractField)<-[r:DERIVED_FROM]-(target:ContractField)
  MATCH (c)-[:HAS_FIELD]->(f:ContractField {path: g.path})
  CREATE (f)<-[copy:DERIVED_FROM]-(target) SET copy = properties(r)
}
RETURN count(*)
"""

ENFORCE: LiteralString = """
UNWIND $new.contracts AS id
MATCH (c:DataContract {id: id})
MATCH (p:DataProduct {id: c.productId})
OPTIONAL MATCH (old:DataContract {id: p.contractId})
FOREACH (one IN CASE WHEN old IS NULL THEN [] ELSE [old] END | SET one.status = 'SUPERSEDED', one.validTo = $new.now)
SET c.status = 'ACTIVE', c.validFrom = $new.now
REMOVE c.dueAt, c.tryAt, c.heldReason, c.tries
SET p.contractId = c.id, p.classification = c.classification, p.fieldNames = COLLECT {
  MATCH (c)-[:HAS_FIELD]->(f:ContractField) RETURN DISTINCT f.name ORDER BY f.name
}, p.fieldWords = COLLECT {
  MATCH (c)-[:HAS_FIELD]->(f:ContractField) RETURN DISTINCT f.searchWords
}
RETURN count(*)
"""


class Scheduled(NamedTuple):
    """A version that is published and comes into force at `at`. `held` says why it did not when that time came; None
    while it was not tried."""

    version: str
    at: str
    held: str | None


class Standing(NamedTuple):
    """State of a product's contracts. `taken`: the requested version exists already. `due`: the version that waits for
    its date."""

    current: Contract | None
    taken: bool
    due: Scheduled | None


# Of a product that has just come.
NO_CONTRACT = Standing(None, False, None)


async def standing(tx: Transaction, product_id: str, version: str) -> Standing:
    current, published, due = await tx.run(STANDING, product_id=product_id, version=version)
    return Standing(Contract(*current) if current else None, published, Scheduled(*due) if due else None)


async def apply_contract(
    tx: Transaction, product: Product, spec: ContractSpec, now: str, current: Standing | None = None
) -> Published:
    """Writes `spec` as the product's contract in force from `now`; the caller has locked the product.

    Sets the product node's `contractId`, `classification` and `fieldNames`, not its revision: that, `updatedAt` and the
    `ProductRevision` are the caller's. `known` spares a second look. Raises `UserFault` WRONG_VERSION when the version
    is not above the one in force.
    """
    current = current or await standing(tx, product.id, spec.version)
    check_version(spec.version, current)
    if current.due is not None:
        await withdraw_scheduled(tx, product.id)
    contract = await create_version(tx, product.id, spec, now, now)
    return Published(contract, await put_in_force(tx, product, contract, now), current.current)


async def create_version(tx: Transaction, product_id: str, spec: ContractSpec, valid_from: str, now: str) -> Contract:
    """The version and its fields, in force from `valid_from` for `put_in_force` to carry out."""
    version = version_of(product_id, spec, now)
    version.contract["validFrom"] = valid_from
    if valid_from > now:
        version.contract.update(dueAt=valid_from, tryAt=valid_from, status=ContractStatus.SCHEDULED)
    await create_versions(tx, [version])
    return version.record


WITHDRAW: LiteralString = """
MATCH (:DataProduct {id: $product_id})-[:HAS_CONTRACT]->(c:DataContract) WHERE c.dueAt IS NOT NULL
SET c.status = 'WITHDRAWN'
REMOVE c.dueAt, c.tryAt, c.heldReason, c.tries, c.validFrom
RETURN count(c)
"""


async def withdraw_scheduled(tx: Transaction, product_id: str) -> None:
    """Takes back the version that waits for its date; the caller has locked the product."""
    await tx.run(WITHDRAW, product_id=product_id)


async def put_in_force(tx: Transaction, product: Product, contract: Contract, now: str) -> Product:
    """Supersedes the version in force by `contract`; the product's revision is the caller's to save."""
    await enforce(tx, [contract.id], now)
    return carrying(product, contract)


def carrying(product: Product, contract: Contract) -> Product:
    return product._replace(contract_id=contract.id, classification=contract.classification)


class Version(NamedTuple):
    """A contract as the graph takes it: the properties of its node and those of its fields'."""

    contract: dict[str, Any]
    fields: list[dict[str, Any]]

    @property
    def record(self) -> Contract:
        return Contract(**{name: self.contract[key] for name, key in _KEYS.items()})


_KEYS = {name: camel(name) for name in Contract._fields}


def version_of(product_id: str, spec: ContractSpec, now: str, fields: Sequence[FieldSpec] | None = None) -> Version:
    """`fields` are the schema's where they are known already. Raises `UserFault` for a schema of too many."""
    return Version(contract_properties(product_id, spec, now), field_properties(spec, fields))


async def create_versions(tx: Transaction, versions: Sequence[Version]) -> None:
    """Of products that are locked, at most one each."""
    await tx.run(CREATE, new={"versions": [version._asdict() for version in versions]})


async def enforce(tx: Transaction, contracts: Sequence[str], now: str) -> None:
    """Puts versions in force, by id; `contractId`, `classification` and field names of their products follow."""
    await tx.run(ENFORCE, new={"contracts": list(contracts), "now": now})


def check_version(version: str, current: Standing, stated: Mapping[str, Any] | None = None) -> None:
    """Raises `UserFault` WRONG_VERSION unless `version` is new and the highest; `stated` goes with the refusal."""
    problem = version_problem(version, current)
    if problem is not None:
        raise UserFault(UserErrorCode.WRONG_VERSION, problem, ("contract", "version"), stated)


def version_problem(version: str, current: Standing) -> str | None:
    if current.due is not None and current.due.held is None:
        return (
            f"Version {current.due.version} is published and comes into force at {current.due.at}: publish the next "
            "then, or withdraw it (dataContractWithdraw)."
        )
    if current.taken:
        return f"Version {version} of this contract exists, and a version never changes: publish the next one."
    previous = current.current
    if previous is not None and not is_higher(version, previous.version):
        return f"Version {previous.version} is in force; the next one must be higher than it, {version} is not."
    return None


def field_properties(spec: ContractSpec, fields: Sequence[FieldSpec] | None = None) -> list[dict[str, Any]]:
    try:
        fields = derive_fields(spec.json_schema) if fields is None else fields
    except TooManyFields as error:
        raise UserFault(UserErrorCode.INVALID_CONTRACT, str(error), ("contract", "jsonSchema")) from None
    return [
        {
            **field._asdict(),
            "id": new_id(Prefix.FIELD),
            "position": position,
            "searchWords": words_of(field.name),
        }
        for position, field in enumerate(fields)
    ]


def contract_properties(product_id: str, spec: ContractSpec, now: str) -> dict[str, Any]:
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
        "inherited": list(spec.inherited) or None,
    }


def to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def document(contract: Contract) -> dict[str, Any]:
    """The contract for the audit log; its schema is in the graph, unchanging, under its id."""
    return {
        "id": contract.id,
        "productId": contract.product_id,
        "version": contract.version,
        "format": contract.format,
        "classification": contract.classification,
        "retention": contract.retention_json,
        "sla": contract.sla_json,
        "quality": contract.quality_json,
    }
