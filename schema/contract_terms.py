"""Terms of a contract outside its schema."""

import strawberry

from resolvers.contracts.service_levels import Better
from schema.enums import describe
from schema.scalars import JSON, Duration

describe(
    Better,
    "Better",
    "Direction in which a service level is better.",
    HIGHER="Values at or above the target meet it, e.g. availability.",
    LOWER="Values at or below the target meet it, e.g. latency and freshness.",
)


@strawberry.type(description="How long the data is kept.")
class Retention:
    days: int = strawberry.field(description="Days after which it is deleted.")


@strawberry.type(description="A service level that the product promises.")
class ServiceLevel:
    metric: str = strawberry.field(description="What is measured, e.g. availability, latency_p95 or freshness.")
    target: float = strawberry.field(description="Target value, in `unit`.")
    unit: str | None = strawberry.field(description="ms, s, min, h, d or %; null for a plain number such as a ratio.")
    better: Better = strawberry.field(description="Whether higher or lower values meet the target.")


@strawberry.type(description="A data quality level that the product promises.")
class QualityRequirement:
    dimension: str = strawberry.field(description="completeness, accuracy, consistency, timeliness, validity, …")
    threshold: float | None = strawberry.field(description="Share of data that must meet the requirement, 0 to 1.")
    max_delay: Duration | None = strawberry.field(description="Maximum delay of the data.")
    rule: JSON | None = strawberry.field(description="A rule about the data; docs/quality.md.")
