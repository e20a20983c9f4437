"""Inputs of contracts."""

import strawberry

from resolvers.contracts.service_levels import Better
from resolvers.model.records import Classification
from schema.scalars import JSON, Duration


@strawberry.input(description="How long the data is kept.")
class RetentionInput:
    days: int = strawberry.field(description="Days after which it is deleted, from 1.")


@strawberry.input(description="A service level that the product promises.")
class ServiceLevelInput:
    metric: str = strawberry.field(description="What is measured, e.g. availability, latency_p95 or freshness.")
    target: float = strawberry.field(description="Target value, in `unit`.")
    unit: str | None = strawberry.field(default=None, description="ms, s, min, h, d or %; omitted for a plain number.")
    better: Better | None = strawberry.field(
        default=None, description="Whether higher or lower values meet the target; known for the usual metrics."
    )


@strawberry.input(description="A data quality level that the product promises.")
class QualityRequirementInput:
    dimension: str = strawberry.field(description="completeness, accuracy, consistency, timeliness, validity, …")
    threshold: float | None = strawberry.field(
        default=None, description="Share of data that must meet the requirement, 0 to 1."
    )
    rule: JSON | None = strawberry.field(default=None, description="A business rule over the data; docs/quality.md.")
    max_delay: Duration | None = strawberry.field(default=None, description="Maximum delay of the data, e.g. PT4H.")


@strawberry.input(description="A contract version. Omitted fields come from the domain's defaults.")
class DataContractInput:
    version: str = strawberry.field(description="Semantic version, e.g. 1.2.0.")
    json_schema: JSON = strawberry.field(
        description="JSON Schema 2020-12 of one document, without external references."
    )
    format: str | None = strawberry.field(default=None, description="Format of the data: json, avro, parquet, …")
    classification: Classification | None = strawberry.field(default=None, description="Classification of the data.")
    retention: RetentionInput | None = strawberry.field(default=None, description="How long the data is kept.")
    sla: list[ServiceLevelInput] | None = strawberry.field(default=None, description="Service levels.")
    quality: list[QualityRequirementInput] | None = strawberry.field(default=None, description="Data quality levels.")
    semantic_model: JSON | None = strawberry.field(
        default=None, description="Meaning of the data in the publisher's terms, an object."
    )
