"""The caller and its permissions."""

from typing import Annotated

import strawberry
from strawberry import Parent

from resolvers.governance.inbox import inbox_of
from resolvers.model import access
from resolvers.model.access import Action, Role
from schema.context import Info
from schema.inbox import Inbox


@strawberry.type(description="The caller.")
class Viewer:
    name: str = strawberry.field(description="Name, as it appears in the audit log.")
    anonymous: bool = strawberry.field(description="True if the caller is not signed in.")

    @strawberry.field(description="Roles of the caller.")
    def roles(viewer: Parent[access.Caller]) -> list[Role]:
        return sorted(viewer.roles)

    @strawberry.field(description="Domains that a domain owner owns; * means all.")
    def domains(viewer: Parent[access.Caller]) -> list[str]:
        return sorted(viewer.domains)

    @strawberry.field(description="Whether the caller may perform an action.")
    def may(
        viewer: Parent[access.Caller],
        action: Action,
        domain: Annotated[
            str | None, strawberry.argument(description="Name of the domain; required for domain owners.")
        ] = None,
    ) -> bool:
        return access.may(viewer, action, domain)

    @strawberry.field(description="Open tasks: approvals, findings, waivers that end, deprecated providers.")
    def inbox(viewer: Parent[access.Caller], info: Info) -> Inbox:
        return inbox_of(viewer, info.context.now)
