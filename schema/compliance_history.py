"""How compliance went over time. The source is a `resolvers.governance.history.queries.History`."""

from typing import Annotated

import strawberry
from strawberry import Parent

from resolvers.governance.history import queries
from resolvers.governance.history.queries import history_of
from schema.arguments import After, First
from schema.connection import Connection
from schema.context import Info
from schema.scalars import DateTime

From = Annotated[
    DateTime | None, strawberry.argument(name="from", description="From this time; from the first event if not given.")
]
To = Annotated[DateTime | None, strawberry.argument(name="to", description="Up to this time; up to now if not given.")]


@strawberry.type(description="How a domain's products keep to the policies from one time on.")
class ComplianceStanding:
    domain: str = strawberry.field(description="Name of the domain.")
    at: DateTime = strawberry.field(description="From when.")
    overall_compliance: bool = strawberry.field(description="Whether none violates a mandatory policy unwaived.")
    checked_products: int = strawberry.field(description="How many products there were.")
    compliant_products: int = strawberry.field(description="How many of them had no violation.")
    violations: int = strawberry.field(description="Findings of mandatory policies that no waiver covers.")
    warnings: int = strawberry.field(description="All other findings: of advisory policies, or waived.")
    waived: int = strawberry.field(description="Findings that a waiver covers.")


ComplianceStandingConnection = Connection[ComplianceStanding]


@strawberry.type(
    description="Compliance by domain over a span of time, in the counts of complianceReport as of each moment."
)
class ComplianceHistory:
    since: DateTime = strawberry.field(name="from", description="Where it begins.")
    until: DateTime = strawberry.field(name="to", description="Where it ends; earlier than asked when `note` says so.")
    start: list[ComplianceStanding] | None = strawberry.field(
        description="How each domain that had products stood at `from`; null when that is not known, see `note`."
    )
    note: str | None = strawberry.field(description="What is not told and why; null when all is.")

    @strawberry.field(description="Each change after `from`, with how the domain stood from then on; the oldest first.")
    def changes(
        history: Parent[queries.History], info: Info, first: First = None, after: After = None
    ) -> ComplianceStandingConnection:
        return queries.changes(info.context.store, history, first, after)


async def compliance_history(
    info: Info,
    domain: Annotated[
        str | None, strawberry.argument(description="Of this domain; of all domains, each by itself, if not given.")
    ] = None,
    since: From = None,
    until: To = None,
) -> ComplianceHistory:
    return await history_of(info.context.store, domain, since, until)
