"""The contract of every product states a retention."""

from collections.abc import Iterator

from resolvers.governance.facts import Facts
from resolvers.governance.rules.rule import SELF, Finding, NoParameters, Rule
from resolvers.writes.judgement import Aspect


def check(facts: Facts, _: NoParameters) -> Iterator[Finding]:
    if facts.contract is None:
        yield Finding("There is no contract to state a retention.", evidence={"missing": "contract"})
    elif facts.contract.retention_days is None:
        yield Finding(
            f"Contract {facts.contract.version} states no retention.", evidence={"missing": "contract.retention"}
        )


RULE = Rule("retention_policy_required", check, {Aspect.CONTRACT: SELF})
