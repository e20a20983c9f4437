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
AsOf = Annotated[DateTime | None, strawberry.argument(description="A past time to report on; default is now.")]
AsOfLineage = Annotated[
    DateTime | None,
    strawberry.argument(
        description=(
            "A past time. Follows the dependencies that were in force then, between the products that existed then."
        )
    ),
]
