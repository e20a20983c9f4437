"""Policies over loaded facts: every finding of every product, none cut short."""

from collections.abc import Collection, Iterator

from resolvers.policies.binding import Bound, applies, key_of
from resolvers.policies.facts import Facts
from resolvers.policies.loading import Loaded
from resolvers.records import Enforcement
from resolvers.verdicts import Violation, Waiver


def evaluate(bound: Bound, loaded: Loaded, ids: Collection[str] | None = None) -> Iterator[Violation]:
    """What `bound` finds in the products of `ids` (all that are loaded when None) in its scope; waived findings too."""
    for facts in loaded.facts.values() if ids is None else (loaded.facts[id] for id in ids if id in loaded.facts):
        if applies(bound.policy, facts.product.id, facts.product.domain):
            yield from _of_product(bound, facts, loaded.waivers.get(facts.product.id, ()))


def _of_product(bound: Bound, facts: Facts, waivers: tuple[Waiver, ...]) -> Iterator[Violation]:
    for finding in bound.rule.check(facts, bound.parameters):
        path = (facts.product.id, *finding.path)
        waiver = waiver_for(bound, waivers)
        product = facts.product.record
        yield Violation(bound.policy, product.id, finding.message, path, waiver, finding.evidence, product)


def waiver_for(bound: Bound, waivers: tuple[Waiver, ...]) -> Waiver | None:
    """A waiver names a policy, not a version of it: it goes on holding when the policy is written anew."""
    return next((waiver for waiver in waivers if (waiver.policy_name, waiver.scope_key) == key_of(bound.policy)), None)


def refuses(violation: Violation) -> bool:
    """Mandatory and not waived; everything else warns."""
    return violation.policy.enforcement == Enforcement.MANDATORY and violation.waiver is None
