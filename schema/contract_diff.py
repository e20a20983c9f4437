"""Changes of a contract version, and affected consumers. Sources are the records of `resolvers.contracts.report`."""

import strawberry
from strawberry import Parent

from resolvers.contracts import report, usage
from resolvers.contracts.changes import Severity
from resolvers.contracts.usage import Basis
from schema.context import Info
from schema.enums import describe
from schema.loaded_fields import loaded
from schema.references import DataProductReference
from schema.scalars import JSON

describe(
    Severity,
    "ChangeSeverity",
    "Effect of a change on consumers.",
    COMPATIBLE="Code that is correct for the old contract is correct for the new one.",
    BREAKING=("The new contract allows something that the old one ruled out, or drops something that it promised."),
)
describe(
    Basis,
    "ImpactBasis",
    "Evidence that a change affects a consumer.",
    DECLARED="Its dependency declares a field that changes.",
    UNDECLARED="Its dependency declares no fields, so it may use all of them.",
    WHOLE_CONTRACT=(
        "The change concerns the whole contract: a service level, the format, the classification or the retention."
    ),
)


@strawberry.type(description="One change between two contract versions.")
class ContractChange:
    rule: str = strawberry.field(description="Stable id of the kind of change, e.g. field_removed.")
    path: list[str] = strawberry.field(description="Path of what changed: nested field names, or sla, quality …")
    severity: Severity = strawberry.field(description="True if it breaks consumers.")
    message: str = strawberry.field(description="What changed, and why it is compatible or breaking.")
    field: str | None = strawberry.field(description="Path of the field as one string; null if no field is concerned.")
    before: JSON | None = strawberry.field(description="Value in the older version; null if there was none.")
    after: JSON | None = strawberry.field(description="Value in the newer version; null if there is none.")

    witness: JSON | None = strawberry.field(
        description=("A document that the newer contract allows and the older one does not; null if none was found.")
    )

    @strawberry.field(description="The consumers that the change breaks.")
    async def reaches(change: Parent[report.ReachedChange], info: Info) -> list[DataProductReference] | None:
        products = await info.context.loaders.product.load_many(change.reaches)
        return [product for product in products if product is not None]


@strawberry.type(description="One breaking change as it affects one consumer.")
class ConsumerHit:
    rule: str = strawberry.field(description="Stable id of the kind of change.")
    field: str | None = strawberry.field(description="Path of the changed field; null if no field is concerned.")
    message: str = strawberry.field(description="What changed, and why it breaks consumers.")
    declared: list[str] = strawberry.field(description="The fields of its dependency that the change concerns.")
    witness: JSON | None = strawberry.field(
        description=("A document that the new contract allows and the old one does not; null if none was found.")
    )


@strawberry.type(description="A consumer that a change breaks.")
class AffectedConsumer:
    rules: list[str] = strawberry.field(description="Ids of the rules of the changes that affect it.")
    fields: list[str] = strawberry.field(description="Changed fields that it uses or may use.")
    basis: Basis = strawberry.field(description="Source of this statement.")

    @strawberry.field(description="Each breaking change that affects it, with the declared fields concerned.")
    def hits(consumer: Parent[usage.Affected]) -> list[ConsumerHit]:
        return consumer.hits or []

    product: DataProductReference = loaded(
        lambda loaders: loaders.product, by="consumer_id", description="The consumer."
    )


@strawberry.type(description="The differences between two contract versions.")
class ContractDiff:
    from_version: str = strawberry.field(name="from", description="The older version.")
    to_version: str = strawberry.field(name="to", description="The newer version.")
    breaking: bool = strawberry.field(description="True if any change breaks consumers.")
    required_version: str = strawberry.field(description="Lowest version number that the newer contract may have.")
    changes: list[ContractChange] = strawberry.field(description="All changes.")
    affected: list[AffectedConsumer] = strawberry.field(
        name="affectedConsumers", description="Current consumers affected by a breaking change, ordered by urn."
    )
