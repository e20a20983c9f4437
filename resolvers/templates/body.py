"""A template's body: product fields, access points and contract as data, made into a product by a config."""

import copy
from collections.abc import Mapping
from typing import Any

from resolvers.templates.config import Path, Problem, config_problems, filled
from resolvers.templates.substitution import WrongExpression, compiled, expressions, substitute

PRODUCT_KEYS = ("name", "type", "description", "ownerTeam", "version", "tags", "metadata", "accessPoints", "contract")
CONTRACT_KEYS = (
    *("version", "format", "jsonSchema", "classification", "retention", "sla", "quality", "semanticModel"),
)
# The key of a config whose schema adds properties to the contract's.
EXTENSION = "schemaExtension"


def body_problems(body: Any) -> list[Problem]:
    """Faults of a body that can be found without a config."""
    if not isinstance(body, Mapping):
        return [((), "A body is an object with the keys of DataProductInput.")]
    problems: list[Problem] = [
        ((key,), f"'{key}' is not known; the keys are {', '.join((*PRODUCT_KEYS, EXTENSION))}.")
        for key in body
        if key not in (*PRODUCT_KEYS, EXTENSION)
    ]
    if "type" not in body:
        problems.append((("type",), "'type' is required."))
    contract = body.get("contract")
    if contract is not None and not isinstance(contract, Mapping):
        problems.append((("contract",), "A contract is an object."))
    elif contract is not None:
        problems += [
            (("contract", key), f"'{key}' is not known; the keys are {', '.join(CONTRACT_KEYS)}.")
            for key in contract
            if key not in CONTRACT_KEYS
        ]
    if EXTENSION in body and not isinstance(body[EXTENSION], str):
        problems.append(((EXTENSION,), "This names the config's key that holds the custom schema."))
    for path, text in expressions(body):
        try:
            compiled(text)
        except WrongExpression as wrong:
            problems.append((path, f"The expression '{text[:100]}' is wrong: {wrong}."))
    return sorted(problems)


def product_of(
    config_schema: Mapping[str, Any], body: Mapping[str, Any], config: Any, domain: str, name: str | None
) -> tuple[dict[str, Any], list[Problem]]:
    """The keys of DataProductInput, and all that is wrong with `config`, each with its path in the arguments: below
    `config`, or below `template` for what the body could not make of it."""
    whole = filled(config_schema, config)
    problems = [(("config", *path), message) for path, message in config_problems(config_schema, whole)]
    if problems:
        return {}, problems
    plain = {key: value for key, value in body.items() if key != EXTENSION}
    if name is not None:
        plain["name"] = name
    # The other parts may use the product's name, so that is made first.
    variables = {"config": whole, "domain": domain, "name": ""}
    called, _ = substitute(plain.get("name"), variables)
    made, faults = substitute(plain, {**variables, "name": called if isinstance(called, str) else ""})
    problems = [(("template", *path), f"{reason[0].upper()}{reason[1:]}.") for path, reason in faults]
    extension = body.get(EXTENSION)
    custom = whole.get(extension) if extension else None
    if custom is not None and isinstance(made.get("contract"), dict):
        base = made["contract"].get("jsonSchema")
        merged, wrong = merge_schema(base, custom, ("config", str(extension)))
        made["contract"]["jsonSchema"] = merged
        problems += wrong
    return made, problems


def merge_schema(base: Any, custom: Any, at: Path) -> tuple[Any, list[Problem]]:
    """The base schema with the custom properties added, nested objects too. A property of the base that the custom
    schema would change, or a keyword that would change the whole, is a problem that names it."""
    problems: list[Problem] = []
    return _merged(base, custom, at, "", problems), problems


def _merged(base: Any, custom: Any, at: Path, name: str, problems: list[Problem]) -> Any:
    if not isinstance(custom, Mapping) or not isinstance(custom.get("properties", {}), Mapping):
        problems.append((at, "A custom schema is JSON Schema of an object with properties."))
        return base
    made = copy.deepcopy(base)
    for key, value in custom.items():
        if key not in ("properties", "required", "$schema") and base.get(key) != value:
            where = f"of '{name}' " if name else ""
            problems.append(((*at, key), f"The keyword '{key}' {where}belongs to the template and cannot be changed."))
    properties = made.setdefault("properties", {})
    for key, part in custom.get("properties", {}).items():
        path, full = (*at, "properties", key), f"{name}.{key}" if name else key
        if key not in properties:
            properties[key] = part
        elif properties[key] == part:
            continue
        elif _is_object(properties[key]) and _is_object(part):
            properties[key] = _merged(properties[key], part, path, full, problems)
        else:
            problems.append((path, f"'{full}' is a property of the template and cannot be changed."))
    added = [key for key in custom.get("required", ()) if key not in made.get("required", ())]
    for key in added:
        if key in base.get("properties", {}):
            problems.append(((*at, "required"), f"'{key}' is a property of the template and cannot become required."))
    if added:
        made["required"] = [*made.get("required", ()), *added]
    return made


def _is_object(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "object" and "properties" in schema
