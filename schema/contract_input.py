"""A contract as its publisher gives it."""

import strawberry

from resolvers.contracts.service_levels import Better
from resolvers.model.records import Classification
from schema.scalars import JSON, Duration


@strawberry.input(description="How long the data is kept.")
class RetentionInput:
    days: int = strawberry.field(description="Days after which it is deleted, from 1.")


@strawberry.input(description="A promise about how the data is served.")
class ServiceLevelInput:
    metric: str = strawberry.field(description="What is measured, e.g. availability, latency_p95 or freshness.")
    target: float = strawberry.field(description="What it keeps to, in `unit`.")
    unit: str | None = strawberry.field(default=None, description="ms, s, min, h, d, %; none: a plain number.")
    better: Better | None = strawberry.field(
        default=None, description="On which side of the target it is kept; known by itself for the usual metrics."
    )


@strawberry.input(description="A promise about how good the data is.")
class QualityRequirementInput:
    dimension: str = strawberry.field(description="completeness, accuracy, consistency, timeliness, validity, …")
    threshold: float | None = strawberry.field(default=None, description="The share that must be good, 0 to 1.")
    max_delay: Duration | None = strawberry.field(default=None, description="How late data may be, e.g. PT4H.")


@strawberry.input(description="A contract version. What it leaves out comes from the domain's defaults.")
class DataContractInput:
    version: str = strawberry.field(description="Semantic version, e.g. 1.2.0.")
    json_schema: JSON = strawberry.field(description="JSON Schema 2020-12 of one document, whole in itself.")
    format: str | None = strawberry.field(default=None, description="How the data is written: json, avro, parquet, …")
    classification: Classification | None = strawberry.field(default=None, description="How protected the data is.")
    retention: RetentionInput | None = strawberry.field(default=None, description="How long the data is kept.")
    sla: list[ServiceLevelInput] | None = strawberry.field(default=None, description="How the data is served.")
    quality: list[QualityRequirementInput] | None = strawberry.field(default=None, description="How good it is.")
    semantic_model: JSON | None = strawberry.field(default=None, description="What the data means, an object.")
