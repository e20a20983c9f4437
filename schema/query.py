"""The root type `Query`. Each field parses its arguments, calls one resolver function and wraps the result."""

from typing import Annotated

import strawberry

from resolvers.audit import queries
from resolvers.catalog import change_requests, domains, policies
from resolvers.catalog.edge_prefetch import PrefetchPlan
from resolvers.catalog.past_products import product_then
from resolvers.catalog.products import products_along
from resolvers.discovery.search import discover
from resolvers.governance.report import one_report
from resolvers.governance.requirements import requirements as requirements_of
from resolvers.graph.product_references import is_urn, plain_urn
from resolvers.lineage import Direction, Level
from resolvers.lineage.loader import one_lineage
from resolvers.loading.nodes import find_node
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import ProductStatus, ProductType
from resolvers.paging.connection import page_size
from resolvers.templates import queries as template_queries
from resolvers.webhooks import read as webhooks_read
from schema.arguments import After, AsOf, AsOfLineage, AsOfProduct, ContractId, First, ProductId
from schema.audit_event import AuditEventConnection, AuditFilter, to_audit_filter
from schema.change_request import ChangeRequestConnection, ChangeRequestFilter, to_request_filter
from schema.compliance import ComplianceReport, ComplianceScopeInput, to_report_scope
from schema.compliance_history import compliance_history
from schema.context import Info
from schema.data_contract import DataContract
from schema.data_product import DataProduct, DataProductConnection
from schema.domain import Domain, DomainConnection
from schema.input_conversion import mapping
from schema.lineage import Depth, DirectionAsked, LevelAsked, LineageGraph, MaxNodes, Roots, to_question
from schema.node import Node
from schema.policy import PolicyConnection, PolicyScopeInput, to_scope
from schema.preview import data_product_preview
from schema.product_filter import DataProductFilter, DataProductOrder, to_filter
from schema.product_reference import to_contract_id, to_product_id
from schema.requirement import Requirement
from schema.selection import branches_here, branches_on_page
from schema.template import AfterUrn, ProductTemplate, TemplateName, TemplateUse, TemplateVersion
from schema.viewer import Viewer
from schema.webhook import Webhook, WebhookConnection
from schema.what_if import ImpactChangeInput, ImpactReport, one_what_if

Search = Annotated[
    str | None,
    strawberry.argument(
        description="Words that must all occur in name, description, tags or field names, or begin a word there. "
        'Or a query: "phrase", prefix*, typo~, AND OR NOT ( ), name: description: tags: fields:'
    ),
]
Retired = Annotated[bool, strawberry.argument(description="Whether to include retired policies.")]


