"""Validates a JSON Schema (draft 2020-12, no external references, limited size); each fault has its path."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonschema_rs
import orjson
from jsonschema import Draft202012Validator

from resolvers.contracts.comparison.resolve import Document, Location, Unresolvable, subschemas
from resolvers.contracts.evaluation_cost import MAX_APPLIED, applied_schemas
from resolvers.model.json_values import storable_fault
from resolvers.model.records import Classification

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES = 512 * 1024
MAX_DEPTH = 64
MAX_FAULTS = 50
TOO_MANY = f"A value would be checked against more than {MAX_APPLIED:,} subschemas: name each definition once."
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
CLASSIFICATION_KEYWORDS = ("classification", "x-classification")


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
    if not faults and applied_schemas(schema) > MAX_APPLIED:
        faults = [SchemaFault((), TOO_MANY)]
    return faults[:MAX_FAULTS]


def _whole(schema: Any) -> SchemaFault | None:
    """Faults that make any further look useless or unsafe."""
    if not isinstance(schema, dict):
        return SchemaFault((), 'A contract\'s JSON Schema is an object, e.g. {"type": "object", "properties": {…}}.')
    if _deeper_than(schema, MAX_DEPTH):
        return SchemaFault((), f"The JSON Schema is nested deeper than {MAX_DEPTH} levels; move parts of it to $defs.")
    lost = storable_fault(schema)
    if lost is not None:
        return SchemaFault(lost.path, lost.message)
    size = len(orjson.dumps(schema))
    if size > MAX_BYTES:
        return SchemaFault((), f"The JSON Schema is {size:,} bytes; at most {MAX_BYTES:,} are allowed.")
    dialect = schema.get("$schema", DIALECT)
    if not isinstance(dialect, str) or dialect.rstrip("#") != DIALECT:
        return SchemaFault(("$schema",), f'Contracts use JSON Schema 2020-12: set "{DIALECT}" or leave $schema out.')
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
    document = Document(schema)
    pending: list[tuple[tuple[str, ...], Location]] = [((), document.root)]
    while pending:
        path, location = pending.pop()
        node = location.schema
        if not isinstance(node, dict):
            continue
        for keyword in ("$ref", "$dynamicRef"):
            if isinstance(node.get(keyword), str):
                yield from _reference_faults((*path, keyword), node[keyword], document, location)
        patterns = [((*path, "pattern"), node["pattern"])] if isinstance(node.get("pattern"), str) else []
        patterns += [((*path, "patternProperties", name), name) for name in node.get("patternProperties", ())]
        for at, pattern in patterns:
            if not compiles(pattern):
                yield SchemaFault(at, f"'{pattern[:100]}' is not a regular expression.")
        for keyword in CLASSIFICATION_KEYWORDS:
            if keyword in node and classification_of(node[keyword]) is None:
                allowed = ", ".join(Classification)
                yield SchemaFault(
                    (*path, keyword), f"{node[keyword]!r:.100} is not a classification; use one of {allowed}."
                )
        pending += [((*path, *steps), document.child(location, child)) for steps, child in subschemas(node)]


def _reference_faults(
    path: tuple[str, ...], reference: str, document: Document, location: Location
) -> Iterator[SchemaFault]:
    try:
        document.follow(location, reference)
    except Unresolvable as error:
        if error.outside:
            words = "leads outside this schema; a contract is whole in itself: put the part under $defs."
        else:
            words = "points to nothing in this schema."
        yield SchemaFault(path, f"'{reference[:200]}' {words}")


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
    (re.compile(r"\\c[A-Za-z]"), "x"),
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
