"""Arguments that many fields share."""

from typing import Annotated

import strawberry

First = Annotated[int | None, strawberry.argument(description="How many: 1 to 1000; 50 when not given.")]
After = Annotated[str | None, strawberry.argument(description="Go on behind this cursor, `pageInfo.endCursor`.")]