@strawberry.type(description="Queries.")
class Query:
    @strawberry.field(description="Any node by its id; null if it does not exist.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return await find_node(info.context.loaders, id)

    @strawberry.field(description="A domain by name.")
    async def domain(self, info: Info, name: str) -> Domain | None:
        return await info.context.loaders.domain_by_name.one(name)

    @strawberry.field(description="All domains, ordered by name.")
    def domains(self, info: Info, first: First = None, after: After = None) -> DomainConnection | None:
        return domains.listing(info.context.store, first, after)

    @strawberry.field(description="A data product by id or urn. Give exactly one of them; `id` takes a urn too.")
    async def data_product(
        self, info: Info, id: strawberry.ID | None = None, urn: str | None = None, as_of: AsOfProduct = None
    ) -> DataProduct | None:
        if (id is None) == (urn is None):
            raise UserFault(UserErrorCode.INVALID_INPUT, "Give exactly one of `id` and `urn`.", ("id",))
        if as_of is not None:
            return await product_then(info.context.store, str(id or urn), as_of, info.context.now)
        if id is not None and is_urn(id):
            id, urn = None, id
        urn = None if urn is None else plain_urn(urn)
        loaders, branches = info.context.loaders, branches_here(info)
        if branches:
            along = loaders.once(products_along, "id" if id is not None else "urn", branches)
            return await along.load(str(id if id is not None else urn))
        if id is not None:
            return await loaders.product.one(id)
        return await loaders.product_by_urn.one(str(urn))

    @strawberry.field(description="Data products by filter or full text, or all of them, in pages that never overlap.")
    def data_products(
        self,
        info: Info,
        filter: DataProductFilter | None = None,
        search: Search = None,
        order_by: DataProductOrder | None = None,
        first: First = None,
        after: After = None,
    ) -> DataProductConnection | None:
        order, direction = (order_by.field, order_by.direction) if order_by else (None, None)
        context = info.context
        along = PrefetchPlan(context.loaders, branches_on_page(info))
        return discover(
            context.store, to_filter(filter), search, order, direction, first, after, context.product_fields, along
        )

    @strawberry.field(description="A version of a data contract by id, by `urn@version`, or by urn: the one in force.")
    async def data_contract(self, info: Info, id: ContractId) -> DataContract | None:
        return await info.context.loaders.contract.one(await to_contract_id(info, id))

    @strawberry.field(
        description=("Direct and indirect providers and consumers of some products, and what the answer leaves out.")
    )
    async def lineage(
        self,
        info: Info,
        roots: Roots,
        direction: DirectionAsked = Direction.BOTH,
        depth: Depth = 5,
        max_nodes: MaxNodes = 1000,
        level: LevelAsked = Level.PRODUCT,
        as_of: AsOfLineage = None,
    ) -> LineageGraph | None:
        question = to_question(info, direction, depth, max_nodes, as_of, roots)
        return await info.context.loaders.once(one_lineage, question, info.context.now)()

    @strawberry.field(description="What the policies in force require of such a product, ordered by policy.")
    async def requirements(
        self, info: Info, domain: str, type: ProductType, status: ProductStatus = ProductStatus.DEVELOPMENT
    ) -> list[Requirement] | None:
        context = info.context
        return await requirements_of(context.store, domain, type, status, context.now)

    @strawberry.field(
        description="Templates by name, latest version first. With `domain`, only those that the domain may use."
    )
    async def templates(
        self, info: Info, domain: str | None = None, retired: bool = False
    ) -> list[ProductTemplate] | None:
        return await template_queries.templates(info.context.store, None, domain, retired)

    @strawberry.field(description="A version of a template, including retired ones; null if it does not exist.")
    async def template(self, info: Info, name: TemplateName, version: TemplateVersion = None) -> ProductTemplate | None:
        return await template_queries.template(info.context.store, name, version)

    @strawberry.field(description="Products that were made from a template, ordered by urn.")
    async def products_from_template(
        self, info: Info, name: TemplateName, outdated: bool = False, first: First = None, after: AfterUrn = None
    ) -> list[TemplateUse] | None:
        size = page_size(first)
        return await template_queries.products_from(info.context.store, name, outdated, size, after)

    @strawberry.field(description="Policies of one scope or of all, ordered by name.")
    async def policies(
        self,
        info: Info,
        scope: PolicyScopeInput | None = None,
        include_retired: Retired = False,
        first: First = None,
        after: After = None,
    ) -> PolicyConnection | None:
        context = info.context
        scope_filter = await to_scope(info, scope)
        return policies.listing(context.store, scope_filter, include_retired, context.now, first, after)

    @strawberry.field(description="Compliance of the mesh, a domain or some products with the policies in force.")
    async def compliance_report(
        self, info: Info, scope: ComplianceScopeInput | None = None, as_of: AsOf = None
    ) -> ComplianceReport | None:
        context = info.context
        return await context.loaders.once(one_report, await to_report_scope(info, scope), as_of)()

    data_product_preview = strawberry.field(
        data_product_preview, description="Rows of an output, each checked against the contract; at most 1,000."
    )
    compliance_history = strawberry.field(
        compliance_history, description="Compliance over time by domain, as recorded from the audit log."
    )

    @strawberry.field(description="Consumers that a change would break, and the domains that would have to approve.")
    async def impact(self, info: Info, product_id: ProductId, change: ImpactChangeInput) -> ImpactReport | None:
        id, payload = await to_product_id(info, product_id), mapping(change)
        return await info.context.loaders.once(one_what_if, id, repr(payload), payload=payload)()

    @strawberry.field(description="Change requests, newest first.")
    async def change_requests(
        self, info: Info, filter: ChangeRequestFilter | None = None, first: First = None, after: After = None
    ) -> ChangeRequestConnection | None:
        return change_requests.listing(info.context.store, await to_request_filter(info, filter), first, after)

    @strawberry.field(description="The audit log, newest first.")
    async def audit_events(
        self, info: Info, filter: AuditFilter | None = None, first: First = None, after: After = None
    ) -> AuditEventConnection | None:
        return queries.listing(info.context.store, await to_audit_filter(info, filter), first, after)

    @strawberry.field(description="A webhook. Visible to role governance and to the caller who registered it.")
    async def webhook(self, info: Info, id: strawberry.ID) -> Webhook | None:
        return await webhooks_read.find(info.context.store, info.context.caller, id)

    @strawberry.field(
        description="Webhooks in order of registration: all for role governance, otherwise the caller's own."
    )
    def webhooks(
        self,
        info: Info,
        domain: str | None = None,
        include_retired: Annotated[bool, strawberry.argument(description="Whether to include retired ones.")] = False,
        first: First = None,
        after: After = None,
    ) -> WebhookConnection | None:
        context = info.context
        return webhooks_read.listing(context.store, context.caller, domain, include_retired, first, after)

    @strawberry.field(description="The caller and their permissions.")
    def viewer(self, info: Info) -> Viewer:
        return info.context.caller
