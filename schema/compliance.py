"""Compliance reports. The source of a report is a `resolvers.governance.report.Report`."""

import strawberry
from strawberry import Parent

from resolvers.governance import report as compliance_report
from resolvers.governance.engine.facts_cypher import MESH, Scope
from schema.arguments import After, First
from schema.loaded_fields import loaded
from schema.policy import Policy
from schema.policy_violation import PolicyViolationConnection
from schema.references import DomainReference
from schema.scalars import DateTime


@strawberry.type(description="How a domain's products keep to the policies.")
class DomainCompliance:
    overall_compliance: bool = strawberry.field(description="Whether none violates a mandatory policy unwaived.")
    checked_products: int = strawberry.field(description="How many products were looked at.")
    compliant_products: int = strawberry.field(description="How many of them have no violation.")
    violations: int = strawberry.field(description="Findings of mandatory policies that no waiver covers.")
    warnings: int = strawberry.field(description="All other findings: of advisory policies, or waived.")
    waived: int = strawberry.field(description="Findings that a waiver covers.")

    domain: DomainReference = loaded(lambda loaders: loaders.domain_by_name, by="key", description="The domain.")


@strawberry.type(description="How products keep to one policy.")
class PolicyCompliance:
    policy: Policy = strawberry.field(description="The policy, in the version that judged.")
    overall_compliance: bool = strawberry.field(description="Whether nothing violates it; an advisory one warns.")
    checked_products: int = strawberry.field(description="How many products are in its scope.")
    compliant_products: int = strawberry.field(description="How many of them have no violation.")
    violations: int = strawberry.field(description="Findings that refuse writes: mandatory and not waived.")
    warnings: int = strawberry.field(description="All other findings: advisory, or waived.")
    waived: int = strawberry.field(description="Findings that a waiver covers.")
    not_checked: str | None = strawberry.field(
        description="Why nothing can be told, and all counts are zero: a graph pattern has no past. Else null."
    )


@strawberry.type(description="How products keep to the policies in force, at one time.")
class ComplianceReport:
    overall_compliance: bool = strawberry.field(
        description="Whether no mandatory policy is violated; advisory and waived findings don't count."
    )
    generated_at: DateTime = strawberry.field(description="When the report was made.")
    as_of: DateTime = strawberry.field(description="The time it looks at.")
    checked_products: int = strawberry.field(description="How many products were looked at.")

    @strawberry.field(description="Findings of mandatory policies, by product; writes that cause them are refused.")
    def violations(
        report: Parent[compliance_report.Report], first: First = None, after: After = None
    ) -> PolicyViolationConnection:
        return compliance_report.listing(report, "violations", first, after)

    @strawberry.field(description="Findings of advisory policies and waived ones, by product.")
    def warnings(
        report: Parent[compliance_report.Report], first: First = None, after: After = None
    ) -> PolicyViolationConnection:
        return compliance_report.listing(report, "warnings", first, after)

    @strawberry.field(description="By domain, those with a product in the report.")
    def by_domain(report: Parent[compliance_report.Report]) -> list[DomainCompliance]:
        return compliance_report.by_domain(report)

    @strawberry.field(description="By policy in force, those that concern the report.")
    def by_policy(report: Parent[compliance_report.Report]) -> list[PolicyCompliance]:
        return compliance_report.by_policy(report)


@strawberry.input(one_of=True, description="What to report on: a domain, or some products.")
class ComplianceScopeInput:
    domain: str | None = strawberry.field(default=strawberry.UNSET, description="The domain of this name.")
    products: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="The products of these ids, at most 1000."
    )


def to_report_scope(given: ComplianceScopeInput | None) -> Scope:
    if given is None:
        return MESH
    if given.domain:
        return Scope(domains=(given.domain,))
    return compliance_report.product_scope(given.products or [])
