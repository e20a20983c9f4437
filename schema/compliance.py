"""Compliance reports. The source of a report is a `resolvers.governance.report.Report`."""

import strawberry
from strawberry import Parent

from resolvers.governance import report as compliance_report
from resolvers.governance.engine.facts_cypher import MESH, Scope
from resolvers.model.portions import giving_way
from schema.arguments import After, First
from schema.context import Info
from schema.loaded_fields import loaded
from schema.policy import Policy
from schema.policy_violation import PolicyViolationConnection
from schema.product_reference import to_product_ids
from schema.references import DomainReference
from schema.scalars import DateTime


@strawberry.type(description="Compliance of a domain's products.")
class DomainCompliance:
    overall_compliance: bool = strawberry.field(description="True if no mandatory policy is violated without a waiver.")
    checked_products: int = strawberry.field(description="Number of products evaluated.")
    compliant_products: int = strawberry.field(description="Number of products without a violation.")
    violations: int = strawberry.field(description="Number of findings of mandatory policies without a waiver.")
    warnings: int = strawberry.field(description="Number of all other findings: advisory or waived.")
    waived: int = strawberry.field(description="Number of findings covered by a waiver.")

    domain: DomainReference = loaded(lambda loaders: loaders.domain_by_name, by="key", description="The domain.")


@strawberry.type(description="Compliance with one policy.")
class PolicyCompliance:
    policy: Policy = strawberry.field(description="The policy, in the version that was evaluated.")
    overall_compliance: bool = strawberry.field(
        description="True if there are no violations. Findings of an advisory policy are warnings."
    )
    checked_products: int = strawberry.field(description="Number of products in the policy's scope.")
    compliant_products: int = strawberry.field(description="Number of products without a violation.")
    violations: int = strawberry.field(description="Number of findings that refuse writes: mandatory and not waived.")
    warnings: int = strawberry.field(description="Number of all other findings: advisory or waived.")
    waived: int = strawberry.field(description="Number of findings covered by a waiver.")
    not_checked: str | None = strawberry.field(
        description=(
            "Why the policy was not evaluated and all counts are zero: a graph pattern "
            "cannot be evaluated for the past. Otherwise null."
        )
    )


@strawberry.type(description="Compliance of products with the policies in force at one time.")
class ComplianceReport:
    overall_compliance: bool = strawberry.field(
        description="True if no mandatory policy is violated. Advisory and waived findings do not count."
    )
    generated_at: DateTime = strawberry.field(description="When the report was made.")
    as_of: DateTime = strawberry.field(description="The time that it reports on.")
    checked_products: int = strawberry.field(description="Number of products evaluated.")

    @strawberry.field(
        description="Findings of mandatory policies, ordered by product. A write that causes one is refused."
    )
    def violations(
        report: Parent[compliance_report.Report], first: First = None, after: After = None
    ) -> PolicyViolationConnection | None:
        return compliance_report.listing(report, "violations", first, after)

    @strawberry.field(description="Findings of advisory policies and waived findings, ordered by product.")
    def warnings(
        report: Parent[compliance_report.Report], first: First = None, after: After = None
    ) -> PolicyViolationConnection | None:
        return compliance_report.listing(report, "warnings", first, after)

    @strawberry.field(description="Compliance of each domain with a product in the report.")
    async def by_domain(report: Parent[compliance_report.Report]) -> list[DomainCompliance]:
        return await giving_way(compliance_report.by_domain(report))

    @strawberry.field(description="Compliance with each policy in force that applies to a product in the report.")
    async def by_policy(report: Parent[compliance_report.Report]) -> list[PolicyCompliance]:
        return await giving_way(compliance_report.by_policy(report))


@strawberry.input(one_of=True, description="Scope of a report: a domain, or some products.")
class ComplianceScopeInput:
    domain: str | None = strawberry.field(default=strawberry.UNSET, description="The domain of this name.")
    products: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="The products of these ids or urns, at most 1000."
    )


async def to_report_scope(info: Info, payload: ComplianceScopeInput | None) -> Scope:
    if payload is None:
        return MESH
    if isinstance(payload.domain, str):
        return Scope(domains=(payload.domain,))
    scope = compliance_report.product_scope(payload.products or [])
    return scope._replace(ids=tuple(dict.fromkeys(await to_product_ids(info, list(scope.ids or ())))))
