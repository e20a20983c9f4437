"""A violation of a policy by a product. The source is a `resolvers.writes.judgement.Violation`."""

from typing import Any

import strawberry
from strawberry import Parent

from resolvers.model.records import Enforcement
from resolvers.writes import judgement
from schema.connection import Connection
from schema.context import Info
from schema.policy import Policy
from schema.references import DataProductReference
from schema.scalars import JSON
from schema.waiver import Waiver


@strawberry.type(description="A finding of a policy about a product.")
class PolicyViolation:
    policy: Policy = strawberry.field(description="The policy, in the version that was evaluated.")
    message: str = strawberry.field(description="What is wrong and what is required.")
    path: list[str] = strawberry.field(description="Ids of the products involved, this one first.")
    evidence: JSON | None = strawberry.field(
        description="Data behind the finding; null if the message contains all of it."
    )
    waiver: Waiver | None = strawberry.field(name="waivedBy", description="The waiver that covers it.")

    @strawberry.field(description="The violating product, as it was judged.")
    def product(violation: Parent[judgement.Violation], info: Info) -> DataProductReference:
        known: Any = violation.product  # a future when it has to be read, and no task where it is at hand
        return info.context.loaders.product.load(violation.product_id) if known is None else known

    @strawberry.field(description="Whether it refuses writes or warns.")
    def enforcement(violation: Parent[judgement.Violation]) -> Enforcement:
        return violation.policy.enforcement


PolicyViolationConnection = Connection[PolicyViolation]
