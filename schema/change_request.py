"""A breaking contract that its consumers are asked about. The source is a `resolvers…change_requests.ChangeRequest`."""

from typing import Any

import strawberry
from strawberry import Parent

from resolvers.catalog.change_requests import ChangeRequestFilter as Wanted
from resolvers.contracts import change_requests as requests
from schema.connection import Connection
from schema.context import Info
from schema.contract_diff import ContractDiff
from schema.data_contract import DataContract
from schema.enums import describe
from schema.loaded_fields import loaded
from schema.node import Node
from schema.references import DataProductReference
from schema.scalars import JSON, DateTime

describe(
    requests.Status,
    "ChangeRequestStatus",
    "Where a change request stands.",
    PENDING="A consumer domain has yet to answer.",
    APPROVED="Every affected domain agreed; it can be published.",
    REJECTED="A consumer domain refused.",
    WITHDRAWN="Its own domain took it back.",
    PUBLISHED="Its contract is published.",
    EXPIRED="The deadline passed before every domain agreed.",
    OUTDATED="Another contract came into force since it was opened.",
)
describe(requests.Decision, "ApprovalDecision", "What a consumer domain says to a change request.")


@strawberry.type(description="What one affected domain says to a change request.")
class Approval:
    domain: str = strawberry.field(description="The domain that is asked.")
    decision: requests.Decision = strawberry.field(description="Its answer so far.")
    decided_by: str | None = strawberry.field(description="Who answered; null while nobody did.")
    decided_at: DateTime | None = strawberry.field(description="When; null while nobody did.")
    note: str | None = strawberry.field(description="What they had to say.")
    products: list[str] = strawberry.field(description="The urns of its products that the change breaks.")


@strawberry.type(description="A proposed contract that breaks consumers, and their answers.")
class ChangeRequest(Node):
    from_version: str = strawberry.field(description="The contract version in force when it was opened.")
    to_version: str = strawberry.field(description="The proposed version.")
    reason: str = strawberry.field(description="Why the change is wanted.")
    opened_by: str = strawberry.field(description="Who asks.")
    opened_at: DateTime = strawberry.field(description="When they asked.")
    deadline: DateTime = strawberry.field(description="Until when the domains can agree.")
    effective_from: DateTime | None = strawberry.field(
        description="From when the contract would hold; until then both versions are served. Null: once published."
    )
    closed_at: DateTime | None = strawberry.field(description="When it was published, rejected or withdrawn.")
    approvals: list[Approval] = strawberry.field(description="One for each affected domain.")

    @strawberry.field(description="Where it stands now; a passed deadline or a newer contract counts.")
    def status(request: Parent[requests.ChangeRequest], info: Info) -> requests.Status:
        return requests.status_at(request, info.context.now)

    product: DataProductReference = loaded(
        lambda loaders: loaders.product,
        by="product_id",
        description="The product whose contract would change.",
    )
    contract: DataContract | None = loaded(
        lambda loaders: loaders.contract,
        by="contract_id",
        description="The contract it became; null until it is published.",
    )

    @strawberry.field(description="What would change, and for whom, as it was when the request was opened.")
    def diff(request: Parent[requests.ChangeRequest]) -> ContractDiff:
        return requests.diff_of(request)

    @strawberry.field(description="The proposed contract, as DataContractInput takes it.")
    def proposed_contract(request: Parent[requests.ChangeRequest]) -> JSON:
        return requests.proposed(request)

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, requests.ChangeRequest)


ChangeRequestConnection = Connection[ChangeRequest]


@strawberry.input(description="Narrows change requests: all of what is given.")
class ChangeRequestFilter:
    product: strawberry.ID | None = strawberry.field(default=None, description="About the product of this id.")
    status: requests.Status | None = strawberry.field(
        default=None, description="As stored: a passed deadline or a newer contract leaves it PENDING or APPROVED."
    )
    awaiting: str | None = strawberry.field(default=None, description="This domain has yet to answer.")


def to_request_filter(given: ChangeRequestFilter | None) -> Wanted:
    if given is None:
        return Wanted()
    return Wanted(given.product or None, given.status, given.awaiting or None)
