"""The documents name what the code has."""

from pathlib import Path

import pytest

from resolvers.contracts.changes import RULES

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_of_the_contract_diff_is_documented_as_it_is(rule):
    row = f"| `{rule.id}` | {rule.severity.value} | {rule.bump} | {rule.why} |"
    assert row in (DOCS / "contracts.md").read_text()
