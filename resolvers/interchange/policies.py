"""Policies and waivers of an import and an export: compared with existing ones, then written."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.governance.engine.binding import scope_key
from resolvers.governance.engine.definition import check_definition
from resolvers.graph import projections
from resolvers.graph.store import Store
from resolvers.interchange.documents import PolicyItem, WaiverItem, reason
from resolvers.model import clock
from resolvers.model.access import Caller
from resolvers.model.errors import UserFault
from resolvers.model.records import Policy
from resolvers.mutations.policy_define import define_policy
from resolvers.mutations.waiver_grant import grant_waiver
from resolvers.writes.pipeline import DEFAULTS, WriteOptions


class LivePolicy(NamedTuple):
    """A version that is in force or will be; `product` is the urn of the one product that it holds for. Policies of
    retired products, which judge nothing, stay out of it, and so do their waivers."""

    policy: Policy
    product: str | None


class LiveWaiver(NamedTuple):
    """A waiver that still counts, of a policy that has a version in force or to come."""

    policy: str
    domain: str | None
    policy_product: str | None
    product: str
    reason: str
    expires_at: str


class Governed(NamedTuple):
    """How many policies and waivers were added, and of how many all was so already; `reasons` say what was refused."""

    policies: int = 0
    waivers: int = 0
    known: int = 0
    reasons: tuple[str, ...] = ()


LIVE: LiteralString = f"""
MATCH (y:Policy) WHERE y.retiredAt IS NULL OR y.retiredAt > $now
OPTIONAL MATCH (p:DataProduct {{id: y.productId}})
WITH y, p WHERE p IS NULL OR p.status <> 'RETIRED'
WITH y, p ORDER BY y.name, y.scopeKey, y.version
RETURN collect([{projections.POLICY}, p.urn])
"""
WAIVERS: LiteralString = """
MATCH (w:Waiver) WHERE w.expiresAt > $now
MATCH (p:DataProduct {id: w.productId}) WHERE p.status <> 'RETIRED'
MATCH (y:Policy {name: w.policyName, scopeKey: w.scopeKey}) WHERE y.retiredAt IS NULL OR y.retiredAt > $now
OPTIONAL MATCH (q:DataProduct {id: y.productId})
WITH DISTINCT y.name AS policy, y.domain AS domain, q.urn AS scope, p.urn AS urn, w.reason AS reason,
  w.expiresAt AS until
ORDER BY policy, domain, scope, urn, until, reason
RETURN collect([policy, domain, scope, urn, reason, until])
"""


async def live_policies(store: Store) -> list[LivePolicy]:
    return [LivePolicy(Policy(*row), urn) for row, urn in await store.read(LIVE, now=clock.now())]


async def live_waivers(store: Store) -> list[LiveWaiver]:
    return [LiveWaiver(*row) for row in await store.read(WAIVERS, now=clock.now())]


def policy_document(live: LivePolicy) -> dict[str, Any]:
    """`effectiveFrom` is there while it is to come: an import takes effect at once otherwise."""
    policy = live.policy
    later = policy.effective_from if policy.effective_from > clock.now() else None
    values = {
        "kind": "Policy",
        "name": policy.name,
        "description": policy.description,
        "enforcement": policy.enforcement,
        "domain": policy.domain,
        "product": live.product,
        "rule": rule_document(policy),
        "effectiveFrom": later,
        "paused": policy.paused or None,
    }
    return {key: value for key, value in values.items() if value is not None}


def rule_document(policy: Policy) -> dict[str, Any]:
    if policy.rule_kind == "EXPRESSION":
        return {"expression": policy.rule_text}
    if policy.rule_kind == "GRAPH_PATTERN":
        return {"graphPattern": policy.rule_text}
    return {"builtin": {"name": policy.rule_name, "parameters": orjson.loads(policy.parameters_json)}}


def waiver_document(live: LiveWaiver) -> dict[str, Any]:
    values = {
        "kind": "Waiver",
        "policy": live.policy,
        "policyDomain": live.domain,
        "policyProduct": live.policy_product,
        "product": live.product,
        "reason": live.reason,
        "expiresAt": live.expires_at,
    }
    return {key: value for key, value in values.items() if value is not None}


async def write_policies(
    store: Store,
    caller: Caller,
    policies: Sequence[PolicyItem],
    waivers: Sequence[WaiverItem],
    ids: Mapping[str, str],
    options: WriteOptions = DEFAULTS,
) -> Governed:
    """Policies first, those that hold at once before those that follow them. `ids` are products' by urn."""
    done = Governed()
    for item in sorted(policies, key=lambda one: one.payload.effective_from or ""):
        done = await define(store, caller, item, ids, done, options)
    for item in waivers:
        done = await grant(store, caller, item, ids, done, options)
    return done


