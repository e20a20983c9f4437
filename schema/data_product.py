"""A data product: data that a team offers as a product."""

from functools import partial
from typing import Any

import strawberry
from strawberry import Parent

from resolvers.audit import queries
from resolvers.catalog import contracts
from resolvers.catalog.dependencies import edges_of
from resolvers.catalog.edge_prefetch import Side
from resolvers.discovery.search import ProductListing
from resolvers.governance.report import product_reports
from resolvers.graph.partial_records import is_part
from resolvers.infrastructure.queries import infrastructure_loader
from resolvers.lineage import Direction, Level, lineage_loader
from resolvers.loading.snapshots import present
from resolvers.model import json_fields, records
from resolvers.model.ids import plain_id
from resolvers.model.records import AccessKind, Classification, ProductStatus, ProductType
from resolvers.templates.queries import origin_loader
from schema.arguments import After, AsOf, AsOfLineage, First
from schema.audit_event import AuditEventConnection
from schema.compliance import ComplianceReport
from schema.connection import Connection
from schema.context import Info
from schema.data_contract import DataContract, DataContractConnection
from schema.dependency import DependencyConnection
from schema.domain import Domain
from schema.facets import DataProductFacets
from schema.infrastructure import Infrastructure
from schema.lineage import Depth, DirectionAsked, LevelAsked, LineageGraph, MaxNodes, to_question
from schema.loaded_fields import loaded
from schema.node import Node
from schema.product_metrics import LENGTH, MONTH, ProductMetrics, ProductServiceLevels, levels_loader
from schema.quality import ProductQuality
from schema.references import DataProductReference
from schema.scalars import JSON, Date, DateTime
from schema.selection import names_below, requested_ends


@strawberry.type(description="Where consumers get the data.")
class AccessPoint:
    kind: AccessKind = strawberry.field(description="Kind of access.")
    uri: str = strawberry.field(description="Address.")
    name: str = strawberry.field(description="Unique in the product; previews and quality runs name it.")
    format: str | None = strawberry.field(description="Data format; null means the contract's format.")
    options: JSON | None = strawberry.field(description="Options of the reader of its format.")


@strawberry.type(description="The template that a product was made from.")
class TemplateOrigin:
    name: str = strawberry.field(description="Name of the template.")
    version: str = strawberry.field(description="Version of the template that was used.")


