"""A change request for a breaking contract. The source is a `resolvers…change_requests.ChangeRequest`."""

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
from schema.product_reference import to_product_id
from schema.references import DataProductReference
from schema.scalars import JSON, DateTime

describe(
    requests.Status,
    "ChangeRequestStatus",
    "Status of a change request.",
    PENDING="The answer of an affected domain is pending.",
    APPROVED="Every affected domain approved; the contract can be published.",
    REJECTED="An affected domain rejected it.",
    WITHDRAWN="The product's own domain withdrew it.",
    PUBLISHED="The contract is published.",
    EXPIRED="The deadline passed before every domain approved.",
    OUTDATED="Another contract took effect after it was opened.",
)
describe(requests.Decision, "ApprovalDecision", "Answer of a consumer domain to a change request.")


@strawberry.type(description="The answer of one affected domain to a change request.")
class Approval:
    domain: str = strawberry.field(description="The affected domain.")
    decision: requests.Decision = strawberry.field(description="Its current answer.")
    decided_by: str | None = strawberry.field(
        description="Name of the caller who answered; null while the answer is pending."
    )
    decided_at: DateTime | None = strawberry.field(description="Time of the answer; null until then.")
    note: str | None = strawberry.field(description="Note given with the answer.")
    products: list[str] = strawberry.field(description="Urns of the domain's products that the change breaks.")


@strawberry.federation.type(
    keys=["id"], description="A proposed contract that breaks consumers, and the answers of their domains."
)
class ChangeRequest(Node):
    from_version: str = strawberry.field(description="The contract version in force when it was opened.")
    to_version: str = strawberry.field(description="The proposed version.")
    reason: str = strawberry.field(description="Why the change is wanted.")
    opened_by: str = strawberry.field(description="Name of the caller who opened it.")
    opened_at: DateTime = strawberry.field(description="When it was opened.")
    deadline: DateTime = strawberry.field(description="Until when the domains can approve.")
    effective_from: DateTime | None = strawberry.field(
        description=(
            "When the contract takes effect; until then both versions are served. Null: as soon as it is published."
        )
    )
    closed_at: DateTime | None = strawberry.field(description="When it was published, rejected or withdrawn.")
    approvals: list[Approval] = strawberry.field(description="One for each affected domain.")

    @strawberry.field(description="Current status, taking a passed deadline and a newer contract into account.")
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
        description="The published contract; null until then.",
    )

    @strawberry.field(description="The differences and the affected consumers at the time the request was opened.")
    def diff(request: Parent[requests.ChangeRequest]) -> ContractDiff:
        return requests.diff_of(request)

    @strawberry.field(description="The proposed contract, in the form of DataContractInput.")
    def proposed_contract(request: Parent[requests.ChangeRequest]) -> JSON:
        return requests.proposed(request)

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, requests.ChangeRequest)


ChangeRequestConnection = Connection[ChangeRequest]


@strawberry.input(description="Filters change requests. Every given condition must hold.")
class ChangeRequestFilter:
    product: strawberry.ID | None = strawberry.field(default=None, description="Id or urn of the product.")
    status: requests.Status | None = strawberry.field(
        default=None,
        description=(
            "Status as stored. A request whose deadline passed, or that a newer contract "
            "overtook, is stored as PENDING or APPROVED."
        ),
    )
    awaiting: str | None = strawberry.field(default=None, description="Name of a domain whose answer is pending.")


async def to_request_filter(info: Info, payload: ChangeRequestFilter | None) -> Wanted:
    if payload is None:
        return Wanted()
    product = await to_product_id(info, payload.product) if payload.product else None
    return Wanted(product, payload.status, payload.awaiting or None)