async def define(
    store: Store, caller: Caller, item: PolicyItem, ids: Mapping[str, str], done: Governed, options: WriteOptions
) -> Governed:
    payload = item.payload
    if payload.product is not None and payload.product not in ids:
        return refused(done, f"{item.at} {payload.name}: Its product {payload.product} was left out.")
    now = clock.now()
    if payload.effective_from is not None and payload.effective_from <= now:  # that time has come since it was written
        payload = payload._replace(effective_from=None)
    payload = payload._replace(product=payload.product and ids[payload.product])
    if any(is_said(payload, live.policy, now) for live in await live_policies(store)):
        return done._replace(known=done.known + 1)
    outcome = await define_policy(store, caller, payload, options)
    if outcome.user_errors:
        return refused(done, *(faulty(item.at, fault, f"Policy {payload.name}") for fault in outcome.user_errors))
    return done._replace(policies=done.policies + 1)


def is_said(payload: Any, policy: Policy, now: str) -> bool:
    """Whether the version says what the document does, and holds from when it says."""
    definition = check_definition(payload)
    rule = definition.rule
    starts = policy.effective_from == payload.effective_from if payload.effective_from else policy.effective_from <= now
    parameters = rule.kind == "GRAPH_PATTERN" or rule.parameters_json == policy.parameters_json
    return (
        starts
        and parameters
        and (definition.name, definition.description, definition.scope, definition.domain, definition.product_id)
        == (policy.name, policy.description, policy.scope, policy.domain, policy.product_id)
        and (definition.enforcement, definition.paused, rule.kind, rule.name, rule.text)
        == (policy.enforcement, policy.paused, policy.rule_kind, policy.rule_name, policy.rule_text)
    )


async def grant(
    store: Store, caller: Caller, item: WaiverItem, ids: Mapping[str, str], done: Governed, options: WriteOptions
) -> Governed:
    name = f"Waiver of {item.policy} for {item.product}"
    waiver = LiveWaiver(item.policy, item.domain, item.policy_product, item.product, item.reason, item.expires_at)
    if item.expires_at <= clock.now() or waiver in await live_waivers(store):
        return done._replace(known=done.known + 1)
    if item.product not in ids or (item.policy_product and item.policy_product not in ids):
        return refused(done, f"{item.at} {name}: The product was left out.")
    scope = "PRODUCT" if item.policy_product else "DOMAIN" if item.domain else "MESH"
    key = scope_key(scope, item.domain, item.policy_product and ids[item.policy_product])
    versions = [live.policy for live in await live_policies(store) if live.policy.name == item.policy]
    own = [one.id for one in versions if scope_key(one.scope, one.domain, one.product_id) == key]
    if not own:
        return refused(done, f"{item.at} {name}: There is no such policy, here or in the mesh.")
    outcome = await grant_waiver(store, caller, own[0], ids[item.product], item.reason, item.expires_at, options)
    if outcome.user_errors:
        return refused(done, *(faulty(item.at, fault, name) for fault in outcome.user_errors))
    return done._replace(waivers=done.waivers + 1)


def faulty(at: str, fault: UserFault, name: str) -> str:
    return reason(at, fault, name)


def refused(done: Governed, *reasons: str) -> Governed:
    return done._replace(reasons=(*done.reasons, *reasons))
