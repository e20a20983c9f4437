"""A dependency on a product of another domain pins a published version of its contract."""

from collections.abc import Iterator

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, NoParameters, Rule
from resolvers.writes.judgement import Aspect


def check(facts: Facts, _: NoParameters) -> Iterator[Finding]:
    domain = facts.product.domain
    for (provider, contract), _kind, _fields, pin, published in facts.providers:
        if published or provider.domain == domain:
            continue
        urn = provider.urn
        if pin is None:
            message = f"The dependency on {urn} pins no contract version."
        else:
            message = f"The dependency on {urn} pins contract {pin}, which was never published."
        evidence = {"provider": urn, "pinned": pin, "inForce": contract and contract.version}
        yield Finding(message, (provider.id,), evidence)


RULE = Rule(
    "pinned_cross_domain_contracts", check, {Aspect.EDGES: SELF}, NoParameters, frozenset({Need.PROVIDERS, Need.PINS})
)
