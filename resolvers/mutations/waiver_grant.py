"""Grants a waiver: a product may violate a policy until a time, with a reason."""

from typing import Any, LiteralString, NamedTuple

from resolvers.governance.engine.binding import applies, key_of
from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.ids import Prefix, new_id
from resolvers.model.records import Policy, Product
from resolvers.mutations.locked_product import no_product
from resolvers.mutations.policy_retire import find_policy, no_policy
from resolvers.writes import validation
from resolvers.writes.judgement import NOTHING, Waiver
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

MAX_REASON = 2_000


class PolicyAndProduct(NamedTuple):
    policy: Policy
    product: Product


async def grant_waiver(
    store: Store,
    caller: Caller,
    policy_id: str,
    product_id: str,
    reason: str,
    expires_at: str,
    options: WriteOptions = DEFAULTS,
) -> Outcome:
    """`thing` is the `Waiver`; it covers every version of the policy. It takes role governance.

    Faults: INVALID_INPUT (reason, expiry not to come, product outside the policy's scope), NOT_FOUND, FORBIDDEN.
    """
    planned = (caller, policy_id, product_id, reason, expires_at)
    return await write(store, caller, Action.GRANT_WAIVER, lambda: plan(*planned), options)


def plan(caller: Caller, policy_id: str, product_id: str, reason: str, expires_at: str) -> Write:
    faults = validation.Faults()
    said = validation.text(faults, reason, ("reason",), MAX_REASON)
    faults.raise_any()

    async def look(tx: Transaction, products: Products) -> LockedState:
        policy, product = await find_policy(tx, policy_id), products.get(product_id)
        absent = (
            *(() if policy else (no_policy(policy_id, ("policyId",)),)),
            *(() if product else (no_product(product_id, ("productId",)),)),
        )
        return LockedState(PolicyAndProduct(policy, product) if policy and product else None, (), absent)

    async def apply(tx: Transaction, state: PolicyAndProduct, now: str) -> Change:
        check(state, expires_at, now)
        name, scope_key = key_of(state.policy)
        waiver = Waiver(new_id(Prefix.WAIVER), name, scope_key, product_id, said, caller.name, now, expires_at)
        await tx.run(GRANT, waiver=document(waiver))
        return Change(waiver, "WAIVER", waiver.id, state.product.domain, None, document(waiver))

    return Write(
        name="waiverGrant",
        action=Action.GRANT_WAIVER,
        document=[policy_id, product_id, reason, expires_at],
        locks=Locks((policy_id, product_id), products=(product_id,)),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


GRANT: LiteralString = "CREATE (w:Waiver) SET w = $waiver RETURN w.id"


def check(state: PolicyAndProduct, expires_at: str, now: str) -> None:
    if expires_at <= now:
        raise UserFault(
            UserErrorCode.INVALID_INPUT, f"{expires_at} is in the past: the waiver would never apply.", ("expiresAt",)
        )
    if state.policy.retired_at is not None and state.policy.retired_at <= now:
        message = "This version of the policy is retired: name the one in force."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("policyId",))
    if not applies(state.policy, state.product.id, state.product.domain):
        message = f"Policy '{state.policy.name}' does not hold for '{state.product.urn}': there is nothing to waive."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("productId",))


def document(waiver: Waiver) -> dict[str, Any]:
    return {
        "id": waiver.id,
        "policyName": waiver.policy_name,
        "scopeKey": waiver.scope_key,
        "productId": waiver.product_id,
        "reason": waiver.reason,
        "grantedBy": waiver.granted_by,
        "grantedAt": waiver.granted_at,
        "expiresAt": waiver.expires_at,
    }
