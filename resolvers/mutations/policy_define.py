"""Defines a policy or its next version; the previous version ends where the new one begins.

Name and scope identify a policy. A policy of a domain or product is judged in addition to those of the mesh. It can add
to them and never loosen them, whatever its name or enforcement.
"""

from datetime import timedelta
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.governance.engine.binding import bind, scope_key
from resolvers.governance.engine.definition import INPUT, MAX_PATTERN, Definition, PolicyInput, check_definition
from resolvers.governance.engine.evaluate import evaluate, split_by_effect
from resolvers.governance.engine.facts_cypher import Scope, load
from resolvers.governance.engine.pattern import WrongPattern, offences_of, prove
from resolvers.governance.governed_write import write
from resolvers.graph import projections
from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.access import Action, Caller, permit
from resolvers.model.errors import AlreadyThere, StoreError, UserErrorCode, UserFault
from resolvers.model.ids import Prefix, new_id
from resolvers.model.portions import at_once
from resolvers.model.records import Policy
from resolvers.mutations.locked_product import find_product, no_product
from resolvers.writes.judgement import NOTHING, Violation
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

# A client's clock may be a little behind ours: what it calls now is now.
CLOCK_SLACK = timedelta(minutes=1)
ATTEMPTS = 3


class LastVersion(NamedTuple):
    """`last` is the newest version, in force or not."""

    last: Policy | None


