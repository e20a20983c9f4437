"""Is a JSON Schema a JSON Schema? Draft 2020-12, whole in itself, of bounded size: every fault with its path."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonschema_rs
import orjson
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.exceptions import NoSuchAnchor, PointerToNowhere, Unresolvable
from referencing.jsonschema import DRAFT202012

from resolvers.model.records import Classification

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES = 512 * 1024
MAX_DEPTH = 64
MAX_FAULTS = 50
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
CLASSIFICATION_KEYWORDS = ("classification", "x-classification")
# Keywords that hold plain data, in which `$ref` or `pattern` mean nothing.
_DATA_KEYWORDS = frozenset({"const", "enum", "default", "examples"})
# Keywords whose value maps names of the author's choice to schemas.
_NAMED_SCHEMAS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})


class SchemaFault(NamedTuple):
    path: tuple[str, ...]
    message: str


def check_json_schema(schema: Any) -> list[SchemaFault]:
    """Every fault of `schema`, at most `MAX_FAULTS`; an empty list for a usable one."""
    whole = _whole(schema)
    if whole is not None:
        return [whole]
    # A hundredth of the time that telling the faults takes; tests hold the two to the same answer.
    faults = [] if jsonschema_rs.meta.is_valid(schema) else [*_meta_faults(schema)]
    if not faults:
        faults = [*_walk(schema)]
    return faults[:MAX_FAULTS]


def _whole(schema: Any) -> SchemaFault | None:
    """Faults that make any further look useless or unsafe."""
    if not isinstance(schema, dict):
        return SchemaFault((), 'A contract\'s JSON Schema is an object, e.g. {"type": "object", "properties": {…}}.')
    if _deeper_than(schema, MAX_DEPTH):
        return SchemaFault((), f"The JSON Schema is nested deeper than {MAX_DEPTH} levels; move parts of it to $defs.")
    try:
        size = len(orjson.dumps(schema))
    except (TypeError, ValueError, orjson.JSONEncodeError):
        return SchemaFault((), "The JSON Schema holds something that JSON cannot write.")
    if size > MAX_BYTES:
        return SchemaFault((), f"The JSON Schema is {size:,} bytes; at most {MAX_BYTES:,} are taken.")
    dialect = schema.get("$schema", DIALECT)
    if not isinstance(dialect, str) or dialect.rstrip("#") != DIALECT:
        return SchemaFault(("$schema",), f'Contracts are JSON Schema 2020-12: use "{DIALECT}" or leave $schema out.')
    return None


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _meta_faults(schema: dict[str, Any]) -> Iterator[SchemaFault]:
    meta = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    errors = (leaf for error in meta.iter_errors(schema) for leaf in _leaves(error))
    seen: set[SchemaFault] = set()
    for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path]):
        fault = SchemaFault(tuple(str(part) for part in error.absolute_path), _message(error))
        if fault not in seen:
            seen.add(fault)
            yield fault


def _leaves(error: Any) -> Iterator[Any]:
    """The meta-schema nests its parts in allOf; what helps a reader is the innermost error of each."""
    if error.context and error.validator == "allOf":
        for inner in error.context:
            yield from _leaves(inner)
    else:
        yield error


def _message(error: Any) -> str:
    if error.validator == "anyOf" and error.absolute_path and error.absolute_path[-1] == "type":
        return f"{error.instance!r:.100} is not a JSON Schema type; use one or a list of {', '.join(TYPES)}."
    message = error.message
    return (message if len(message) <= 300 else message[:300] + "…").rstrip(".") + "."


def _walk(schema: dict[str, Any]) -> Iterator[SchemaFault]:
    """References that leave the document or lead nowhere, patterns no engine takes, classifications that are none."""
    registry: Registry[Any] = Registry().with_resource("", DRAFT202012.create_resource(schema))
    pending: list[tuple[tuple[str, ...], Any, Any]] = [((), schema, registry.resolver())]
    while pending:
        path, node, resolver = pending.pop()
        if isinstance(node, list):
            pending += [((*path, str(index)), item, resolver) for index, item in enumerate(node)]
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("$id"), str):
            resolver = resolver.in_subresource(DRAFT202012.create_resource(node))
        for keyword in ("$ref", "$dynamicRef"):
            if isinstance(node.get(keyword), str):
                yield from _reference_faults((*path, keyword), node[keyword], resolver)
        if isinstance(node.get("pattern"), str) and not compiles(node["pattern"]):
            yield SchemaFault((*path, "pattern"), f"'{node['pattern'][:100]}' is not a regular expression.")
        for keyword in CLASSIFICATION_KEYWORDS:
            if keyword in node and classification_of(node[keyword]) is None:
                known = ", ".join(Classification)
                yield SchemaFault(
                    (*path, keyword), f"{node[keyword]!r:.100} is not a classification; use one of {known}."
                )
        for keyword, child in node.items():
            if keyword in _NAMED_SCHEMAS and isinstance(child, dict):
                pending += [((*path, keyword, name), inner, resolver) for name, inner in child.items()]
            elif keyword not in _DATA_KEYWORDS:
                pending.append(((*path, keyword), child, resolver))


def _reference_faults(path: tuple[str, ...], reference: str, resolver: Any) -> Iterator[SchemaFault]:
    try:
        resolver.lookup(reference)
    except (PointerToNowhere, NoSuchAnchor):
        yield SchemaFault(path, f"'{reference[:200]}' points to nothing in this schema.")
    except (Unresolvable, ValueError):
        yield SchemaFault(
            path,
            f"'{reference[:200]}' leads outside this schema; a contract is whole in itself: put the part under $defs.",
        )


def classification_of(value: Any) -> Classification | None:
    return (
        Classification(value.upper())
        if isinstance(value, str) and value.upper() in Classification.__members__
        else None
    )


# What ECMA 262 writes and Python's `re` does not know, replaced by something of the same shape.
_ECMA = (
    (re.compile(r"\\[pP]\{[^}]*\}"), r"\\w"),
    (re.compile(r"\\u\{[0-9a-fA-F]+\}"), "x"),
    (re.compile(r"\(\?<(?![=!])"), "(?P<"),
)


def compiles(pattern: str) -> bool:
    for ecma, python in _ECMA:
        pattern = ecma.sub(python, pattern)
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
