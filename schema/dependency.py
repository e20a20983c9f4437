"""A dependency: a consumer product reads what a provider product offers."""

import strawberry
from strawberry import Parent

from resolvers.model import records
from resolvers.model.records import EdgeOrigin
from schema.connection import Connection
from schema.context import Info
from schema.loaded_fields import loaded
from schema.product_metrics import ProviderHealth, health_loader
from schema.references import DataProductReference
from schema.scalars import DateTime


@strawberry.type(description="The use of one product, the provider, by another, the consumer.")
class Dependency:
    kind: str = strawberry.field(description="Kind of dependency, e.g. feeds.")
    origin: EdgeOrigin = strawberry.field(description="Source of the dependency.")
    since: DateTime = strawberry.field(description="When it took effect in its present form.")
    fields: list[str] | None = strawberry.field(
        description="Paths of the provider's fields that the consumer uses; null if it may use all."
    )
    contract_version: str | None = strawberry.field(
        description="Pinned version of the provider's contract; null if none is pinned."
    )
    consumer: DataProductReference = loaded(
        lambda loaders: loaders.product,
        by="consumer_id",
        description="The product that uses the data.",
    )
    provider: DataProductReference = loaded(
        lambda loaders: loaders.product,
        by="provider_id",
        description="The product that provides the data.",
    )

    @strawberry.field(description="Health of the provider: broken service levels and its latest quality run.")
    async def provider_health(dependency: Parent[records.Dependency], info: Info) -> ProviderHealth | None:
        return await info.context.loaders.once(health_loader).load(dependency.provider_id)


DependencyConnection = Connection[Dependency]
