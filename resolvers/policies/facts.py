"""What policies know of a product: itself, its contract in force, its direct neighbours; see docs/governance.md.

Rules are pure functions of these records, so the same rule judges a write inside its transaction, a report over the
mesh, and a report of a past time; only where the facts come from differs (`resolvers.policies.loading`).
"""

from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from resolvers.records import Product


class Need(StrEnum):
    """Facts beyond the product itself and its contract's terms, loaded only for policies that need them."""

    FIELDS = "FIELDS"
    PROVIDERS = "PROVIDERS"
    PROVIDER_FIELDS = "PROVIDER_FIELDS"
    CONSUMERS = "CONSUMERS"
    CONSUMERS_OF_DEPRECATED = "CONSUMERS_OF_DEPRECATED"
    SOURCES = "SOURCES"  # column lineage: the provider fields that this product's fields derive from
    CYCLE = "CYCLE"
    SUCCESSOR = "SUCCESSOR"


class FieldFacts(NamedTuple):
    path: str
    name: str
    type: str
    required: bool
    nullable: bool
    description: str | None
    classification: str | None


class ContractFacts(NamedTuple):
    """`retention_days` None: no retention stated. `fields` are empty unless asked for."""

    id: str
    version: str
    format: str
    classification: str | None
    retention_days: int | None
    sla_json: str
    quality_json: str
    semantic_model_json: str | None
    fields: tuple[FieldFacts, ...] = ()

    @property
    def sla(self) -> list[dict[str, Any]]:
        """`{metric, target, unit, better}` each."""
        return orjson.loads(self.sla_json)

    @property
    def quality(self) -> list[dict[str, Any]]:
        """`{dimension, threshold, maxDelay}` each."""
        return orjson.loads(self.quality_json)


class ProductFacts(NamedTuple):
    """A product as it was read, with its contract, which carries fields only when they were asked for."""

    record: Product
    contract: ContractFacts | None

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def urn(self) -> str:
        return self.record.urn

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def domain(self) -> str:
        return self.record.domain

    @property
    def status(self) -> str:
        return self.record.status

    @property
    def metadata(self) -> dict[str, Any]:
        return orjson.loads(self.record.metadata_json)

    @property
    def access_points(self) -> list[dict[str, Any]]:
        return orjson.loads(self.record.access_points_json)

    @property
    def classification(self) -> str | None:
        return self.contract.classification if self.contract else None

    @property
    def retention_days(self) -> int | None:
        return self.contract.retention_days if self.contract else None


class Neighbour(NamedTuple):
    """The product at the other end of a dependency. `fields` None: all are used. `pin` is the contract version that the
    consumer relies on; `pin_published` tells whether the provider ever published it."""

    product: ProductFacts
    kind: str
    fields: tuple[str, ...] | None
    pin: str | None
    pin_published: bool


class SourceField(NamedTuple):
    """`field` of the product derives from `source_field` of `source_id`; classifications are the fields' own."""

    field: str
    classification: str | None
    source_id: str
    source_field: str
    source_classification: str | None


class Facts(NamedTuple):
    """`cycle` are the ids along one cycle through the product, from it and back to it, else None. `successor` is the
    product that `metadata.successor` names by id or urn, when there is one."""

    product: ProductFacts
    providers: tuple[Neighbour, ...] = ()
    consumers: tuple[Neighbour, ...] = ()
    sources: tuple[SourceField, ...] = ()
    cycle: tuple[str, ...] | None = None
    successor: ProductFacts | None = None

    @property
    def contract(self) -> ContractFacts | None:
        return self.product.contract
