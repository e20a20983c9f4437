"""Arguments that many fields share."""

from typing import Annotated

import strawberry

from schema.scalars import DateTime

First = Annotated[int | None, strawberry.argument(description="Number of items on the page, 1 to 1000; default 50.")]
After = Annotated[
    str | None,
    strawberry.argument(
        description="Return items after this cursor, usually `pageInfo.endCursor` of the previous page."
    ),
]
ProductId = Annotated[strawberry.ID, strawberry.argument(description="Id or urn of the product.")]
ConsumerId = Annotated[strawberry.ID, strawberry.argument(description="Id or urn of the consumer.")]
ProviderId = Annotated[strawberry.ID, strawberry.argument(description="Id or urn of the provider.")]
DomainId = Annotated[strawberry.ID, strawberry.argument(description="Id or name of the domain.")]
ContractId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="Id of the contract; or `urn@version` of the product, or its urn for the contract in force."
    ),
]
ChangeRequestId = Annotated[strawberry.ID, strawberry.argument(description="Id of the change request.")]
AnsweringDomain = Annotated[str, strawberry.argument(description="Name of the affected domain that answers.")]
Note = Annotated[str | None, strawberry.argument(description="Note to the domain that asked.")]
AsOf = Annotated[DateTime | None, strawberry.argument(description="A past time to report on; default is now.")]
AsOfProduct = Annotated[
    DateTime | None,
    strawberry.argument(
        description=(
            "A past time. The fields of the product and its successor show that time, lists below it show the present. "
            "The answer is null if the product was created later."
        )
    ),
]
AsOfLineage = Annotated[
    DateTime | None,
    strawberry.argument(
        description=(
            "A past time. Follows the dependencies that were in force then, between the products that existed then."
        )
    ),
]
