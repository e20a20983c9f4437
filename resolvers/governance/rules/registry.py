"""Registry of the built-in rules. A new rule is a file in this folder, a row here and a test; then run
`python -m scripts.reference_pages`."""

from resolvers.governance.rules import (
    acyclic_dependencies,
    classification_flow,
    data_classification_required,
    infrastructure_provisioned,
    minimum_sla_requirements,
    owner_required,
    pinned_cross_domain_contracts,
    production_ready,
    quality_history_good,
    quality_run_passed,
    retention_flow,
    retention_policy_required,
    schema_documentation_required,
    service_levels_met,
    stable_dependencies,
    successor_for_deprecated,
)
from resolvers.governance.rules.rule import Rule

BUILTIN: dict[str, Rule] = {
    module.RULE.name: module.RULE
    for module in (
        data_classification_required,
        retention_policy_required,
        minimum_sla_requirements,
        schema_documentation_required,
        owner_required,
        production_ready,
        stable_dependencies,
        successor_for_deprecated,
        acyclic_dependencies,
        classification_flow,
        retention_flow,
        pinned_cross_domain_contracts,
        infrastructure_provisioned,
        quality_run_passed,
        quality_history_good,
        service_levels_met,
    )
}
