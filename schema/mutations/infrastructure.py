"""infrastructureProvision and infrastructureDeprovision."""

from typing import Annotated, Any

import strawberry
from strawberry import Parent

from resolvers.infrastructure.resources import Target
from resolvers.mutations.infrastructure_deprovision import deprovision
from resolvers.mutations.infrastructure_provision import provision
from resolvers.writes.pipeline import Outcome
from schema.arguments import ProductId
from schema.context import Info
from schema.infrastructure import InfrastructureJob, InfrastructureResource
from schema.payloads import DryRun, IdempotencyKey, Payload, options, written
from schema.product_reference import to_product_id

Targets = Annotated[
    list[Target] | None,
    strawberry.argument(description="Where to apply; default is all that the plan needs and this server reaches."),
]


@strawberry.type(description="The outcome of asking for the provisioning of a product.")
class InfrastructureProvisionPayload(Payload):
    @strawberry.field(description="The job that applies the resources, one after another; null when refused.")
    def job(outcome: Parent[Outcome]) -> InfrastructureJob | None:
        return outcome.thing

    @strawberry.field(description="What it will apply. `DataProduct.infrastructure.provisioned` has the outcomes.")
    def resources(outcome: Parent[Outcome]) -> list[InfrastructureResource]:
        return list(outcome.extra.get("resources", ()))


@strawberry.type(description="Something that still exists in a target system and that a person must delete.")
class InfrastructureLeftover:
    target: Target = strawberry.field(description="Target system.")
    kind: str = strawberry.field(description="Kind of resource, e.g. OBJECTS, BUCKET or Deployment.")
    name: str = strawberry.field(description="Name in the target system.")
    holds_data: bool = strawberry.field(description="True if deleting it deletes data.")
    shared_by: int = strawberry.field(description="Number of other products that use it too.")
    command: str | None = strawberry.field(description="Command that deletes it; null if there is none.")
    reason: str | None = strawberry.field(description="Why there is no command, or what to consider.")


@strawberry.type(description="The outcome of releasing what was provisioned. Nothing is deleted.")
class InfrastructureDeprovisionPayload(Payload):
    @strawberry.field(description="What a person must delete, the data first.")
    def leftovers(outcome: Parent[Outcome]) -> list[InfrastructureLeftover]:
        return list(outcome.extra.get("leftovers", ()))


async def infrastructure_provision(
    info: Info,
    product_id: ProductId,
    targets: Targets = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> InfrastructureProvisionPayload | None:
    product = await to_product_id(info, product_id)
    write_options, context = options(dry_run, idempotency_key), info.context
    writing = provision(context.store, context.caller, product, targets, context.process.provisioner, write_options)
    answer: Any = await written(info, writing)
    return answer


async def infrastructure_deprovision(
    info: Info, product_id: ProductId, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
) -> InfrastructureDeprovisionPayload | None:
    product = await to_product_id(info, product_id)
    write_options, context = options(dry_run, idempotency_key), info.context
    answer: Any = await written(info, deprovision(context.store, context.caller, product, write_options))
    return answer
