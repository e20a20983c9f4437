"""The facts as one JSON document, which expressions are written over; docs/governance.md describes it."""

from collections.abc import Collection
from typing import Any

import orjson

from resolvers.policies.facts import ContractFacts, Facts, Neighbour, ProductFacts


def to_document(facts: Facts, wanted: Collection[str], fields: bool = True) -> dict[str, Any]:
    """Those of `product`, `contract` (or None), `providers`, `consumers` that are wanted; `fields` False leaves those
    of contracts out. Most of the cost of a decision is to make the document and hand it over."""
    document: dict[str, Any] = {}
    if "product" in wanted:
        document["product"] = _product(facts.product)
    if "contract" in wanted:
        document["contract"] = _contract(facts.contract, fields)
    if "providers" in wanted:
        document["providers"] = [_neighbour(one, fields) for one in facts.providers]
    if "consumers" in wanted:
        document["consumers"] = [_neighbour(one, fields) for one in facts.consumers]
    return document


def _product(product: ProductFacts) -> dict[str, Any]:
    record = product.record
    return {
        "id": record.id,
        "urn": record.urn,
        "name": record.name,
        "description": record.description,
        "domain": record.domain,
        "ownerTeam": record.owner_team,
        "type": record.type,
        "status": record.status,
        "version": record.version,
        "tags": record.tags,
        "metadata": product.metadata,
        "accessPoints": product.access_points,
    }


def _contract(contract: ContractFacts | None, fields: bool) -> dict[str, Any] | None:
    if contract is None:
        return None
    return {
        "version": contract.version,
        "format": contract.format,
        "classification": contract.classification,
        "retention": None if contract.retention_days is None else {"days": contract.retention_days},
        "sla": contract.sla,
        "quality": contract.quality,
        "semanticModel": orjson.loads(contract.semantic_model_json) if contract.semantic_model_json else None,
        "fields": [field._asdict() for field in contract.fields] if fields else [],
    }


def _neighbour(neighbour: Neighbour, with_fields: bool) -> dict[str, Any]:
    """The product at the other end with its contract, and the `edge` to it."""
    fields = None if neighbour.fields is None else list(neighbour.fields)
    return {
        **_product(neighbour.product),
        "contract": _contract(neighbour.product.contract, with_fields),
        "edge": {"kind": neighbour.kind, "fields": fields, "contractVersion": neighbour.pin},
    }
