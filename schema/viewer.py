"""Who asks, and what they may do."""

from typing import Annotated

import strawberry
from strawberry import Parent

from resolvers.model import access
from resolvers.model.access import Action, Role


@strawberry.type(description="The caller.")
class Viewer:
    name: str = strawberry.field(description="As it appears in the audit log.")
    anonymous: bool = strawberry.field(description="Whether nobody signed in.")

    @strawberry.field(description="What they are.")
    def roles(viewer: Parent[access.Caller]) -> list[Role]:
        return sorted(viewer.roles)

    @strawberry.field(description="The domains they own, as a domain owner; * stands for all.")
    def domains(viewer: Parent[access.Caller]) -> list[str]:
        return sorted(viewer.domains)

    @strawberry.field(description="Whether they may do that.")
    def may(
        viewer: Parent[access.Caller],
        action: Action,
        domain: Annotated[str | None, strawberry.argument(description="Where; domain owners need it.")] = None,
    ) -> bool:
        return access.may(viewer, action, domain)
