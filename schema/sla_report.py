"""How the products of a domain keep their service levels."""

import strawberry

from schema.loaded_fields import loaded
from schema.product_metrics import ServiceLevelStatus
from schema.references import DataProductReference
from schema.scalars import DateTime, Duration


@strawberry.type(description="How one product keeps its service levels.")
class ProductSlaReport:
    data_product: DataProductReference = loaded(
        lambda loaders: loaders.product, by="product_id", description="The product."
    )
    compliance: float | None = strawberry.field(
        description="Share of the promises that are kept, of those that were measured; null when none was."
    )
    levels: list[ServiceLevelStatus] = strawberry.field(description="Each promise of the contract in force.")


@strawberry.type(description="How the products of a domain keep their service levels.")
class SlaReport:
    generated_at: DateTime = strawberry.field(description="When it was computed.")
    window: Duration = strawberry.field(description="The span over which requests were counted.")
    compliance: float | None = strawberry.field(
        description="Share of all promises that are kept, of those that were measured; null when none was."
    )
    products: list[ProductSlaReport] = strawberry.field(description="Those that promise something, by name.")
    more: bool = strawberry.field(description="Whether the domain has products beyond the first 1,000.")
