"""A data product: data that a team offers as a product."""

from typing import Annotated, Any

import orjson
import strawberry
from strawberry import Parent

from resolvers import records
from resolvers.records import AccessKind, Classification, ProductStatus, ProductType
from schema.connection import Connection
from schema.context import Info
from schema.data_contract import DataContract
from schema.domain import Domain
from schema.node import Node
from schema.scalars import JSON, DateTime


@strawberry.type(description="Where consumers get the data.")
class AccessPoint:
    kind: AccessKind = strawberry.field(description="How it is reached.")
    uri: str = strawberry.field(description="Where it is.")


@strawberry.federation.type(keys=["id", "urn"], description="Data that a team offers, with a contract and consumers.")
class DataProduct(Node):
    urn: str = strawberry.field(description="urn:mesh:<domain>:<name>, unique and readable.")
    name: str = strawberry.field(description="Unique in its domain.")
    description: str | None = strawberry.field(description="What the data is, for those who look for it.")
    owner_team: str = strawberry.field(description="The team that answers for it.")
    type: ProductType = strawberry.field(description="What it is made from.")
    status: ProductStatus = strawberry.field(description="Where it stands in its life.")
    version: str = strawberry.field(description="The product's own semantic version.")
    tags: list[str] = strawberry.field(description="Free words to find it by.")
    classification: Classification | None = strawberry.field(description="That of the contract in force.")
    revision: int = strawberry.field(description="Counts changes; give it as expectedRevision.")
    created_at: DateTime = strawberry.field(description="When it was created.")
    updated_at: DateTime = strawberry.field(description="When it last changed.")

    @strawberry.field(description="The domain it belongs to.")
    async def domain(self: Parent[records.Product], info: Info) -> Domain:
        return await info.context.loaders.domain.load(self.domain_id)  # type: ignore[return-value]

    @strawberry.field(description="Whatever its team keeps beside it.")
    def metadata(self: Parent[records.Product]) -> JSON:
        return orjson.loads(self.metadata_json)

    @strawberry.field(description="The contract in force; null before the first is published.")
    async def contract(self: Parent[records.Product], info: Info) -> DataContract | None:
        return self.contract_id and await info.context.loaders.contract.load(self.contract_id)  # type: ignore[return-value]

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.Product)


DataProductConnection = Connection[DataProduct]
