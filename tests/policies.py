"""Shorthands for tests that define policies."""

from typing import Any

from resolvers.caller import ADMINISTRATOR, Caller
from resolvers.mutations.policy_define import define_policy
from resolvers.policies.definition import PolicyInput
from resolvers.records import Policy
from resolvers.store import Store
from resolvers.writing import Outcome
from tests.writes import done

REQUIRED_SLAS = {"required_slas": {"availability": 0.99}}


def builtin(name: str, parameters: Any = None) -> dict[str, Any]:
    return {"builtin": {"name": name, "parameters": parameters}}


def policy_input(rule: str, enforcement: str = "MANDATORY", parameters: Any = None, **given: Any) -> PolicyInput:
    return PolicyInput(given.pop("name", rule), enforcement, given.pop("rule", builtin(rule, parameters)), **given)


async def a_policy(
    store: Store,
    rule: str,
    enforcement: str = "MANDATORY",
    parameters: Any = None,
    caller: Caller = ADMINISTRATOR,
    **given: Any,
) -> Policy:
    return done(await define_policy(store, caller, policy_input(rule, enforcement, parameters, **given)))


def told(outcome: Outcome) -> dict[str, list[tuple[str, str]]]:
    """(policy, message) of the violations and warnings."""
    return {
        kind: [(one.policy.name, one.message) for one in getattr(outcome, kind)] for kind in ("violations", "warnings")
    }
