"""The inbox of the caller. The source is a `resolvers.governance.inbox.Inbox`."""

import strawberry
from strawberry import Parent

from resolvers.governance import inbox as inboxes
from schema.change_request import ChangeRequest
from schema.context import Info
from schema.dependency import Dependency
from schema.policy_violation import PolicyViolation
from schema.waiver import Waiver


@strawberry.type(description="Open tasks of the caller in the domains they own.")
class Inbox:
    @strawberry.field(description="Names of the domains that the caller owns; null means every domain.")
    def domains(inbox: Parent[inboxes.Inbox]) -> list[str] | None:
        return None if inbox.domains is None else list(inbox.domains)

    @strawberry.field(
        description="Open change requests that wait for their answer, the earliest deadline first; at most 200."
    )
    async def approvals(inbox: Parent[inboxes.Inbox], info: Info) -> list[ChangeRequest] | None:
        return await inboxes.approvals(info.context.store, inbox)

    @strawberry.field(description="Findings of their products, mandatory policies first.")
    async def findings(inbox: Parent[inboxes.Inbox], info: Info) -> list[PolicyViolation] | None:
        return list(await inboxes.findings(info.context.store, inbox, info.context.product_fields))

    @strawberry.field(
        description="Waivers of their products that end within 30 days, the next to end first; at most 200."
    )
    async def waivers(inbox: Parent[inboxes.Inbox], info: Info) -> list[Waiver] | None:
        return await inboxes.ending_waivers(info.context.store, inbox)

    @strawberry.field(description="Dependencies of their products on deprecated products; at most 200.")
    async def deprecated_providers(inbox: Parent[inboxes.Inbox], info: Info) -> list[Dependency] | None:
        return await inboxes.deprecated_providers(info.context.store, inbox)
