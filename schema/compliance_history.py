"""Compliance over time. The source is a `resolvers.governance.history.queries.History`."""

from typing import Annotated

import strawberry
from strawberry import Parent

from resolvers.governance.history import queries
from resolvers.governance.history.queries import one_history
from schema.arguments import After, First
from schema.connection import Connection
from schema.context import Info
from schema.scalars import DateTime

From = Annotated[
    DateTime | None, strawberry.argument(name="from", description="Start of the period; default is the first event.")
]
To = Annotated[DateTime | None, strawberry.argument(name="to", description="End of the period; default is now.")]


@strawberry.type(description="Compliance of a domain's products from one time on.")
class ComplianceStanding:
    domain: str = strawberry.field(description="Name of the domain.")
    at: DateTime = strawberry.field(description="Start time.")
    overall_compliance: bool = strawberry.field(description="True if no mandatory policy is violated without a waiver.")
    checked_products: int = strawberry.field(description="Number of products.")
    compliant_products: int = strawberry.field(description="Number of products without a violation.")
    violations: int = strawberry.field(description="Number of findings of mandatory policies without a waiver.")
    warnings: int = strawberry.field(description="Number of all other findings: advisory or waived.")
    waived: int = strawberry.field(description="Number of findings covered by a waiver.")


ComplianceStandingConnection = Connection[ComplianceStanding]


@strawberry.type(
    description=("Compliance by domain over a period. The counts equal those of complianceReport as of each moment.")
)
class ComplianceHistory:
    since: DateTime = strawberry.field(name="from", description="Start of the period.")
    until: DateTime = strawberry.field(
        name="to", description="End of the period; earlier than requested if `note` says so."
    )
    start: list[ComplianceStanding] | None = strawberry.field(
        description="Counts of each domain that had products at `from`; null if unknown, see `note`."
    )
    note: str | None = strawberry.field(description="What is missing and why; null if nothing is missing.")

    @strawberry.field(description="Each change after `from`, with the domain's counts from then on; oldest first.")
    def changes(
        history: Parent[queries.History], info: Info, first: First = None, after: After = None
    ) -> ComplianceStandingConnection | None:
        return queries.changes(info.context.store, history, first, after)


async def compliance_history(
    info: Info,
    domain: Annotated[
        str | None, strawberry.argument(description="Name of the domain; default is all domains.")
    ] = None,
    since: From = None,
    until: To = None,
) -> ComplianceHistory | None:
    return await info.context.loaders.once(one_history, domain, since, until)()
