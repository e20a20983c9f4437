"""The document that expressions read: the facts of a product as JSON. docs/governance.md describes it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import orjson

from resolvers.governance.facts import ContractFacts, Facts, Neighbour, ProductFacts

_PRODUCT: Final[dict[str, Callable[[ProductFacts], Any]]] = {
    "id": lambda product: product.record.id,
    "urn": lambda product: product.record.urn,
    "name": lambda product: product.record.name,
    "description": lambda product: product.record.description,
    "domain": lambda product: product.record.domain,
    "ownerTeam": lambda product: product.record.owner_team,
    "type": lambda product: product.record.type,
    "status": lambda product: product.record.status,
    "version": lambda product: product.record.version,
    "tags": lambda product: product.record.tags,
    "metadata": lambda product: product.metadata,
    "accessPoints": lambda product: product.access_points,
    "successor": lambda product: product.record.successor,
    "sunset": lambda product: product.record.sunset,
}
_CONTRACT: Final[dict[str, Callable[[ContractFacts], Any]]] = {
    "version": lambda contract: contract.version,
    "format": lambda contract: contract.format,
    "classification": lambda contract: contract.classification,
    "retention": lambda contract: None if contract.retention_days is None else {"days": contract.retention_days},
    "sla": lambda contract: contract.sla,
    "quality": lambda contract: contract.quality,
    "semanticModel": lambda contract: (
        orjson.loads(contract.semantic_model_json) if contract.semantic_model_json else None
    ),
    "fields": lambda contract: [field._asdict() for field in contract.fields],
}
PRODUCT_KEYS: Final = tuple(_PRODUCT)
CONTRACT_KEYS: Final = tuple(_CONTRACT)
EVERY_KEY: Final[Mapping[str, Collection[str]]] = {"product": PRODUCT_KEYS, "contract": CONTRACT_KEYS}


def to_document(
    facts: Facts, needed: Collection[str], fields: bool = True, only: Mapping[str, Collection[str]] = EVERY_KEY
) -> dict[str, Any]:
    """Those of `product`, `contract` (or None), `providers`, `consumers` that are wanted; `fields` False leaves those
    of contracts out, and `only` names the keys of `product` and `contract`, which neighbours have all. Most of the cost
    of a decision is to make the document and hand it over."""
    document: dict[str, Any] = {}
    if "product" in needed:
        document["product"] = _product(facts.product, only["product"])
    if "contract" in needed:
        document["contract"] = _contract(facts.contract, fields, only["contract"])
    if "providers" in needed:
        document["providers"] = [_neighbour(one, fields) for one in facts.providers]
    if "consumers" in needed:
        document["consumers"] = [_neighbour(one, fields) for one in facts.consumers]
    return document


def _product(product: ProductFacts, keys: Collection[str] = PRODUCT_KEYS) -> dict[str, Any]:
    return {key: _PRODUCT[key](product) for key in keys}


def _contract(
    contract: ContractFacts | None, fields: bool, keys: Collection[str] = CONTRACT_KEYS
) -> dict[str, Any] | None:
    if contract is None:
        return None
    return {key: _CONTRACT[key](contract) if fields or key != "fields" else [] for key in keys}


def _neighbour(neighbour: Neighbour, with_fields: bool) -> dict[str, Any]:
    """The neighbour with its contract, and the `edge` to it."""
    fields = None if neighbour.fields is None else list(neighbour.fields)
    return {
        **_product(neighbour.product),
        "contract": _contract(neighbour.product.contract, with_fields),
        "edge": {"kind": neighbour.kind, "fields": fields, "contractVersion": neighbour.pin},
    }
