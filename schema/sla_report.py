"""Service levels of the products of a domain."""

import strawberry

from schema.loaded_fields import loaded
from schema.product_metrics import ServiceLevelStatus
from schema.references import DataProductReference
from schema.scalars import DateTime, Duration


@strawberry.type(description="Service levels of one product.")
class ProductSlaReport:
    data_product: DataProductReference = loaded(
        lambda loaders: loaders.product, by="product_id", description="The product."
    )
    compliance: float | None = strawberry.field(
        description="Share of the measured promises that are kept; null if none was measured."
    )
    levels: list[ServiceLevelStatus] = strawberry.field(description="Each promise of the contract in force.")


@strawberry.type(description="Service levels of the products of a domain.")
class SlaReport:
    generated_at: DateTime = strawberry.field(description="When it was computed.")
    window: Duration = strawberry.field(description="The span over which requests were counted.")
    compliance: float | None = strawberry.field(
        description="Share of all measured promises that are kept; null if none was measured."
    )
    products: list[ProductSlaReport] = strawberry.field(description="Products with promised service levels, by name.")
    more: bool = strawberry.field(
        description="True if the domain has more than 1,000 products; the report covers the first 1,000."
    )
