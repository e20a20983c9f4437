"""Every question a client can ask. Each field parses, calls one function of the resolvers, wraps."""

from typing import Annotated

import strawberry

from resolvers import domains
from resolvers.errors import UserErrorCode, UserFault
from schema.context import Info
from schema.data_contract import DataContract
from schema.data_product import DataProduct
from schema.domain import Domain, DomainConnection

First = Annotated[int | None, strawberry.argument(description="How many: 1 to 1000; 50 when not given.")]
After = Annotated[str | None, strawberry.argument(description="Go on behind this cursor.")]


@strawberry.type
class Query:
    @strawberry.field(description="The domain of that name.")
    async def domain(self, info: Info, name: str) -> Domain | None:
        return await info.context.loaders.domain_by_name.load(name)  # type: ignore[return-value]

    @strawberry.field(description="All domains, by name.")
    def domains(self, info: Info, first: First = None, after: After = None) -> DomainConnection:
        return domains.listing(info.context.store, first, after)  # type: ignore[return-value]

    @strawberry.field(description="One data product, by id or by urn: give exactly one of them.")
    async def data_product(
        self, info: Info, id: strawberry.ID | None = None, urn: str | None = None
    ) -> DataProduct | None:
        if (id is None) == (urn is None):
            raise UserFault(UserErrorCode.INVALID_INPUT, "Give exactly one of `id` and `urn`.", ("id",))
        loaders = info.context.loaders
        return await (loaders.product.load(id) if id is not None else loaders.product_by_urn.load(urn))  # type: ignore[return-value]

    @strawberry.field(description="One contract version, by id.")
    async def data_contract(self, info: Info, id: strawberry.ID) -> DataContract | None:
        return await info.context.loaders.contract.load(id)  # type: ignore[return-value]
