"""The contract of every product promises at least the required service levels.

An availability may be higher than required, a latency or freshness lower. A requirement is a number (`0.99`), a number
with its unit (`"500 ms"`), or `{"target": 500, "unit": "ms", "better": "LOWER"}`.
"""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import Field, field_validator

from resolvers.contracts.service_levels import Better, Level, direction_of, meets, split_metric
from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Rule
from resolvers.writes.judgement import Aspect

_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z%]*)\s*")


class RequiredLevel(Parameters):
    target: float = Field(ge=0)
    unit: str | None = None
    better: Better | None = None


class MinimumSla(Parameters):
    required_slas: dict[str, RequiredLevel] = Field(
        min_length=1, description='Required level of each metric: a number, a text such as `"500 ms"`, or an object.'
    )

    @field_validator("required_slas", mode="before")
    @classmethod
    def _written_out(cls, raw: Any) -> Any:
        return {metric: _level(value) for metric, value in raw.items()} if isinstance(raw, dict) else raw


def _level(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"target": value}
    if isinstance(value, str) and (match := _TEXT.fullmatch(value)):
        return {"target": float(match[1]), "unit": match[2] or None}
    return value


def check(facts: Facts, parameters: MinimumSla) -> Iterator[Finding]:
    offered = facts.contract.sla if facts.contract else []
    for metric, required in parameters.required_slas.items():
        level = _offered(offered, metric)
        if level is None:
            who = (
                f"Contract {facts.contract.version} promises no"
                if facts.contract
                else "There is no contract to promise"
            )
            yield Finding(
                f"{who} {metric}; {_words(required)} is required.", evidence=_evidence(metric, required, level)
            )
            continue
        problem = _problem(metric, level, required)
        if problem:
            yield Finding(problem, evidence=_evidence(metric, required, level))


def _evidence(metric: str, required: RequiredLevel, offered: dict[str, Any] | None) -> dict[str, Any]:
    return {"metric": metric, "required": required.model_dump(mode="json"), "offered": offered}


def _offered(levels: list[dict[str, Any]], metric: str) -> dict[str, Any] | None:
    """The level with exactly that name, otherwise one whose name differs only in spelling or in a unit at its end."""
    exact = next((level for level in levels if level["metric"] == metric), None)
    key = split_metric(metric)[0]
    return exact or next((level for level in levels if split_metric(level["metric"])[0] == key), None)


def _problem(metric: str, level: dict[str, Any], required: RequiredLevel) -> str | None:
    better = direction_of(metric) or required.better or (Better(level["better"]) if level.get("better") else None)
    if better is None:
        return f'Whether a higher or a lower {metric} is better is not known; say so in the policy: {{"better": …}}.'
    offered = Level(level["target"], level.get("unit") or split_metric(level["metric"])[1])
    requirement = Level(required.target, required.unit or split_metric(metric)[1])
    verdict = meets(offered, requirement, better)
    if verdict is None:
        promised = f"{metric} is promised as {_words(offered)}, required as {_words(requirement)}"
        return f"{promised}: their units do not compare."
    if verdict:
        return None
    bound = "at least" if better is Better.HIGHER else "at most"
    return f"{metric} is promised as {_words(offered)}; {bound} {_words(requirement)} is required."


def _words(level: Level | RequiredLevel) -> str:
    return f"{level.target:g}" + (f" {level.unit}" if level.unit else "")


RULE = Rule("minimum_sla_requirements", check, {Aspect.CONTRACT: SELF}, MinimumSla, frozenset({Need.TERMS}))
