"""Checks a policy input so that it can be stored and evaluated."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from resolvers.governance.engine import expression
from resolvers.governance.rules.registry import BUILTIN
from resolvers.model.json_values import storable_fault
from resolvers.model.records import Enforcement
from resolvers.writes import validation

INPUT = ("input",)
MAX_DESCRIPTION = 2_000
MAX_PATTERN = 10_000


class PolicyInput(NamedTuple):
    """`rule` has one of the keys `builtin` ({name, parameters}), `expression`, `graph_pattern`. Without `domain` and
    `product` (an id) the policy holds for the whole mesh. `effective_from` None: at once."""

    name: str
    enforcement: str
    rule: Mapping[str, Any]
    description: str | None = None
    domain: str | None = None
    product: str | None = None
    effective_from: str | None = None
    paused: bool = False


class RuleSpec(NamedTuple):
    """As a `Policy` keeps it."""

    kind: str
    name: str | None = None
    parameters_json: str = "{}"
    text: str | None = None


class Definition(NamedTuple):
    """A checked input. `scope` is MESH, DOMAIN or PRODUCT."""

    name: str
    description: str
    scope: str
    domain: str | None
    product_id: str | None
    enforcement: str
    rule: RuleSpec
    paused: bool
    effective_from: str | None


def check_definition(payload: PolicyInput) -> Definition:
    """Raises `UserFaults` with all faults."""
    faults = validation.Faults()
    if payload.enforcement not in Enforcement.__members__:
        faults.add((*INPUT, "enforcement"), f"An enforcement is one of {', '.join(Enforcement)}.")
    if payload.domain is not None and payload.product is not None:
        faults.add((*INPUT, "product"), "A policy holds for a domain or for a product: give one of them, or neither.")
    definition = Definition(
        name=validation.text(faults, payload.name, (*INPUT, "name"), 128),
        description=validation.text(faults, payload.description or "", (*INPUT, "description"), MAX_DESCRIPTION, 0),
        scope="PRODUCT" if payload.product is not None else "DOMAIN" if payload.domain is not None else "MESH",
        domain=payload.domain,
        product_id=payload.product,
        enforcement=str(payload.enforcement),
        rule=_rule(faults, payload.rule, (*INPUT, "rule")),
        paused=payload.paused,
        effective_from=payload.effective_from,
    )
    faults.raise_any()
    return definition


def _rule(faults: validation.Faults, payload: Mapping[str, Any], at: validation.Path) -> RuleSpec:
    said = {kind: value for kind, value in payload.items() if value is not None}
    if len(said) != 1 or not said.keys() <= {"builtin", "expression", "graph_pattern"}:
        faults.add(at, "A rule is exactly one of builtin, expression and graphPattern.")
        return RuleSpec("BUILTIN")
    if "builtin" in said:
        return _builtin(faults, said["builtin"], (*at, "builtin"))
    if "expression" in said:
        return _expression(faults, said["expression"], (*at, "expression"))
    text = validation.text(faults, said["graph_pattern"], (*at, "graphPattern"), MAX_PATTERN)
    return RuleSpec("GRAPH_PATTERN", text=text)


def _builtin(faults: validation.Faults, payload: Mapping[str, Any], at: validation.Path) -> RuleSpec:
    name, parameters = payload.get("name"), payload.get("parameters")
    if not isinstance(name, str) or name not in BUILTIN:
        faults.add(
            (*at, "name"), f"'{str(name)[:100]}' is not a built-in rule; those are {', '.join(sorted(BUILTIN))}."
        )
        return RuleSpec("BUILTIN")
    lost = storable_fault(parameters)
    if lost is not None:
        faults.add((*at, "parameters", *lost.path), lost.message)
        return RuleSpec("BUILTIN", name)
    try:
        checked = BUILTIN[name].parameters.model_validate({} if parameters is None else parameters)
    except ValidationError as error:
        for path, message in parameter_faults(error, BUILTIN[name].parameters.model_fields):
            faults.add((*at, "parameters", *path), message)
        return RuleSpec("BUILTIN", name)
    return RuleSpec("BUILTIN", name, orjson.dumps(checked.model_dump(mode="json", exclude_unset=True)).decode())


def _expression(faults: validation.Faults, payload: str, at: validation.Path) -> RuleSpec:
    text = validation.text(faults, payload, at, expression.MAX_LENGTH)
    if text:
        try:
            expression.expression_rule(text)
            expression.check_fields_of(text)
        except expression.WrongExpression as wrong:
            faults.add(at, str(wrong))
    return RuleSpec("EXPRESSION", text=text)


def parameter_faults(error: ValidationError, allowed: Mapping[str, Any]) -> Sequence[tuple[tuple[str, ...], str]]:
    """(path, message) of each; the message for an unknown parameter lists the known ones."""
    messages = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "extra_forbidden" and len(detail["loc"]) == 1:
            message = f"This rule takes {', '.join(allowed) or 'no parameters'}."
        if detail["type"] == "model_type":
            message = "Parameters are a JSON object."
        messages.append((tuple(str(part) for part in detail["loc"]), message))
    return messages
