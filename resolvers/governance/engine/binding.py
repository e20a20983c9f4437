"""Binds a stored policy to its rule and parameters."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from resolvers.governance.engine.expression import expression_rule
from resolvers.governance.facts import Need
from resolvers.governance.rules.registry import BUILTIN
from resolvers.governance.rules.rule import PATTERN, NoParameters, Parameters, Rule
from resolvers.model.errors import StoreError
from resolvers.model.records import Policy


class Bound(NamedTuple):
    policy: Policy
    rule: Rule
    parameters: Parameters

    @property
    def needs(self) -> frozenset[Need]:
        return self.rule.needs | self.rule.further(self.parameters)


def needs_of(policies: Iterable[Bound]) -> frozenset[Need]:
    """Facts that at least one of the policies needs."""
    return frozenset(need for bound in policies for need in bound.needs)


def bind(policy: Policy) -> Bound:
    rule, parameters = _bound(policy.rule_kind, policy.rule_name, policy.parameters_json, policy.rule_text)
    return Bound(policy, rule, parameters)


@lru_cache(maxsize=1024)
def _bound(kind: str, name: str | None, parameters_json: str, text: str | None) -> tuple[Rule, Parameters]:
    """Parsed or compiled once for each text; `define` has checked it before it was stored."""
    if kind == "BUILTIN" and name in BUILTIN:
        rule = BUILTIN[name]
        return rule, rule.parameters.model_validate_json(parameters_json)
    if kind == "GRAPH_PATTERN" and text is not None:
        return PATTERN, NoParameters()
    if kind == "EXPRESSION" and text is not None:
        return expression_rule(text), NoParameters()
    # Fail closed: a policy that cannot be evaluated refuses the write.
    raise StoreError(
        f"A policy in force uses the rule {name or kind!r}, which this version does not know.", "UNKNOWN_RULE"
    )


def applies(policy: Policy, product_id: str, domain: str) -> bool:
    if policy.product_id is not None:
        return policy.product_id == product_id
    return policy.domain is None or policy.domain == domain


def scope_key(scope: str, domain: str | None, product_id: str | None) -> str:
    """`MESH`, `DOMAIN:<name>` or `PRODUCT:<id>`; with the policy's name it identifies a policy through its versions."""
    return ":".join(part for part in (scope, product_id or domain) if part)


def key_of(policy: Policy) -> tuple[str, str]:
    return policy.name, scope_key(policy.scope, policy.domain, policy.product_id)
