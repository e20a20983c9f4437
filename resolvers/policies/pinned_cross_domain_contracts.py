"""Who depends on another domain's product says on which version of its contract."""

from collections.abc import Iterator

from resolvers.policies.facts import Facts, Need
from resolvers.policies.rule import SELF, Finding, NoParameters, Rule
from resolvers.verdicts import Aspect


def check(facts: Facts, _: NoParameters) -> Iterator[Finding]:
    domain = facts.product.domain
    for provider, _kind, _fields, pin, published in facts.providers:
        if published or provider.record.domain == domain:
            continue
        evidence = {"provider": provider.urn, "pinned": pin, "inForce": provider.contract and provider.contract.version}
        if pin is None:
            yield Finding(f"The dependency on {provider.urn} pins no contract version.", (provider.id,), evidence)
        else:
            message = f"The dependency on {provider.urn} pins contract {pin}, which was never published."
            yield Finding(message, (provider.id,), evidence)


RULE = Rule(
    "pinned_cross_domain_contracts", check, {Aspect.EDGES: SELF}, NoParameters, frozenset({Need.PROVIDERS, Need.PINS})
)
