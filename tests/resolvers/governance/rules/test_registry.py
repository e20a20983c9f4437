"""The registry of built-in rules."""

from resolvers.governance.rules.registry import BUILTIN


def test_every_rule_says_what_it_reaches():
    assert all(rule.reach and rule.name == name for name, rule in BUILTIN.items())


def test_every_parameter_is_described():
    assert all(field.description for rule in BUILTIN.values() for field in rule.parameters.model_fields.values())
