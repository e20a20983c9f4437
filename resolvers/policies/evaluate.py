"""Policies over loaded facts: every finding of every product, none cut short."""

from collections.abc import Collection, Iterable, Iterator

from resolvers.policies.binding import Bound, applies, key_of
from resolvers.policies.facts import Facts
from resolvers.policies.loading import Loaded
from resolvers.policies.rule import PATTERN, Finding
from resolvers.records import Enforcement
from resolvers.verdicts import Violation, Waiver


def evaluate(bound: Bound, loaded: Loaded, ids: Collection[str] | None = None) -> Iterator[Violation]:
    """What `bound` finds in the products of `ids` (all that are loaded when None) in its scope; waived findings too."""
    for facts in loaded.facts.values() if ids is None else (loaded.facts[id] for id in ids if id in loaded.facts):
        if applies(bound.policy, facts.product.id, facts.product.domain):
            yield from _of_product(bound, facts, loaded)


def _of_product(bound: Bound, facts: Facts, loaded: Loaded) -> Iterator[Violation]:
    product = facts.product.record
    for finding in _findings(bound, facts, loaded):
        waiver = waiver_for(bound, loaded.waivers[product.id]) if product.id in loaded.waivers else None
        path = (product.id, *finding.path)
        yield Violation(bound.policy, product.id, finding.message, path, waiver, finding.evidence, product)


def _findings(bound: Bound, facts: Facts, loaded: Loaded) -> Iterable[Finding]:
    if bound.rule is PATTERN:
        return loaded.offences.get(bound.policy.id, {}).get(facts.product.id, ())
    return bound.rule.check(facts, bound.parameters)


def waiver_for(bound: Bound, waivers: tuple[Waiver, ...]) -> Waiver | None:
    """A waiver names a policy, not a version of it: it goes on holding when the policy is written anew."""
    return next((waiver for waiver in waivers if (waiver.policy_name, waiver.scope_key) == key_of(bound.policy)), None)


def refuses(violation: Violation) -> bool:
    """Mandatory and not waived; everything else warns."""
    return violation.policy.enforcement == Enforcement.MANDATORY and violation.waiver is None
