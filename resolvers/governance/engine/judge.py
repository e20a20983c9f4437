"""Judges a write inside its transaction: the policies in force evaluate the graph as the write leaves it."""

from collections.abc import Mapping, Sequence
from typing import Any

from resolvers.governance.engine.attribution import made_by, without_older
from resolvers.governance.engine.binding import Bound
from resolvers.governance.engine.evaluate import evaluate, refuses, split_by_effect
from resolvers.governance.engine.facts_builder import Loaded
from resolvers.governance.engine.facts_cypher import Scope, load
from resolvers.governance.engine.facts_query import read_facts
from resolvers.governance.engine.impact_scope import judged_by, mandatory, to_lock
from resolvers.governance.engine.pattern import involved, offences_of
from resolvers.graph.store import Transaction
from resolvers.model.portions import at_once
from resolvers.model.records import Product
from resolvers.writes.judgement import Governance, Judgement, Touched, Violation
from resolvers.writes.revisions import save_revisions


async def judge(tx: Transaction, touched: Touched, now: str, unsaved: Sequence[Product] = ()) -> Judgement:
    """All findings that the write is part of: one statement, and one for each graph pattern. The first statement also
    writes the next revisions of the products `unsaved`.
    """
    if not touched.products:
        await save_revisions(tx, unsaved)
        return Judgement()
    policies, mesh, reached, loaded = await read_facts(tx, touched, now, unsaved)
    if not policies:
        return Judgement()
    ends = (*touched.products, *touched.other_ends)
    offences = await offences_of(tx.run, policies, ends)
    ids = {bound.policy.id: judged_by(bound.rule, touched, reached) for bound in policies}
    ids |= {policy_id: involved(offences_by_product, ends) for policy_id, offences_by_product in offences.items()}
    loaded = (await _with_offenders(tx, loaded, ids, now))._replace(offences=offences)
    findings = [(bound, _findings(bound, loaded, sorted(ids[bound.policy.id]), touched)) for bound in policies]
    findings = await without_older(tx, findings, loaded, touched, now)
    return _judgement(findings)._replace(reached=mesh | must_hold(policies, ids))


async def _with_offenders(tx: Transaction, loaded: Loaded, ids: Mapping[str, frozenset[str]], now: str) -> Loaded:
    """Also those that a graph pattern alone found: nothing but it judges them, so they are all that is needed."""
    missing = frozenset().union(*ids.values()) - loaded.facts.keys()
    if not missing:
        return loaded
    more = await load(tx.run, Scope(ids=tuple(sorted(missing))), frozenset(), now)
    return Loaded({**loaded.facts, **more.facts}, {**loaded.waivers, **more.waivers})


def must_hold(policies: Sequence[Bound], ids: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What the write must have locked for its verdicts to count, after all that came since it locked: a new neighbour,
    a policy just defined. Advisory policies refuse nothing, so theirs may race."""
    judged = [ids[bound.policy.id] for bound in mandatory(policies) if not bound.rule.mesh_wide]
    return frozenset().union(*judged)


def _findings(bound: Bound, loaded: Loaded, ids: Sequence[str], touched: Touched) -> list[Violation]:
    return [violation for violation in evaluate(bound, loaded, ids) if made_by(violation, touched)]


def _judgement(violations_by_policy: Sequence[tuple[Bound, list[Violation]]]) -> Judgement:
    violations, warnings = at_once(
        split_by_effect([violation for _, violations in violations_by_policy for violation in violations])
    )
    return Judgement(
        violations=violations,
        warnings=warnings,
        judged=tuple(_verdict(bound, violations) for bound, violations in violations_by_policy),
    )


def _verdict(bound: Bound, violations: list[Violation]) -> Mapping[str, Any]:
    """For the audit event: PASSED, VIOLATED (which refuses), WARNED, or WAIVED when waivers alone let it through."""
    verdict = "PASSED"
    if any(refuses(violation) for violation in violations):
        verdict = "VIOLATED"
    elif violations:
        verdict = "WAIVED" if all(violation.waiver for violation in violations) else "WARNED"
    return {"policyId": bound.policy.id, "name": bound.policy.name, "version": bound.policy.version, "verdict": verdict}


GOVERNANCE = Governance(to_lock, judge)
