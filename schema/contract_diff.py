"""What a contract version changes, and for whom. The sources are the records of `resolvers.contracts.report`."""

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
    "What a change means to those who read the data.",
    COMPATIBLE="Code that was right for the old contract is right for the new one.",
    BREAKING="Readers meet something they were promised not to, or miss something they were promised.",
)
describe(
    Basis,
    "ImpactBasis",
    "How it is known that a consumer meets a change.",
    DECLARED="Its dependency declares a field that changes.",
    COLUMN_LINEAGE="Its own fields derive from a field that changes.",
    UNDECLARED="It declared no fields, so it may use all of them.",
    WHOLE_CONTRACT="The change concerns the whole contract: a level, the format, the classification, the retention.",
)


@strawberry.type(description="One change between two contract versions.")
class ContractChange:
    rule: str = strawberry.field(description="Stable id of the kind of change, e.g. field_removed.")
    path: list[str] = strawberry.field(description="The steps to what changed: nested field names, or sla, quality …")
    severity: Severity = strawberry.field(description="Whether it breaks readers.")
    message: str = strawberry.field(description="What changed, and why that is compatible or breaking.")
    field: str | None = strawberry.field(description="The field's path as one text; null when no field is concerned.")
    before: JSON | None = strawberry.field(description="The value in the older version; null when there was none.")
    after: JSON | None = strawberry.field(description="The value in the newer version; null when there is none.")

    witness: JSON | None = strawberry.field(
        description="A document that the newer contract allows and the older one does not; null where none was found."
    )

    @strawberry.field(description="The consumers that the change breaks.")
    async def reaches(change: Parent[report.ReachedChange], info: Info) -> list[DataProductReference]:
        found = await info.context.loaders.product.load_many(change.reaches)
        return [product for product in found if product is not None]


@strawberry.type(description="One breaking change as one consumer meets it.")
class ConsumerHit:
    rule: str = strawberry.field(description="Stable id of the kind of change.")
    field: str | None = strawberry.field(description="The field that changes; null when no field is concerned.")
    message: str = strawberry.field(description="What changed, and why it breaks readers.")
    declared: list[str] = strawberry.field(description="The fields of its dependency that the change concerns.")
    witness: JSON | None = strawberry.field(
        description="A document that is allowed from then on and was not before; null where none was found."
    )


@strawberry.type(description="A consumer that a change breaks.")
class AffectedConsumer:
    rules: list[str] = strawberry.field(description="The rules of the changes that it meets.")
    fields: list[str] = strawberry.field(description="The changed fields that it uses, or may use.")
    basis: Basis = strawberry.field(description="How this is known.")

    @strawberry.field(description="Each breaking change that it meets, with the declared fields that are concerned.")
    def hits(consumer: Parent[usage.Affected]) -> list[ConsumerHit]:
        return consumer.hits or []

    product: DataProductReference = loaded(
        lambda loaders: loaders.product, by="consumer_id", description="The consumer."
    )


@strawberry.type(description="Two contract versions compared, for the product's readers.")
class ContractDiff:
    from_version: str = strawberry.field(name="from", description="The older version.")
    to_version: str = strawberry.field(name="to", description="The newer version.")
    breaking: bool = strawberry.field(description="Whether any change breaks readers.")
    required_version: str = strawberry.field(description="The least version that the newer contract must have.")
    changes: list[ContractChange] = strawberry.field(description="Every change.")
    affected: list[AffectedConsumer] = strawberry.field(
        name="affectedConsumers", description="The consumers in force that a breaking change reaches, by urn."
    )
