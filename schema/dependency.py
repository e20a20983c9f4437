"""A dependency: a consumer product reads what a provider product offers."""

import strawberry

from resolvers.model.records import EdgeOrigin
from schema.connection import Connection
from schema.loaded_fields import loaded
from schema.references import DataProductReference
from schema.scalars import DateTime


@strawberry.type(description="That one product is made from another.")
class Dependency:
    kind: str = strawberry.field(description="What flows, e.g. feeds.")
    origin: EdgeOrigin = strawberry.field(description="How it is known.")
    since: DateTime = strawberry.field(description="Since when it holds as it is.")
    fields: list[str] | None = strawberry.field(
        description="Paths of the provider's contract that the consumer uses; null: all of them."
    )
    contract_version: str | None = strawberry.field(description="The provider's version that is pinned; null: none.")
    consumer: DataProductReference = loaded(
        lambda loaders: loaders.product,
        by="consumer_id",
        description="The product that reads.",
    )
    provider: DataProductReference = loaded(
        lambda loaders: loaders.product,
        by="provider_id",
        description="The product that is read.",
    )


DependencyConnection = Connection[Dependency]