@strawberry.federation.type(
    keys=["id", "urn"], description="Data that a team offers to others, described by a contract."
)
class DataProduct(Node):
    urn: str = strawberry.field(description="Unique readable name: urn:mesh:<domain>:<name>.")
    name: str = strawberry.field(description="Name, unique in the domain.")
    description: str = strawberry.field(description="Description of the data.")
    owner_team: str = strawberry.field(description="Name of the team that owns it.")
    type: ProductType = strawberry.field(description="Type of the product.")
    status: ProductStatus = strawberry.field(description="Lifecycle status.")
    version: str = strawberry.field(description="The product's own semantic version.")
    tags: list[str] = strawberry.field(description="Free-text tags.")
    classification: Classification | None = strawberry.field(description="Classification of the active contract.")
    revision: int = strawberry.field(description="Number of changes; pass it as expectedRevision.")
    created_at: DateTime = strawberry.field(description="When it was created.")
    updated_at: DateTime = strawberry.field(description="When it last changed.")
    sunset: Date | None = strawberry.field(description="Last day of a deprecated product; null if none is set.")

    domain: Domain = loaded(
        lambda loaders: loaders.domain,
        by="domain_id",
        description="The domain that it belongs to.",
    )
    contract: DataContract | None = loaded(
        lambda loaders: loaders.contract,
        by="contract_id",
        description="The active contract; null before the first one is published.",
    )
    successor: DataProductReference | None = loaded(
        lambda loaders: loaders.successor,
        by="successor",
        description="Product to use instead of a deprecated product; null if none is set. Below `asOf`, the "
        "successor of that time, with its fields as of that time.",
    )

    @strawberry.field(description="Free-form metadata of the team.")
    def metadata(product: Parent[records.Product]) -> JSON:
        return json_fields.document(product.metadata_json)

    @strawberry.field(description="Where consumers get the data.")
    def access_points(product: Parent[records.Product]) -> list[AccessPoint]:
        return json_fields.access_points(product.access_points_json)

    @strawberry.field(description="All versions of its contract, most recently published first.")
    def contracts(
        product: Parent[records.Product], info: Info, first: First = None, after: After = None
    ) -> DataContractConnection | None:
        return contracts.versions_of(info.context.loaders, present(product), first, after)

    @strawberry.field(description="Dependencies on its providers, ordered by the provider's urn.")
    def dependencies(
        product: Parent[records.Product], info: Info, first: First = None, after: After = None
    ) -> DependencyConnection | None:
        requested = partial(requested_ends, info, "provider")
        return edges_of(info.context.loaders, present(product), Side.DEPENDENCIES, first, after, requested)

    @strawberry.field(description="Dependencies of its consumers, ordered by the consumer's urn.")
    def consumers(
        product: Parent[records.Product], info: Info, first: First = None, after: After = None
    ) -> DependencyConnection | None:
        requested = partial(requested_ends, info, "consumer")
        return edges_of(info.context.loaders, present(product), Side.CONSUMERS, first, after, requested)

    @strawberry.field(description="Its providers and consumers, direct and indirect, and what the answer leaves out.")
    async def lineage(
        product: Parent[records.Product],
        info: Info,
        direction: DirectionAsked = Direction.BOTH,
        depth: Depth = 5,
        max_nodes: MaxNodes = 1000,
        level: LevelAsked = Level.PRODUCT,
        as_of: AsOfLineage = None,
    ) -> LineageGraph | None:
        question = to_question(info, direction, depth, max_nodes, as_of)
        return await info.context.loaders.once(lineage_loader, question, info.context.now).load(plain_id(product.id))

    @strawberry.field(description="Audit events of the product and its dependencies, newest first.")
    def audit_events(
        product: Parent[records.Product], info: Info, first: First = None, after: After = None
    ) -> AuditEventConnection | None:
        return queries.events_of(info.context.loaders, present(product), first, after)

    @strawberry.field(description="Compliance with the policies.")
    async def compliance(product: Parent[records.Product], info: Info, as_of: AsOf = None) -> ComplianceReport | None:
        return await info.context.loaders.once(product_reports, as_of).load(plain_id(product.id))

    @strawberry.field(
        description="The infrastructure that its contract implies, and the part of it that is provisioned. Null for a "
        "product that does not exist yet, in the payload of a dry run."
    )
    async def infrastructure(product: Parent[records.Product], info: Info) -> Infrastructure | None:
        return await info.context.loaders.once(infrastructure_loader).load(plain_id(product.id))

    @strawberry.field(description="The template that it was made from; null if it was made without one.")
    async def template(product: Parent[records.Product], info: Info) -> TemplateOrigin | None:
        return await info.context.loaders.once(origin_loader).load(plain_id(product.id))

    @strawberry.field(description="Quality runs over its outputs.")
    def quality(product: Parent[records.Product]) -> ProductQuality:
        return present(product)

    @strawberry.field(description="Metrics of the requests that were recorded for it.")
    def metrics(product: Parent[records.Product]) -> ProductMetrics:
        return present(product)

    @strawberry.field(description="Promised service levels and their measured values.")
    async def service_levels(
        product: Parent[records.Product], info: Info, window: LENGTH = MONTH
    ) -> ProductServiceLevels | None:
        return await info.context.loaders.once(levels_loader, window).load(plain_id(product.id))

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return is_part(obj, records.Product)


@strawberry.type(description="A page of data products in a stable order, with facets of the whole result.")
class DataProductConnection(Connection[DataProduct]):
    @strawberry.field(description="Facets of the whole result; each is computed only if selected.")
    async def facets(listing: Parent[ProductListing], info: Info) -> DataProductFacets | None:
        return await listing.facets(names_below(info))
