"""Inputs of domains, data products and dependencies."""

from asyncio import gather

import strawberry
from strawberry import UNSET

from resolvers.contracts.binding_defaults import BindingDefault
from resolvers.model.records import AccessKind, Classification, ProductType
from resolvers.mutations import inputs
from schema.context import Info
from schema.contract_input import DataContractInput, QualityRequirementInput, RetentionInput, ServiceLevelInput
from schema.input_conversion import mapping
from schema.product_reference import to_product_id
from schema.scalars import JSON, Date


@strawberry.input(description="Where consumers get the data.")
class AccessPointInput:
    kind: AccessKind = strawberry.field(description="Kind of access.")
    uri: str = strawberry.field(description="Address, e.g. https://… for an API or s3://… for files.")
    name: str | None = strawberry.field(default=None, description="Unique in the product; its kind when not given.")
    format: str | None = strawberry.field(default=None, description="Data format; default is the contract's format.")
    options: JSON | None = strawberry.field(
        default=None, description='Options of the reader of its format, e.g. {"delim": ";"} of CSV.'
    )


@strawberry.input(description="Classification of one product.")
class ProductClassificationInput:
    product: str = strawberry.field(description="The product's name in its domain.")
    classification: Classification = strawberry.field(description="Classification of its data.")


@strawberry.input(description="Retention of one product.")
class ProductRetentionInput:
    product: str = strawberry.field(description="The product's name in its domain.")
    days: int = strawberry.field(description="Days after which its data is deleted, from 1.")


@strawberry.input(description="Defaults for products and contracts of the domain that omit a value.")
class DomainDefaultsInput:
    classification: Classification | None = strawberry.field(default=None, description="Default for contracts.")
    classification_by_product: list[ProductClassificationInput] | None = strawberry.field(
        default=None, description="Takes precedence over `classification` for products of these names."
    )
    retention: RetentionInput | None = strawberry.field(default=None, description="Default for contracts.")
    retention_by_product: list[ProductRetentionInput] | None = strawberry.field(
        default=None, description="Takes precedence over `retention` for products of these names."
    )
    sla: list[ServiceLevelInput] | None = strawberry.field(default=None, description="Default for contracts.")
    quality: list[QualityRequirementInput] | None = strawberry.field(default=None, description="Default for contracts.")
    format: str | None = strawberry.field(default=None, description="Default for contracts, e.g. parquet.")
    access_points: list[AccessPointInput] | None = strawberry.field(
        default=None, description="Patterns in which {domain} and {name} are replaced."
    )
    binding: list[BindingDefault] | None = strawberry.field(
        default=None, description="The defaults that a product may tighten and never loosen."
    )
    infrastructure: JSON | None = strawberry.field(
        default=None,
        description="Values of their infrastructure plans: storage, compute, network, monitoring; see "
        "docs/product-life.md. What is left out has its default.",
    )


@strawberry.input(description="A rule that rows of the domain's products keep. Give either `sql` or `cel`.")
class BusinessRuleInput:
    id: str = strawberry.field(description="Unique in the domain.")
    description: str | None = strawberry.field(default=None, description="What it means.")
    sql: str | None = strawberry.field(default=None, description="A condition over columns, e.g. amount >= 0.")
    cel: str | None = strawberry.field(default=None, description="A CEL expression over `row`, e.g. row.amount >= 0.")
    products: list[str] | None = strawberry.field(
        default=None, description="Names of the products it concerns; default is all that have its columns."
    )


@strawberry.input(description="A domain to register.")
class DomainInput:
    name: str = strawberry.field(description="1 to 128 lower-case letters, digits, - and _. It never changes.")
    owner_team: str = strawberry.field(description="Name of the team that owns it.")
    description: str | None = strawberry.field(default=None, description="Description of the domain.")
    defaults: DomainDefaultsInput | None = strawberry.field(
        default=None, description="Defaults for its products and contracts."
    )
    business_rules: list[BusinessRuleInput] | None = strawberry.field(
        default=None, description="Rules that rows of its products keep; quality runs check them."
    )


@strawberry.input(description="Changes of a domain. Omitted fields stay; null clears a field.")
class DomainUpdateInput:
    description: str | None = strawberry.field(default=UNSET, description="Description of the domain.")
    owner_team: str | None = strawberry.field(
        default=UNSET, description="Name of the team that owns it; must not be null."
    )
    defaults: DomainDefaultsInput | None = strawberry.field(default=UNSET, description="All defaults from now on.")
    business_rules: list[BusinessRuleInput] | None = strawberry.field(
        default=UNSET, description="All business rules from now on; null for none."
    )


@strawberry.input(description="A dependency on a provider.")
class DependencyInput:
    provider: strawberry.ID | None = strawberry.field(
        default=None, description="Id or urn of the provider; dependencyDeclare takes it as an argument instead."
    )
    fields: list[str] | None = strawberry.field(
        default=None, description="Paths of the provider's fields that the consumer uses; omitted for all."
    )
    contract_version: str | None = strawberry.field(
        default=None, description="Version of the provider's contract to pin."
    )
    kind: str | None = strawberry.field(default=None, description="Kind of dependency; default is feeds.")


