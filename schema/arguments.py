"""Arguments that many fields share."""

from typing import Annotated

import strawberry

from schema.scalars import DateTime

First = Annotated[int | None, strawberry.argument(description="How many: 1 to 1000; 50 when not given.")]
After = Annotated[str | None, strawberry.argument(description="Go on behind this cursor, `pageInfo.endCursor`.")]
AsOf = Annotated[DateTime | None, strawberry.argument(description="A past time to look at; now when not given.")]
AsOfLineage = Annotated[
    DateTime | None,
    strawberry.argument(
        description="A past time: the dependencies in force then, among the products that were there then."
    ),
]
