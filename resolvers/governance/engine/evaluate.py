"""Evaluates policies over loaded facts."""

from asyncio import sleep
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from resolvers.governance.engine.binding import Bound, applies, key_of
from resolvers.governance.engine.facts_builder import Loaded
from resolvers.governance.facts import Facts
from resolvers.governance.rules.rule import PATTERN, Finding
from resolvers.graph.partial_records import maker
from resolvers.model.portions import Steps, each
from resolvers.model.records import Enforcement
from resolvers.writes.judgement import Violation, Waiver

PORTION = 1_000

_violation = maker(Violation, Violation._fields)


def evaluate(bound: Bound, loaded: Loaded, ids: Collection[str] | None = None) -> Iterator[Violation]:
    """All findings of `bound` in the products of `ids` (None for all loaded ones) in scope, including waived ones."""
    check = _check(bound, loaded)
    everywhere = bound.policy.product_id is None and bound.policy.domain is None
    for facts in loaded.facts.values() if ids is None else (loaded.facts[id] for id in ids if id in loaded.facts):
        product = facts.product.record
        if everywhere or applies(bound.policy, product.id, product.domain):
            for finding in check(facts):
                waiver = waiver_for(bound, loaded.waivers[product.id]) if product.id in loaded.waivers else None
                path = (product.id, *finding.path)
                violation = (bound.policy, product.id, finding.message, path, waiver, finding.evidence, product)
                yield _violation(violation)


async def find_all(policies: Iterable[Bound], loaded: Loaded) -> list[Violation]:
    """What all `policies` find in all that is loaded, policy by policy. It gives way to other requests between policies
    and between portions of products, since this may take seconds."""
    facts = list(loaded.facts.items())
    portions = [loaded._replace(facts=dict(facts[at : at + PORTION])) for at in range(0, len(facts), PORTION)]
    violations: list[Violation] = []
    for bound in policies:
        for portion in portions:
            violations += evaluate(bound, portion)
            await sleep(0)
    return violations


def _check(bound: Bound, loaded: Loaded) -> Callable[[Facts], Iterable[Finding]]:
    if bound.rule is PATTERN:
        offences = loaded.offences.get(bound.policy.id, {})
        return lambda facts: offences.get(facts.product.id, ())
    rule, parameters = bound.rule, bound.parameters
    return lambda facts: rule.check(facts, parameters)


def waiver_for(bound: Bound, waivers: tuple[Waiver, ...]) -> Waiver | None:
    """A waiver names a policy and covers all its versions."""
    return next((waiver for waiver in waivers if (waiver.policy_name, waiver.scope_key) == key_of(bound.policy)), None)


def refuses(violation: Violation) -> bool:
    """Whether a finding refuses writes: mandatory and not waived."""
    return violation.policy.enforcement == Enforcement.MANDATORY and violation.waiver is None


def split_by_effect(violations: Sequence[Violation]) -> Steps[tuple[tuple[Violation, ...], tuple[Violation, ...]]]:
    """Splits findings into those that refuse and those that warn, keeping their order."""
    refusing: list[Violation] = []
    warning: list[Violation] = []

    def split(some: Iterable[Violation]) -> None:
        for violation in some:
            (refusing if refuses(violation) else warning).append(violation)

    yield from each(split, violations)
    return tuple(refusing), tuple(warning)
