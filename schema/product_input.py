"""Domains, data products and dependencies as callers give them."""

import strawberry
from strawberry import UNSET

from resolvers.model.records import AccessKind, Classification, ProductType
from resolvers.mutations import inputs
from schema.contract_input import DataContractInput, QualityRequirementInput, RetentionInput, ServiceLevelInput
from schema.input_conversion import mapping
from schema.scalars import JSON


@strawberry.input(description="Where consumers get the data.")
class AccessPointInput:
    kind: AccessKind = strawberry.field(description="How it is reached.")
    uri: str = strawberry.field(description="Where it is, e.g. https://… for an API or s3://… for files.")


@strawberry.input(description="The classification of the product of one name.")
class ProductClassificationInput:
    product: str = strawberry.field(description="The product's name in its domain.")
    classification: Classification = strawberry.field(description="How protected its data is.")


@strawberry.input(description="The retention of the product of one name.")
class ProductRetentionInput:
    product: str = strawberry.field(description="The product's name in its domain.")
    days: int = strawberry.field(description="Days after which its data is deleted, from 1.")


@strawberry.input(description="What the domain's products take over where they say nothing.")
class DomainDefaultsInput:
    classification: Classification | None = strawberry.field(default=None, description="Of their contracts.")
    classification_by_product: list[ProductClassificationInput] | None = strawberry.field(
        default=None, description="Comes before `classification` for the products of these names."
    )
    retention: RetentionInput | None = strawberry.field(default=None, description="Of their contracts.")
    retention_by_product: list[ProductRetentionInput] | None = strawberry.field(
        default=None, description="Comes before `retention` for the products of these names."
    )
    sla: list[ServiceLevelInput] | None = strawberry.field(default=None, description="Of their contracts.")
    quality: list[QualityRequirementInput] | None = strawberry.field(default=None, description="Of their contracts.")
    format: str | None = strawberry.field(default=None, description="Of their contracts, e.g. parquet.")
    access_points: list[AccessPointInput] | None = strawberry.field(
        default=None, description="Patterns: {domain} and {name} stand for the product's."
    )
    infrastructure: JSON | None = strawberry.field(
        default=None,
        description="Values of their infrastructure plans: storage, compute, network, monitoring; see "
        "docs/product-life.md. What is left out has its default.",
    )


@strawberry.input(description="A domain to register.")
class DomainInput:
    name: str = strawberry.field(description="1 to 128 lower-case letters, digits, - and _; never changes.")
    owner_team: str = strawberry.field(description="The team that answers for it.")
    description: str | None = strawberry.field(default=None, description="What the domain is about.")
    defaults: DomainDefaultsInput | None = strawberry.field(default=None, description="What its products take over.")


@strawberry.input(description="What to change of a domain; what is left out stays, null empties it.")
class DomainUpdateInput:
    description: str | None = strawberry.field(default=UNSET, description="What the domain is about.")
    owner_team: str | None = strawberry.field(default=UNSET, description="The team that answers for it; never null.")
    defaults: DomainDefaultsInput | None = strawberry.field(
        default=UNSET, description="All of what its products take over from now on."
    )


@strawberry.input(description="What a product depends on.")
class DependencyInput:
    provider: strawberry.ID | None = strawberry.field(
        default=None, description="Id of the provider; dependencyDeclare names it beside the input."
    )
    fields: list[str] | None = strawberry.field(
        default=None, description="Paths of the provider's contract that the consumer uses; left out: all of them."
    )
    contract_version: str | None = strawberry.field(default=None, description="The provider's version to pin.")
    kind: str | None = strawberry.field(default=None, description="What flows; feeds when not given.")


@strawberry.input(description="A data product to create, with its contract and dependencies in one governed write.")
class DataProductInput:
    domain: str = strawberry.field(description="Name of its domain.")
    name: str = strawberry.field(description="1 to 128 lower-case letters, digits, - and _, unique in its domain.")
    type: ProductType = strawberry.field(description="What it is made from.")
    description: str | None = strawberry.field(default=None, description="What the data is, for those who look for it.")
    owner_team: str | None = strawberry.field(default=None, description="The domain's team when not given.")
    version: str | None = strawberry.field(default=None, description="Semantic version; 1.0.0 when not given.")
    tags: list[str] | None = strawberry.field(default=None, description="Free words to find it by.")
    metadata: JSON | None = strawberry.field(default=None, description="Whatever you keep beside it, an object.")
    access_points: list[AccessPointInput] | None = strawberry.field(
        default=None, description="Where consumers get the data; the domain's patterns when not given."
    )
    contract: DataContractInput | None = strawberry.field(default=None, description="Its first contract.")
    dependencies: list[DependencyInput] | None = strawberry.field(default=None, description="What it is made from.")


@strawberry.input(description="What to change of a data product; what is left out stays, null empties it.")
class DataProductUpdateInput:
    description: str | None = strawberry.field(default=UNSET, description="What the data is.")
    owner_team: str | None = strawberry.field(default=UNSET, description="The team that answers for it; never null.")
    type: ProductType | None = strawberry.field(default=UNSET, description="What it is made from; never null.")
    version: str | None = strawberry.field(default=UNSET, description="Semantic version; never null.")
    tags: list[str] | None = strawberry.field(default=UNSET, description="All of its tags.")
    metadata: JSON | None = strawberry.field(default=UNSET, description="All of its metadata, an object.")
    access_points: list[AccessPointInput] | None = strawberry.field(
        default=UNSET, description="All of its access points."
    )


def to_domain(given: DomainInput) -> inputs.DomainInput:
    return inputs.DomainInput(given.name, given.owner_team, given.description, to_defaults(given.defaults))


def to_defaults(given: DomainDefaultsInput | None) -> dict[str, object] | None:
    if given is None:
        return None
    said = mapping(given)
    if given.classification_by_product is not None:
        said["classification_by_product"] = {one.product: one.classification for one in given.classification_by_product}
    if given.retention_by_product is not None:
        said["retention_by_product"] = {one.product: {"days": one.days} for one in given.retention_by_product}
    return said


def to_domain_changes(given: DomainUpdateInput) -> dict[str, object]:
    """What was given, null included, under its GraphQL name."""
    defaults = given.defaults if given.defaults is UNSET else to_defaults(given.defaults)
    said = {"description": given.description, "ownerTeam": given.owner_team, "defaults": defaults}
    return {key: value for key, value in said.items() if value is not UNSET}


def to_dependency(given: DependencyInput) -> inputs.DependencyInput:
    return inputs.DependencyInput(given.provider, given.fields, given.contract_version, given.kind)


def to_product(given: DataProductInput) -> inputs.ProductInput:
    return inputs.ProductInput(
        domain=given.domain,
        name=given.name,
        type=given.type,
        description=given.description,
        owner_team=given.owner_team,
        version=given.version,
        tags=given.tags,
        metadata=given.metadata,
        access_points=None if given.access_points is None else mapping(given.access_points),
        contract=None if given.contract is None else mapping(given.contract),
        dependencies=None if given.dependencies is None else [to_dependency(one) for one in given.dependencies],
    )


def to_changes(given: DataProductUpdateInput) -> dict[str, object]:
    """What was given, null included, under its GraphQL name."""
    said = {
        "description": given.description,
        "ownerTeam": given.owner_team,
        "type": given.type,
        "version": given.version,
        "tags": given.tags,
        "metadata": given.metadata,
        "accessPoints": mapping(given.access_points),
    }
    return {key: value for key, value in said.items() if value is not UNSET}
