"""Shorthands for tests that define policies."""

from typing import Any

from resolvers.governance.engine.definition import PolicyInput
from resolvers.graph.store import Store
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import Policy
from resolvers.mutations.policy_define import define_policy
from resolvers.writes.pipeline import Outcome
from tests.writes import done

REQUIRED_SLAS = {"required_slas": {"availability": 0.99}}


def builtin(name: str, parameters: Any = None) -> dict[str, Any]:
    return {"builtin": {"name": name, "parameters": parameters}}


def policy_input(
    rule_name: str, enforcement: str = "MANDATORY", parameters: Any = None, /, **given: Any
) -> PolicyInput:
    """A policy of a built-in rule, named after it; `given` are further fields of `PolicyInput`, or other ones."""
    values = {"name": rule_name, "enforcement": enforcement, "rule": builtin(rule_name, parameters)}
    return PolicyInput(**{**values, **given})


async def a_policy(
    store: Store, rule_name: str, enforcement: str = "MANDATORY", parameters: Any = None, /, **given: Any
) -> Policy:
    return done(await define_policy(store, ADMINISTRATOR, policy_input(rule_name, enforcement, parameters, **given)))


def told(outcome: Outcome) -> dict[str, list[tuple[str, str]]]:
    """(policy, message) of the violations and warnings."""
    return {
        kind: [(one.policy.name, one.message) for one in getattr(outcome, kind)] for kind in ("violations", "warnings")
    }