async def define_policy(
    store: Store, caller: Caller, payload: PolicyInput, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Policy`. A dry run lists the products it would hit today: offenders, as `violations` when the
    policy is mandatory and they hold no waiver, else as `warnings`; they hinder no definition.

    Faults: INVALID_INPUT, NOT_FOUND (domain, product), FORBIDDEN.
    """
    try:
        columns = await _proven(store, caller, payload)
    except UserFault as fault:
        return Outcome(None, (fault,), dry_run=options.dry_run)
    for _ in range(ATTEMPTS):
        try:
            outcome = await write(
                store, caller, _action(payload), lambda: plan(payload, columns, options.dry_run), options
            )
        except AlreadyThere:  # another write defined the same policy at the same moment: become the next version
            continue
        violations, warnings = at_once(split_by_effect(outcome.extra.get("offenders", ())))
        return outcome._replace(violations=violations, warnings=warnings, extra={})
    raise StoreError("Other requests keep defining this policy at the same time: try again.", "CONTENTION")


def _action(payload: PolicyInput) -> Action:
    """A graph pattern may look at everything, so it is governance's wherever it holds."""
    if payload.rule.get("graph_pattern") is not None or (payload.domain is None and payload.product is None):
        return Action.DEFINE_MESH_POLICY
    return Action.DEFINE_DOMAIN_POLICY


async def _proven(store: Store, caller: Caller, payload: PolicyInput) -> tuple[str, ...]:
    """The columns of a graph pattern that is proven to read only; () for other rules. Raises `UserFault`."""
    text = payload.rule.get("graph_pattern")
    if not isinstance(text, str) or len(text) > MAX_PATTERN or not text.strip():
        return ()
    permit(caller, Action.DEFINE_MESH_POLICY)  # only this role may have the database plan a query
    try:
        return await prove(store, text)
    except WrongPattern as wrong:
        raise UserFault(UserErrorCode.INVALID_INPUT, str(wrong), (*INPUT, "rule", "graphPattern")) from None


def plan(payload: PolicyInput, columns: tuple[str, ...] = (), dry_run: bool = False) -> Write:
    definition = check_definition(payload)
    if columns:
        rule = definition.rule._replace(parameters_json=orjson.dumps({"columns": columns}).decode())
        definition = definition._replace(rule=rule)

    async def look(tx: Transaction, products: Products) -> LockedState:
        return await see_scope(tx, definition)

    async def apply(tx: Transaction, state: LastVersion, now: str) -> Change:
        change = await define(tx, definition, state.last, now)
        extra = {"offenders": await offenders(tx, change.thing, now)} if dry_run else {}
        return change._replace(extra=extra)

    return Write(
        name="policyDefine",
        action=_action(payload),
        document=payload,
        locks=Locks(
            (definition.product_id,) if definition.product_id else (), (definition.domain,) if definition.domain else ()
        ),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


SCOPE: LiteralString = f"""
OPTIONAL MATCH (d:Domain {{name: $domain}})
OPTIONAL MATCH (y:Policy {{scopeKey: $scope_key, name: $name}})
WITH d, y ORDER BY y.version DESC LIMIT 1
RETURN [d.name, CASE WHEN y IS NULL THEN null ELSE {projections.POLICY} END]
"""


async def see_scope(tx: Transaction, definition: Definition) -> LockedState:
    key = scope_key(definition.scope, definition.domain, definition.product_id)
    domain, last = await tx.run(SCOPE, domain=definition.domain, scope_key=key, name=definition.name)
    state = LastVersion(Policy(*last) if last else None)
    if definition.scope == "MESH":
        return LockedState(state)
    if definition.scope == "DOMAIN":
        missing = UserFault(UserErrorCode.NOT_FOUND, f"There is no domain '{definition.domain}'.", (*INPUT, "domain"))
        return LockedState(state, (definition.domain or "",), () if domain else (missing,))
    product = await find_product(tx, definition.product_id or "")
    if product is None:
        return LockedState(faults=(no_product(definition.product_id or "", (*INPUT, "product")),))
    return LockedState(state, (product.domain,))


async def define(tx: Transaction, definition: Definition, last: Policy | None, now: str) -> Change:
    starts = _effective_from(definition.effective_from, now)
    policy = Policy(
        id=new_id(Prefix.POLICY),
        name=definition.name,
        description=definition.description,
        scope=definition.scope,
        domain=definition.domain,
        product_id=definition.product_id,
        enforcement=definition.enforcement,
        rule_kind=definition.rule.kind,
        rule_name=definition.rule.name,
        parameters_json=definition.rule.parameters_json,
        rule_text=definition.rule.text,
        version=last.version + 1 if last else 1,
        paused=definition.paused,
        since=now,
        effective_from=starts,
        retired_at=None,
    )
    if last is not None and last.retired_at is None and _says_the_same(last, policy, definition, now):
        return Change(last, "POLICY", last.id, last.domain, changed=False)
    await tx.run(DEFINE, policy=_properties(policy), starts=starts)
    return Change(policy, "POLICY", policy.id, policy.domain, last and document(last), document(policy))


def _effective_from(requested: str | None, now: str) -> str:
    """Raises `UserFault` for a time that is past: what was judged under other policies stays as it was judged."""
    if requested is None or requested >= now:
        return requested or now
    if requested >= clock.to_text(clock.from_text(now) - CLOCK_SLACK):
        return now
    raise UserFault(
        UserErrorCode.INVALID_INPUT,
        f"{requested} is in the past: a policy takes effect now (leave effectiveFrom out) or later.",
        (*INPUT, "effectiveFrom"),
    )


def _says_the_same(last: Policy, policy: Policy, definition: Definition, now: str) -> bool:
    began = last.effective_from == policy.effective_from or (
        definition.effective_from is None and last.effective_from <= now
    )
    ours = policy._replace(id=last.id, version=last.version, since=last.since, effective_from=last.effective_from)
    return began and ours == last


# Versions that would still hold when the new one begins end there; one planned for later than that never begins.
DEFINE: LiteralString = """
CALL () {
  MATCH (old:Policy {scopeKey: $policy.scopeKey, name: $policy.name})
  WHERE old.retiredAt IS NULL OR old.retiredAt > $starts
  SET old.retiredAt = $starts, old.replacedBy = $policy.version
}
CREATE (y:Policy) SET y = $policy
WITH y
CALL (y) {
  MATCH (d:Domain {name: y.domain}) CREATE (y)-[:APPLIES_TO]->(d)
  UNION
  MATCH (p:DataProduct {id: y.productId}) CREATE (y)-[:APPLIES_TO]->(p)
}
RETURN y.id
"""


async def offenders(tx: Transaction, policy: Policy, now: str) -> tuple[Violation, ...]:
    """Whom the policy would hit if it held now, whenever it takes effect."""
    bound = bind(policy)
    scope = Scope(
        ids=(policy.product_id,) if policy.product_id else None, domains=(policy.domain,) if policy.domain else None
    )
    loaded = await load(tx.run, scope, bound.needs, now)
    loaded = loaded._replace(offences=await offences_of(tx.run, [bound], scope.ids))
    return tuple(sorted(evaluate(bound, loaded), key=lambda one: one.product.urn if one.product else ""))


def _properties(policy: Policy) -> dict[str, Any]:
    return {
        **{key: value for key, value in document(policy).items() if key not in ("parameters",)},
        "parametersJson": policy.parameters_json,
        "scopeKey": scope_key(policy.scope, policy.domain, policy.product_id),
    }


def document(policy: Policy) -> dict[str, Any]:
    """The policy as JSON, for the audit log."""
    return {
        "id": policy.id,
        "name": policy.name,
        "description": policy.description,
        "scope": policy.scope,
        "domain": policy.domain,
        "productId": policy.product_id,
        "enforcement": policy.enforcement,
        "ruleKind": policy.rule_kind,
        "ruleName": policy.rule_name,
        "parameters": orjson.loads(policy.parameters_json),
        "ruleText": policy.rule_text,
        "version": policy.version,
        "paused": policy.paused,
        "since": policy.since,
        "effectiveFrom": policy.effective_from,
        "retiredAt": policy.retired_at,
    }
