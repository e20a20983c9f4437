"""Requirements of a kind of product."""

import strawberry
from strawberry import Parent

from resolvers.governance import requirements
from resolvers.model.records import Enforcement
from schema.policy import Policy
from schema.scalars import JSON


@strawberry.type(description="Requirement of one policy in force for a kind of product.")
class Requirement:
    policy: Policy = strawberry.field(description="The policy.")
    rule: str | None = strawberry.field(description="The built-in rule; null for an expression or a graph pattern.")
    parameters: JSON = strawberry.field(description="The rule's parameters, with its defaults.")
    fields: list[str] = strawberry.field(description="Paths in DataProductInput; empty when the rule names none.")
    message: str = strawberry.field(description="What is required; for an expression the policy's description.")

    @strawberry.field(description="Whether a violation refuses a write or warns.")
    def enforcement(parent: Parent[requirements.Requirement]) -> Enforcement:
        return Enforcement(parent.policy.enforcement)

    @strawberry.field(description="The text of an expression or graph pattern; null for a built-in rule.")
    def text(parent: Parent[requirements.Requirement]) -> str | None:
        return parent.policy.rule_text
