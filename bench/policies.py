"""The policies under which reports and writes are measured: such as every mesh has, and as plain Cypher can check too.

What warns finds much in the bench's mesh. What refuses holds for the products that the bench writes to.
"""

from collections.abc import Iterable

from bench.caller import CALLER
from resolvers.governance.engine.active_policies import policies_in_force
from resolvers.governance.engine.definition import PolicyInput
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.mutations.policy_define import define_policy
from resolvers.mutations.policy_retire import retire_policy
from resolvers.writes.pipeline import Outcome

WARNING = (
    "data_classification_required",
    "owner_required",
    "pinned_cross_domain_contracts",
    "retention_policy_required",
)
FEW_TAGS, FEW_TAGS_RULE = "few_tags", "product.tags.size() <= 10"
REFUSING = (FEW_TAGS, "production_ready", "schema_documentation_required")


def bench_policies() -> list[PolicyInput]:
    """Of the whole mesh, named for their rules."""
    return [
        *(PolicyInput(name, "ADVISORY", builtin(name)) for name in WARNING),
        *(PolicyInput(name, "MANDATORY", builtin(name)) for name in REFUSING if name != FEW_TAGS),
        PolicyInput(FEW_TAGS, "MANDATORY", {"expression": FEW_TAGS_RULE}),
    ]


def builtin(name: str) -> dict[str, object]:
    return {"builtin": {"name": name, "parameters": {}}}


async def put_in_force(store: Store, policies: Iterable[PolicyInput]) -> None:
    """These and no others; those that hold already stay as they are."""
    policies = list(policies)
    names = {given.name for given in policies}
    for bound in await policies_in_force(store.read, clock.now()):
        if bound.policy.name not in names:
            done(await retire_policy(store, CALLER, bound.policy.id))
    for given in policies:
        done(await define_policy(store, CALLER, given))


def done(outcome: Outcome) -> None:
    if outcome.thing is None:
        raise RuntimeError(f"a policy of the bench: {[fault.message for fault in outcome.user_errors]}")
