"""The contract of every product states a classification."""

from collections.abc import Iterator

from resolvers.governance.facts import Facts
from resolvers.governance.rules.rule import SELF, Finding, NoParameters, Rule
from resolvers.writes.judgement import Aspect


def check(facts: Facts, _: NoParameters) -> Iterator[Finding]:
    if facts.contract is None:
        yield Finding("There is no contract to state a classification.", evidence={"missing": "contract"})
    elif facts.contract.classification is None:
        yield Finding(
            f"Contract {facts.contract.version} states no classification.",
            evidence={"missing": "contract.classification"},
        )


RULE = Rule("data_classification_required", check, {Aspect.CONTRACT: SELF})
