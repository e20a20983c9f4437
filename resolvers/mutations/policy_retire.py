"""Retires a policy with its current and scheduled versions. Nothing is deleted."""

from typing import LiteralString

from resolvers.governance.engine.binding import scope_key
from resolvers.governance.governed_write import write
from resolvers.graph import projections
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller, permit
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Policy
from resolvers.mutations.locked_product import find_product
from resolvers.mutations.policy_define import document
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

POLICY: LiteralString = f"MATCH (y:Policy {{id: $id}}) RETURN {projections.POLICY}"
RETIRE: LiteralString = f"""
MATCH (version:Policy {{scopeKey: $scope_key, name: $name}}) WHERE version.retiredAt IS NULL OR version.retiredAt > $now
SET version.retiredAt = $now REMOVE version.replacedBy
WITH count(version) AS ended
MATCH (y:Policy {{id: $id}})
RETURN [ended, {projections.POLICY}]
"""


async def retire_policy(store: Store, caller: Caller, policy_id: str, options: WriteOptions = DEFAULTS) -> Outcome:
    """`thing` is the `Policy` with its `retired_at`. Faults: NOT_FOUND, INVALID_INPUT (retired already), FORBIDDEN."""
    return await write(store, caller, Action.DEFINE_DOMAIN_POLICY, lambda: plan(caller, policy_id), options)


def plan(caller: Caller, policy_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        policy = await find_policy(tx, policy_id)
        if policy is None:
            return LockedState(faults=(no_policy(policy_id),))
        await permit_policy(tx, caller, policy)
        return LockedState(policy)

    async def apply(tx: Transaction, policy: Policy, now: str) -> Change:
        key = scope_key(policy.scope, policy.domain, policy.product_id)
        ended, row = await tx.run(RETIRE, id=policy.id, scope_key=key, name=policy.name, now=now)
        if not ended:
            raise UserFault(UserErrorCode.INVALID_INPUT, f"This policy was retired at {policy.retired_at}.", ("id",))
        retired = Policy(*row)
        return Change(retired, "POLICY", policy.id, policy.domain, document(policy), document(retired))

    return Write(
        name="policyRetire",
        action=None,  # which right it takes depends on the policy: `look` asks
        document=[policy_id],
        locks=Locks((policy_id,)),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


async def find_policy(tx: Transaction, policy_id: str) -> Policy | None:
    row = await tx.run(POLICY, id=policy_id)
    return None if row is None else Policy(*row)


def no_policy(policy_id: str, at: tuple[str, ...] = ("id",)) -> UserFault:
    return UserFault(UserErrorCode.NOT_FOUND, f"There is no policy '{policy_id[:200]}'.", at)


async def permit_policy(tx: Transaction, caller: Caller, policy: Policy) -> None:
    """Raises `UserFault` unless `caller` may write the policy: governance any, a domain's owner those in the domain."""
    if policy.scope == "MESH":
        return permit(caller, Action.DEFINE_MESH_POLICY)
    product = await find_product(tx, policy.product_id) if policy.product_id else None
    return permit(caller, Action.DEFINE_DOMAIN_POLICY, product.domain if product else policy.domain)
