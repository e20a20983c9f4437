"""Validation of a template's config against its JSON Schema: every missing, unknown and wrong key at once."""

import copy
import re
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


def filled(schema: Any, config: Any, root: Any = None) -> Any:
    """`config` with the defaults of the schema where it says nothing, objects inside objects and lists too."""
    root = schema if root is None else root
    schema = _followed(schema, root)
    if isinstance(config, list) and isinstance(schema.get("items"), Mapping):
        return [filled(schema["items"], one, root) for one in config]
    if not isinstance(config, dict):
        return config
    made = dict(config)
    for key, part in schema.get("properties", {}).items():
        inner = _followed(part, root)
        if key not in made and "default" in inner:
            made[key] = copy.deepcopy(inner["default"])
        if key in made:
            made[key] = filled(inner, made[key], root)
    return made


def _followed(schema: Any, root: Any) -> Mapping[str, Any]:
    """What a local reference is of, with the keywords beside the reference; empty where there is nothing."""
    seen: dict[str, Any] = {}
    for _ in range(20):
        if not isinstance(schema, Mapping):
            return seen
        seen = {**schema, **seen}
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#"):
            return seen
        schema = root
        for part in reference[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            schema = schema.get(name) if isinstance(schema, Mapping) else None
    return seen


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
    if of_names(error):
        yield (*path, str(instance)), f"The key {error.message[:300]}."
        return
    match error.validator:
        case "required":
            # One error names one key; its message begins with it, quoted.
            for key in rule:
                if key not in instance and error.message.startswith(f"{key!r} is"):
                    yield (*path, key), f"'{key}' is required."
        case "dependentRequired":
            for key, others in rule.items():
                for other in others if key in instance else ():
                    if other not in instance:
                        yield (*path, other), f"'{other}' is required with '{key}'."
        case "additionalProperties" if rule is False:
            for key in instance:
                if key not in parent.get("properties", {}) and not _matches(parent, key):
                    yield (*path, key), _unknown(key, parent)
        case "unevaluatedProperties" if rule is False:
            for key in instance:
                if key not in parent.get("properties", {}) and not _evaluated(parent, key, instance[key]):
                    yield (*path, key), _unknown(key, parent)
        case "anyOf" | "oneOf" if error.context:
            yield from _of_nearest(error)
        case _:
            yield path, f"{error.message[:300]}."


def of_names(error: ValidationError) -> bool:
    """Whether it is about a key's name: `propertyNames` as a keyword, not as the name of a property."""
    steps = list(error.absolute_schema_path)
    return any(
        step == "propertyNames" and (at == 0 or steps[at - 1] not in ("properties", "$defs"))
        for at, step in enumerate(steps)
    )


def _of_nearest(error: ValidationError) -> Iterator[Problem]:
    """What is wrong by the alternative that the config comes nearest to."""
    branches: dict[Any, list[ValidationError]] = {}
    for one in error.context or ():
        branches.setdefault(one.relative_schema_path[0], []).append(one)
    yield from [problem for one in min(branches.values(), key=_distance) for problem in _problems(one)]


def _distance(errors: list[ValidationError]) -> tuple[bool, int, int]:
    """Of another type or kind altogether, then keys that are not known, then all that is wrong."""
    other = any(one.validator == "const" or (one.validator == "type" and not one.relative_path) for one in errors)
    problems = [message for one in errors for _, message in _problems(one)]
    return other, sum("is not known; the keys are" in message for message in problems), len(problems)


def _unknown(key: str, parent: Any) -> str:
    allowed = sorted(parent.get("properties", {}))
    return f"'{key}' is not known; the keys are {', '.join(allowed) or 'none'}."


def _matches(parent: Any, key: str) -> bool:
    return any(re.search(pattern, key) for pattern in parent.get("patternProperties", {}))


def _evaluated(parent: Any, key: str, value: Any) -> bool:
    """Whether another part of the schema knows the key: then it alone is no unevaluated one."""
    alone = {name: part for name, part in parent.items() if name != "required"}
    errors = Draft202012Validator(alone).iter_errors({key: value})
    return not any(one.validator == "unevaluatedProperties" for one in errors)
