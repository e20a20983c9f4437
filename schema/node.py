"""The interface `Node`."""

import strawberry


@strawberry.interface(description="An object with an id; `node(id)` returns it.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque, stable and unique among all nodes.")
