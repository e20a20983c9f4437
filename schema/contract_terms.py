"""What a contract promises beside its schema."""

import strawberry

from resolvers.contracts.service_levels import Better
from schema.enums import describe
from schema.scalars import Duration

describe(
    Better,
    "Better",
    "On which side of its target a service level is kept.",
    HIGHER="At or above it, e.g. availability.",
    LOWER="At or below it, e.g. latency and freshness.",
)


@strawberry.type(description="How long the data is kept.")
class Retention:
    days: int = strawberry.field(description="Days after which it is deleted.")


@strawberry.type(description="A promise about how the data is served.")
class ServiceLevel:
    metric: str = strawberry.field(description="What is measured, e.g. availability, latency_p95 or freshness.")
    target: float = strawberry.field(description="What it must keep to, in `unit`.")
    unit: str | None = strawberry.field(description="ms, s, min, h, d, %; null: a plain number, e.g. a ratio.")
    better: Better = strawberry.field(description="On which side of the target it is kept.")


@strawberry.type(description="A promise about how good the data is.")
class QualityRequirement:
    dimension: str = strawberry.field(description="completeness, accuracy, consistency, timeliness, validity, …")
    threshold: float | None = strawberry.field(description="The share of data that must be good, 0 to 1.")
    max_delay: Duration | None = strawberry.field(description="How late data may be.")
