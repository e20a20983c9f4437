"""Requirements of a kind of product, derived from the policies in force."""

import sys
from typing import Any, LiteralString, NamedTuple

from resolvers.governance.engine.active_policies import policies_in_force
from resolvers.governance.engine.binding import Bound
from resolvers.graph.store import Store
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Policy, ProductStatus, ProductType

# Fields of DataProductInput, or arguments of dataProductTransition, that a built-in rule looks at.
FIELDS: dict[str, tuple[str, ...]] = {
    "data_classification_required": ("contract.classification",),
    "retention_policy_required": ("contract.retention",),
    "minimum_sla_requirements": ("contract.sla",),
    "schema_documentation_required": ("description", "contract.jsonSchema"),
    "owner_required": ("ownerTeam",),
    "production_ready": ("contract", "description", "accessPoints"),
    "stable_dependencies": ("dependencies",),
    "successor_for_deprecated": ("successor", "sunset"),
    "acyclic_dependencies": ("dependencies",),
    "classification_flow": ("contract.classification", "dependencies"),
    "retention_flow": ("contract.retention", "dependencies"),
    "pinned_cross_domain_contracts": ("dependencies",),
    "infrastructure_provisioned": ("accessPoints",),
    "quality_run_passed": ("accessPoints", "contract.quality"),
    "quality_history_good": ("accessPoints", "contract.quality"),
    "service_levels_met": ("contract.sla",),
}
# Parameters that name the statuses in which a rule judges.
STATUSES = ("statuses", "of")


class Requirement(NamedTuple):
    """`fields` are paths in DataProductInput, empty where the rule names none; `message` is what the rule asks for."""

    policy: Policy
    rule: str | None
    parameters: dict[str, Any]
    fields: tuple[str, ...]
    message: str


DOMAIN: LiteralString = "MATCH (d:Domain {name: $name}) RETURN d.name"


async def requirements(
    store: Store, domain: str, type: ProductType, status: ProductStatus, now: str
) -> list[Requirement]:
    """One for each policy in force that a product of that domain, type and status would be judged by, by name. Raises
    `UserFault` NOT_FOUND for a domain that is not there."""
    if await store.read(DOMAIN, name=domain) is None:
        message = f"There is no domain '{domain[:200]}': register it first."
        raise UserFault(UserErrorCode.NOT_FOUND, message, ("domain",))
    policies = await policies_in_force(store.read, now)
    requested = [one for one in policies if one.policy.product_id is None and one.policy.domain in (None, domain)]
    return [_requirement(one) for one in requested if _concerns(one, type, status)]


def _concerns(bound: Bound, type: ProductType, status: ProductStatus) -> bool:
    named = [getattr(bound.parameters, key) for key in STATUSES if hasattr(bound.parameters, key)]
    if any(status not in statuses for statuses in named):
        return False
    if type in getattr(bound.parameters, "except_types", ()):
        return False
    return bound.rule.name != "successor_for_deprecated" or status is ProductStatus.DEPRECATED


def _requirement(bound: Bound) -> Requirement:
    policy = bound.policy
    if policy.rule_kind != "BUILTIN":
        return Requirement(policy, None, {}, (), policy.description or policy.name)
    rule_text = (sys.modules[bound.rule.check.__module__].__doc__ or policy.name).strip().partition("\n\n")[0]
    message = " ".join(rule_text.split())
    parameters = bound.parameters.model_dump(mode="json")
    return Requirement(policy, bound.rule.name, parameters, FIELDS.get(bound.rule.name, ()), message)
