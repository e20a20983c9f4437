"""Facts that policies read: the product, its contract in force and its direct neighbours; see docs/governance.md.

Rules are pure functions of these records, so the same rule judges a write inside its transaction, a report over the
mesh, and a report of a past time; only where the facts come from differs (`resolvers.governance.engine.facts_cypher`).
"""

from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from resolvers.model.records import Product


class Need(StrEnum):
    """Facts beyond `BASIC` and `BRIEF_CONTRACT`, loaded only for policies that need them."""

    DESCRIPTION = "DESCRIPTION"
    TAGS = "TAGS"
    METADATA = "METADATA"
    ACCESS_POINTS = "ACCESS_POINTS"
    UPDATED_AT = "UPDATED_AT"
    TERMS = "TERMS"  # of the contract all but its fields
    FIELD_COUNTS = "FIELD_COUNTS"  # how many fields a contract names, and nothing of them
    FIELDS = "FIELDS"
    FIELD_TERMS = "FIELD_TERMS"  # of the fields no more than path, description and classification
    PROVIDERS = "PROVIDERS"
    PROVIDER_FIELDS = "PROVIDER_FIELDS"
    PROVIDER_FIELD_TERMS = "PROVIDER_FIELD_TERMS"
    WHOLE_NEIGHBOURS = "WHOLE_NEIGHBOURS"  # all of providers and consumers, not `BRIEF` and `BRIEF_CONTRACT` alone
    PINS = "PINS"  # whether the providers ever published the versions that are pinned
    CONSUMERS = "CONSUMERS"
    CONSUMERS_OF_DEPRECATED = "CONSUMERS_OF_DEPRECATED"
    SOURCES = "SOURCES"  # column lineage: the provider fields that this product's fields derive from
    CYCLE = "CYCLE"
    SUCCESSOR = "SUCCESSOR"  # the product that succeeds a deprecated one
    SUCCESSOR_NAME = "SUCCESSOR_NAME"
    SUNSET = "SUNSET"
    OPERATIONS = "OPERATIONS"  # infrastructure, the last quality run and service levels


@lru_cache(maxsize=1_000)
def _parsed(text: str) -> list[dict[str, Any]]:
    """Many contracts promise the same, and several rules ask. Nobody changes what they get."""
    return orjson.loads(text)


class FieldFacts(NamedTuple):
    """None when no rule needs it: see `Need.FIELD_TERMS`."""

    path: str
    name: str | None
    type: str | None
    required: bool | None
    nullable: bool | None
    description: str | None
    classification: str | None


# What of a product's record they are, where they are one field of it.
OF_RECORD = {
    Need.DESCRIPTION: "description",
    Need.TAGS: "tags",
    Need.METADATA: "metadata_json",
    Need.ACCESS_POINTS: "access_points_json",
    Need.UPDATED_AT: "updated_at",
    Need.SUCCESSOR_NAME: "successor",
    Need.SUNSET: "sunset",
}


class ContractFacts(NamedTuple):
    """`retention_days` None: no retention stated. `fields` are empty and `field_count` None unless asked for."""

    id: str
    version: str
    classification: str | None
    retention_days: int | None
    format: str
    sla_json: str
    quality_json: str
    semantic_model_json: str | None
    field_count: int | None = None
    fields: tuple[FieldFacts, ...] = ()

    @property
    def sla(self) -> list[dict[str, Any]]:
        """`{metric, target, unit, better}` each."""
        return _parsed(self.sla_json)

    @property
    def quality(self) -> list[dict[str, Any]]:
        """`{dimension, threshold, maxDelay, rule}` each."""
        return _parsed(self.quality_json)


class ProductFacts(NamedTuple):
    """A product with its contract, both as far as they were read: its card and what some policy needs, at least. What
    was not read is an `AttributeError`."""

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


# What is loaded of every product that is judged.

BASIC = ("id", "urn", "name", "domain", "domain_id", "owner_team", "type", "status", "version")
# What is loaded of a neighbour that is not judged itself, unless a rule needs all; attribution reads `updated_at`.
BRIEF = (*BASIC, "updated_at")
# What is known of a contract, unless its terms are asked for.
BRIEF_CONTRACT = ("id", "version", "classification", "retention_days", "field_count", "fields")


class Neighbour(NamedTuple):
    """The product at the other end of a dependency, as a part of its record and contract. `fields` None: all are used.
    `pin` is the contract version that the consumer relies on; `pin_published` tells whether the provider ever published
    it, when that was asked for."""

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


class QualityRunFacts(NamedTuple):
    """The last finished run of the active contract version."""

    id: str
    passed: bool
    age_hours: float


class QualityHistoryFacts(NamedTuple):
    """A finished run of the last year, whatever its contract version."""

    passed: bool
    overall: float | None
    age_hours: float


class ServiceLevelFacts(NamedTuple):
    """`kept` None: it could not be measured."""

    metric: str
    kept: bool | None
    age_hours: float


class OperationsFacts(NamedTuple):
    """What runs of the product: `resources` are `(kind, name, state)`; `quality_history` has the newest run first.
    `unknown`: of a past time some resources are not known, since they were tried again later."""

    resources: tuple[tuple[str, str, str], ...] = ()
    quality_run: QualityRunFacts | None = None
    service_levels: tuple[ServiceLevelFacts, ...] = ()
    quality_history: tuple[QualityHistoryFacts, ...] = ()
    unknown: bool = False


class Facts(NamedTuple):
    """`cycle` are the ids along one cycle through the product, from it and back to it, else None. `successor` is the
    successor of a deprecated product."""

    product: ProductFacts
    providers: tuple[Neighbour, ...] = ()
    consumers: tuple[Neighbour, ...] = ()
    sources: tuple[SourceField, ...] = ()
    cycle: tuple[str, ...] | None = None
    successor: ProductFacts | None = None
    operations: OperationsFacts | None = None

    @property
    def contract(self) -> ContractFacts | None:
        return self.product.contract
