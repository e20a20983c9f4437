"""A domain: the team and the boundary that data products belong to."""

from typing import Any

import strawberry
from strawberry import Parent

from resolvers.discovery.products_by_domain import products_of
from resolvers.governance.report import domain_reports
from resolvers.loading.snapshots import present
from resolvers.model import json_fields, records
from resolvers.quality.records import domain_quality
from resolvers.service_levels.report import domain_levels
from schema.arguments import After, AsOf, First
from schema.compliance import ComplianceReport
from schema.connection import Connection
from schema.context import Info
from schema.node import Node
from schema.policy import Policy
from schema.product_filter import DataProductFilter, to_filter
from schema.product_metrics import LENGTH, MONTH
from schema.quality import DomainQuality
from schema.references import DataProductConnectionReference
from schema.scalars import JSON, DateTime
from schema.sla_report import SlaReport


@strawberry.type(description="A rule that rows of a domain's products keep.")
class BusinessRule:
    id: str = strawberry.field(description="Unique in the domain.")
    description: str | None = strawberry.field(default=None, description="What it means.")
    sql: str | None = strawberry.field(default=None, description="A condition over columns.")
    cel: str | None = strawberry.field(default=None, description="A CEL expression over `row`.")
    products: list[str] = strawberry.field(
        default_factory=list, description="Names of the products it concerns; empty: all that have its columns."
    )


@strawberry.federation.type(keys=["id", "name"], description="A part of the organisation that owns data products.")
class Domain(Node):
    name: str = strawberry.field(description="Unique name, e.g. customer. It never changes.")
    description: str | None = strawberry.field(description="Description of the domain.")
    owner_team: str = strawberry.field(description="Name of the team that owns it.")
    created_at: DateTime = strawberry.field(description="When it was registered.")
    revision: int = strawberry.field(description="Number of changes; pass it as expectedRevision.")

    @strawberry.field(description="Its data products, ordered by name.")
    def data_products(
        domain: Parent[records.Domain],
        info: Info,
        filter: DataProductFilter | None = None,
        first: First = None,
        after: After = None,
    ) -> DataProductConnectionReference | None:
        return products_of(info.context.loaders, present(domain), to_filter(filter), first, after)

    @strawberry.field(description="Policies of the mesh and of the domain that are not retired.")
    async def policies(domain: Parent[records.Domain], info: Info) -> list[Policy] | None:
        return await info.context.loaders.domain_policies.load(domain.name)

    @strawberry.field(description="Compliance of its products with the policies.")
    async def compliance(domain: Parent[records.Domain], info: Info, as_of: AsOf = None) -> ComplianceReport | None:
        return await info.context.loaders.once(domain_reports, as_of).load(domain.name)

    @strawberry.field(description="Defaults for products and contracts of the domain, as JSON.")
    def defaults(domain: Parent[records.Domain]) -> JSON:
        return json_fields.domain_defaults(domain.defaults_json)

    @strawberry.field(description="Rules that rows of its products keep; quality runs check them.")
    def business_rules(domain: Parent[records.Domain]) -> list[BusinessRule]:
        return [BusinessRule(**rule) for rule in json_fields.business_rules(domain.defaults_json)]

    @strawberry.field(description="Quality of its products, by their latest runs.")
    async def quality(domain: Parent[records.Domain], info: Info) -> DomainQuality | None:
        return await domain_quality(info.context.store, domain.name)

    @strawberry.field(description="Service levels of its products, promised and measured.")
    async def sla_report(domain: Parent[records.Domain], info: Info, window: LENGTH = MONTH) -> SlaReport | None:
        return await domain_levels(info.context.store, window, domain.name)

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.Domain)


DomainConnection = Connection[Domain]
