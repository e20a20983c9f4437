"""The closed table of built-in rules. A new one is a file beside this, a row here and in docs/governance.md, a test."""

from resolvers.policies import (
    data_classification_required,
    minimum_sla_requirements,
    retention_policy_required,
    schema_documentation_required,
)
from resolvers.policies.rule import Rule

BUILTIN: dict[str, Rule] = {
    module.RULE.name: module.RULE
    for module in (
        data_classification_required,
        retention_policy_required,
        minimum_sla_requirements,
        schema_documentation_required,
    )
}
