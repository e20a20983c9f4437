"""A data contract of a product."""

from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Parent

from resolvers.contracts.compare import changes_from
from resolvers.contracts.validation import documents_of, validate
from resolvers.loading.snapshots import present
from resolvers.model import json_fields, records
from resolvers.model.records import Classification, ContractStatus
from schema.connection import Connection
from schema.context import Info
from schema.contract_terms import QualityRequirement, Retention, ServiceLevel
from schema.loaded_fields import loaded
from schema.node import Node
from schema.references import ContractDiffReference, DataProductReference
from schema.scalars import JSON, DateTime
from schema.validation import ValidationResult

Payload = Annotated[JSON | None, strawberry.argument(description="One document: any JSON value, including null.")]
Payloads = Annotated[list[JSON] | None, strawberry.argument(description="Several documents.")]


@strawberry.type(description="A field of a contract's schema, including nested fields and fields of array items.")
class ContractField:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    path: str = strawberry.field(description="Path from the document's root: customer.address.city, lines[].sku.")
    name: str = strawberry.field(description="The last part of the path.")
    type: str = strawberry.field(description="JSON Schema type; several are joined by |.")
    required: bool = strawberry.field(description="True if every document has it.")
    nullable: bool = strawberry.field(description="True if it may be null.")
    description: str | None = strawberry.field(description="What it means.")
    classification: Classification | None = strawberry.field(
        description="Classification of the field; null if it is that of the contract."
    )


@strawberry.federation.type(
    keys=["id"], description="A version of what a product promises. A published version never changes."
)
class DataContract(Node):
    version: str = strawberry.field(description="Semantic version of the schema, e.g. 1.2.0.")
    status: ContractStatus = strawberry.field(description="Status of the version.")
    format: str = strawberry.field(description="Format of the data: json, avro, parquet, …")
    classification: Classification | None = strawberry.field(
        description="Classification of the data. Policies can require one."
    )
    published_at: DateTime = strawberry.field(description="When it was published.")
    valid_from: DateTime | None = strawberry.field(description="When it took effect; null if it never did.")
    valid_to: DateTime | None = strawberry.field(
        description="When it stopped being in force; null while it is in force."
    )

    product: DataProductReference = loaded(
        lambda loaders: loaders.product,
        by="product_id",
        description="The product that it belongs to.",
    )
    fields: list[ContractField] = loaded(
        lambda loaders: loaders.contract_fields,
        by="id",
        description="Fields of the schema, including nested ones, in schema order.",
    )

    @strawberry.field(description="The JSON Schema (2020-12) of one document.")
    def json_schema(contract: Parent[records.Contract]) -> JSON:
        return json_fields.document(contract.json_schema_json)

    @strawberry.field(description="How long the data is kept. Policies can require a retention.")
    def retention(contract: Parent[records.Contract]) -> Retention | None:
        return json_fields.retention(contract.retention_json)

    @strawberry.field(description="Service levels.")
    def sla(contract: Parent[records.Contract]) -> list[ServiceLevel]:
        return json_fields.service_levels(contract.sla_json)

    @strawberry.field(description="Data quality levels.")
    def quality(contract: Parent[records.Contract]) -> list[QualityRequirement]:
        return json_fields.quality_requirements(contract.quality_json)

    @strawberry.field(description="Meaning of the fields in the publisher's terms.")
    def semantic_model(contract: Parent[records.Contract]) -> JSON | None:
        return json_fields.document(contract.semantic_model_json)

    @strawberry.field(
        description=(
            "Differences from an older version, by default the previous one, and the affected consumers; null for the "
            "first version."
        )
    )
    async def changes_from(
        contract: Parent[records.Contract], info: Info, version: str | None = None
    ) -> ContractDiffReference | None:
        return await changes_from(info.context.store, present(contract), version)

    @strawberry.field(
        description=("Validates documents against the JSON Schema: `payload` is one document, `payloads` several.")
    )
    def validate(
        contract: Parent[records.Contract], payload: Payload = UNSET, payloads: Payloads = UNSET
    ) -> ValidationResult | None:
        return validate(contract, documents_of(payload, payloads))

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.Contract)


DataContractConnection = Connection[DataContract]
