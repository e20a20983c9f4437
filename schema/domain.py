"""A domain: the team and the boundary that data products belong to."""

from typing import Any

import strawberry

from resolvers import records
from schema.connection import Connection
from schema.node import Node
from schema.scalars import DateTime


@strawberry.federation.type(keys=["id", "name"], description="A part of the business that owns data products.")
class Domain(Node):
    name: str = strawberry.field(description="Unique and unchanging, e.g. customer.")
    description: str | None = strawberry.field(description="What the domain is about.")
    owner_team: str = strawberry.field(description="The team that answers for it.")
    created_at: DateTime = strawberry.field(description="When it was registered.")
    revision: int = strawberry.field(description="Counts changes; give it as expectedRevision.")

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.Domain)


DomainConnection = Connection[Domain]
