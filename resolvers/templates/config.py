"""Validation of a template's config against its JSON Schema: every missing, unknown and wrong key at once."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError

Path = tuple[str, ...]
Problem = tuple[Path, str]


def schema_problem(schema: Any) -> str | None:
    """Why `schema` is not a config schema: it must be JSON Schema 2020-12 of an object and refer to nothing outside."""
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        return 'A config schema is JSON Schema of an object: {"type": "object", "properties": …}.'
    if outside := [ref for ref in _references(schema) if not ref.startswith("#")]:
        return f"A config schema refers to nothing outside itself; this one refers to {outside[0][:200]}."
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"No valid JSON Schema 2020-12: {error.message[:300]}"
    return None


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key in ("$ref", "$dynamicRef") and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def filled(schema: Mapping[str, Any], config: Any) -> Any:
    """`config` with the defaults of the schema where it says nothing, objects inside objects too."""
    if not isinstance(config, dict):
        return config
    made = dict(config)
    for key, part in schema.get("properties", {}).items():
        if isinstance(part, Mapping):
            if key not in made and "default" in part:
                made[key] = copy.deepcopy(part["default"])
            if key in made:
                made[key] = filled(part, made[key])
    return made


def config_problems(schema: Mapping[str, Any], config: Any) -> list[Problem]:
    """`(path in the config, what is wrong)` each, by path."""
    if not isinstance(config, dict):
        return [((), "A config is a JSON object.")]
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    problems = [problem for error in validator.iter_errors(config) for problem in _problems(error)]
    return sorted(dict.fromkeys(problems))


def _problems(error: ValidationError) -> Iterator[Problem]:
    path = tuple(map(str, error.absolute_path))
    instance: Any = error.instance
    rule: Any = error.validator_value
    parent: Any = error.schema
    if error.validator == "required":
        # One error names one key; its message begins with it, quoted.
        missing = [key for key in rule if key not in instance and error.message.startswith(repr(key))]
        for key in missing:
            yield (*path, key), f"'{key}' is required."
    elif error.validator in ("additionalProperties", "unevaluatedProperties") and rule is False:
        allowed = sorted(parent.get("properties", {}))
        for key in instance:
            if key not in allowed:
                yield (*path, key), f"'{key}' is not known; the keys are {', '.join(allowed) or 'none'}."
    else:
        yield path, f"{error.message[:300]}."
