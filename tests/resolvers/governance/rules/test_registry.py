"""The table of built-in rules and what is told of it are one."""

import re
from pathlib import Path

from resolvers.governance.rules.registry import BUILTIN

DOCS = Path(__file__).parents[4] / "docs" / "governance.md"


def test_every_built_in_rule_is_documented_and_no_other():
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+?) \|", DOCS.read_text(), re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(BUILTIN)
    for name, parameters in rows:
        assert set(re.findall(r"`([a-z_]+)`", parameters)) == set(BUILTIN[name].parameters.model_fields)


def test_every_rule_says_what_it_reaches():
    assert all(rule.reach and rule.name == name for name, rule in BUILTIN.items())
