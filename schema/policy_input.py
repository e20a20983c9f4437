"""A policy as clients define it."""

import strawberry

from resolvers.governance.engine.definition import PolicyInput as Given
from resolvers.model.records import Enforcement
from schema.input_conversion import mapping
from schema.scalars import JSON, DateTime


@strawberry.input(description="A built-in rule; docs/governance.md has the table of them.")
class BuiltinRuleInput:
    name: str = strawberry.field(description="Its stable name, e.g. minimum_sla_requirements.")
    parameters: JSON | None = strawberry.field(
        default=None, description='An object, e.g. {"required_slas": {"availability": 0.99}}.'
    )


@strawberry.input(one_of=True, description="What a policy asks, in one of three forms.")
class PolicyRuleInput:
    builtin: BuiltinRuleInput | None = strawberry.field(default=strawberry.UNSET, description="By name.")
    expression: str | None = strawberry.field(
        default=strawberry.UNSET, description="A CEL expression, true of a product that complies."
    )
    graph_pattern: str | None = strawberry.field(
        default=strawberry.UNSET, description="Read-only Cypher that returns the offenders; takes role governance."
    )


@strawberry.input(description="A policy. Defined again under the same name and scope, it is the next version.")
class PolicyInput:
    name: str = strawberry.field(description="Unique in its scope.")
    description: str | None = strawberry.field(default=None, description="Why it is there.")
    enforcement: Enforcement = strawberry.field(description="Whether a violation warns or refuses.")
    domain: str | None = strawberry.field(
        default=None, description="The domain it holds for; without it and product: the whole mesh."
    )
    product: strawberry.ID | None = strawberry.field(default=None, description="The one product it holds for.")
    rule: PolicyRuleInput = strawberry.field(description="What it asks.")
    effective_from: DateTime | None = strawberry.field(
        default=None, description="From when it judges; at once when not given. The version before it holds until then."
    )
    paused: bool | None = strawberry.field(default=None, description="True: it is there and judges nothing.")


def to_policy(given: PolicyInput) -> Given:
    return Given(
        name=given.name,
        enforcement=str(given.enforcement),
        rule=mapping(given.rule),
        description=given.description,
        domain=given.domain,
        product=given.product,
        effective_from=given.effective_from,
        paused=bool(given.paused),
    )
