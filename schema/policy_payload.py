"""Payloads of mutations of policies and waivers. The source is a `resolvers.writes.pipeline.Outcome`."""

import strawberry
from strawberry import Parent

from resolvers.writes.pipeline import Outcome
from schema.payloads import Payload
from schema.policy import Policy
from schema.waiver import Waiver


@strawberry.type(
    description=(
        "The outcome of a write to a policy. For a dry run, violations and warnings are today's findings of the policy."
    )
)
class PolicyPayload(Payload):
    @strawberry.field(description="The policy; null if the write was refused.")
    def policy(outcome: Parent[Outcome]) -> Policy | None:
        return outcome.thing


@strawberry.type(description="The outcome of a grant.")
class WaiverPayload(Payload):
    @strawberry.field(description="The waiver; null if the write was refused.")
    def waiver(outcome: Parent[Outcome]) -> Waiver | None:
        return outcome.thing
