"""A dependency: a consumer product reads what a provider product offers."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers.model.records import EdgeOrigin
from schema.connection import Connection
from schema.loaded_fields import loaded
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.data_product import DataProduct

Product = Annotated["DataProduct", strawberry.lazy("schema.data_product")]


@strawberry.type(description="That one product is made from another.")
class Dependency:
    kind: str = strawberry.field(description="What flows, e.g. feeds.")
    origin: EdgeOrigin = strawberry.field(description="How it is known.")
    since: DateTime = strawberry.field(description="Since when it holds as it is.")
    fields: list[str] | None = strawberry.field(
        description="Paths of the provider's contract that the consumer uses; null: all of them."
    )
    contract_version: str | None = strawberry.field(description="The provider's version that is pinned; null: none.")
    consumer: Product = loaded("product", by="consumer_id", description="The product that reads.")
    provider: Product = loaded("product", by="provider_id", description="The product that is read.")


DependencyConnection = Connection[Dependency]