@strawberry.input(description="A data product to create, with its contract and dependencies in one governed write.")
class DataProductInput:
    domain: str = strawberry.field(description="Name of its domain.")
    name: str = strawberry.field(description="1 to 128 lower-case letters, digits, - and _, unique in its domain.")
    type: ProductType = strawberry.field(description="Type of the product.")
    description: str | None = strawberry.field(default=None, description="Description of the data.")
    owner_team: str | None = strawberry.field(
        default=None, description="Name of the owning team; default is the domain's team."
    )
    version: str | None = strawberry.field(default=None, description="Semantic version; default is 1.0.0.")
    tags: list[str] | None = strawberry.field(default=None, description="Free-text tags.")
    metadata: JSON | None = strawberry.field(default=None, description="Free-form metadata, an object.")
    access_points: list[AccessPointInput] | None = strawberry.field(
        default=None, description="Where consumers get the data; default is the domain's patterns."
    )
    contract: DataContractInput | None = strawberry.field(default=None, description="Its first contract.")
    dependencies: list[DependencyInput] | None = strawberry.field(
        default=None, description="Dependencies on its providers."
    )


@strawberry.input(description="Changes of a data product. Omitted fields stay; null clears a field.")
class DataProductUpdateInput:
    description: str | None = strawberry.field(default=UNSET, description="Description of the data.")
    owner_team: str | None = strawberry.field(
        default=UNSET, description="Name of the team that owns it; must not be null."
    )
    type: ProductType | None = strawberry.field(default=UNSET, description="Type of the product; must not be null.")
    version: str | None = strawberry.field(default=UNSET, description="Semantic version; must not be null.")
    tags: list[str] | None = strawberry.field(default=UNSET, description="All of its tags.")
    metadata: JSON | None = strawberry.field(default=UNSET, description="All of its metadata, an object.")
    access_points: list[AccessPointInput] | None = strawberry.field(
        default=UNSET, description="All of its access points."
    )
    successor: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Id or urn of the product to use instead; only for a deprecated product."
    )
    sunset: Date | None = strawberry.field(
        default=UNSET, description="Last day, in the future; only for a deprecated product."
    )


def to_domain(payload: DomainInput) -> inputs.DomainInput:
    defaults = to_defaults(payload.defaults)
    return inputs.DomainInput(
        payload.name, payload.owner_team, payload.description, defaults, mapping(payload.business_rules)
    )


def to_defaults(payload: DomainDefaultsInput | None) -> dict[str, object] | None:
    if payload is None:
        return None
    said = mapping(payload)
    if payload.classification_by_product is not None:
        said["classification_by_product"] = {
            one.product: one.classification for one in payload.classification_by_product
        }
    if payload.retention_by_product is not None:
        said["retention_by_product"] = {one.product: {"days": one.days} for one in payload.retention_by_product}
    return said


def to_domain_changes(payload: DomainUpdateInput) -> dict[str, object]:
    """The fields that the input contains, including nulls, by their GraphQL names."""
    defaults = payload.defaults if payload.defaults is UNSET else to_defaults(payload.defaults)
    rules = payload.business_rules if payload.business_rules is UNSET else mapping(payload.business_rules)
    said = {
        "description": payload.description,
        "ownerTeam": payload.owner_team,
        "defaults": defaults,
        "businessRules": rules,
    }
    return {key: value for key, value in said.items() if value is not UNSET}


async def to_dependency(info: Info, payload: DependencyInput) -> inputs.DependencyInput:
    provider = payload.provider and await to_product_id(info, payload.provider)
    return inputs.DependencyInput(provider, payload.fields, payload.contract_version, payload.kind)


async def to_product(info: Info, payload: DataProductInput) -> inputs.ProductInput:
    dependencies = None
    if payload.dependencies is not None:
        dependencies = await gather(*(to_dependency(info, one) for one in payload.dependencies))
    return inputs.ProductInput(
        domain=payload.domain,
        name=payload.name,
        type=payload.type,
        description=payload.description,
        owner_team=payload.owner_team,
        version=payload.version,
        tags=payload.tags,
        metadata=payload.metadata,
        access_points=None if payload.access_points is None else mapping(payload.access_points),
        contract=None if payload.contract is None else mapping(payload.contract),
        dependencies=dependencies,
    )


def to_changes(payload: DataProductUpdateInput) -> dict[str, object]:
    """The fields that the input contains, including nulls, by their GraphQL names."""
    said = {
        "description": payload.description,
        "ownerTeam": payload.owner_team,
        "type": payload.type,
        "version": payload.version,
        "tags": payload.tags,
        "metadata": payload.metadata,
        "accessPoints": mapping(payload.access_points),
        "successor": payload.successor,
        "sunset": payload.sunset,
    }
    return {key: value for key, value in said.items() if value is not UNSET}
