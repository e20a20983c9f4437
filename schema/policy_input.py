"""Inputs of policies."""

import strawberry

from resolvers.governance.engine.definition import PolicyInput as Given
from resolvers.model.records import Enforcement
from schema.context import Info
from schema.input_conversion import mapping
from schema.product_reference import to_product_id
from schema.scalars import JSON, DateTime


@strawberry.input(description="A built-in rule; docs/rules.md lists them.")
class BuiltinRuleInput:
    name: str = strawberry.field(description="Its stable name, e.g. minimum_sla_requirements.")
    parameters: JSON | None = strawberry.field(
        default=None, description='An object, e.g. {"required_slas": {"availability": 0.99}}.'
    )


@strawberry.input(one_of=True, description="The rule of a policy, in one of three forms.")
class PolicyRuleInput:
    builtin: BuiltinRuleInput | None = strawberry.field(default=strawberry.UNSET, description="A built-in rule.")
    expression: str | None = strawberry.field(
        default=strawberry.UNSET, description="A CEL expression that is true for a compliant product."
    )
    graph_pattern: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Read-only Cypher that returns the violating products; requires role governance.",
    )


@strawberry.input(description="A policy. Defining the same name and scope again creates the next version.")
class PolicyInput:
    name: str = strawberry.field(description="Name, unique in the scope.")
    description: str | None = strawberry.field(default=None, description="Purpose of the policy.")
    enforcement: Enforcement = strawberry.field(description="Whether a violation warns or refuses.")
    domain: str | None = strawberry.field(
        default=None,
        description=("Name of the domain that it applies to. Without domain and product it applies to the whole mesh."),
    )
    product: strawberry.ID | None = strawberry.field(
        default=None, description="Id or urn of the product that it applies to."
    )
    rule: PolicyRuleInput = strawberry.field(description="Rule of the policy.")
    effective_from: DateTime | None = strawberry.field(
        default=None, description="When it takes effect; default is now. The previous version applies until then."
    )
    paused: bool | None = strawberry.field(
        default=None, description="If true, the policy is stored and judges nothing."
    )


async def to_policy(info: Info, payload: PolicyInput) -> Given:
    product = payload.product and await to_product_id(info, payload.product)
    return Given(
        name=payload.name,
        enforcement=str(payload.enforcement),
        rule=mapping(payload.rule),
        description=payload.description,
        domain=payload.domain,
        product=product,
        effective_from=payload.effective_from,
        paused=bool(payload.paused),
    )
