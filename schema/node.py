"""What every entity is."""

import strawberry


@strawberry.interface(description="Anything with an id of its own; `node(id)` finds it again.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque and stable; unique over all kinds of nodes.")
