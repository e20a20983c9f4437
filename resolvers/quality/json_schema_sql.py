"""JSON Schema of one column compiled to a SQL predicate that is true for valid values. NULL is not a value here.

What SQL cannot say raises `NotComputable`; the caller reports it instead of guessing. Patterns are searched, as JSON
Schema does; look-around and back-references are refused by the database when it reads the predicate.
"""

import json
from collections.abc import Mapping
from typing import Any

from resolvers.model.errors import MeshError


class NotComputable(MeshError):
    """A keyword that is not expressed in SQL; its text is the keyword."""


FORMATS = {
    "uuid": r"regexp_full_match({c}, '[0-9a-fA-F]{{8}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{12}}')",  # noqa: E501
    "date": r"(regexp_full_match({c}, '\d{{4}}-\d\d-\d\d') and try_cast({c} as date) is not null)",
    "date-time": r"(regexp_full_match({c}, '\d{{4}}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)')"  # noqa: E501
    r" and try_cast(substr({c}, 1, 10) as date) is not null)",
    "time": r"regexp_full_match({c}, '([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)')",
    "duration": r"(regexp_full_match({c}, 'P(\d+W|(\d+Y(\d+M(\d+D)?)?|\d+M(\d+D)?|\d+D)?(T(\d+H(\d+M(\d+S)?)?|\d+M(\d+S)?|\d+S))?)') and {c} <> 'P')",  # noqa: E501
    "ipv4": r"regexp_full_match({c}, '((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){{3}}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)')",
    "email": r"regexp_full_match({c}, '[A-Za-z0-9!#$%&''*+/=?^_`{{|}}~-]+(\.[A-Za-z0-9!#$%&''*+/=?^_`{{|}}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?)*')",  # noqa: E501
    "hostname": r"(length({c}) <= 253 and regexp_full_match({c}, '[A-Za-z0-9]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?)*'))",  # noqa: E501
    "uri": r"regexp_full_match({c}, '[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{{}}|\\^`]*')",
}
TEMPORAL = {"date": "date", "date-time": "date-time", "time": "time"}
# Keywords that assert something and are not compiled. Everything else that is unknown is an annotation.
ASSERTIONS = frozenset(
    {"if", "then", "else", "$dynamicRef", "dependentRequired", "dependentSchemas", "properties", "required", "items"}
    | {"prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"}
    | {"patternProperties", "additionalProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems"}
)
LIMITS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}


def family(column_type: str) -> str:
    """string, number, boolean, date, date-time, time or nested: what JSON makes of a column of that type."""
    name = column_type.upper()
    if name.endswith("[]") or name.startswith(("STRUCT", "MAP", "UNION", "JSON", "LIST")):
        return "nested"
    if name.startswith(("VARCHAR", "UUID", "ENUM", "BLOB", "BIT")):
        return "string"
    if name == "BOOLEAN":
        return "boolean"
    if name.startswith("TIMESTAMP"):
        return "date-time"
    if name == "DATE":
        return "date"
    if name.startswith("TIME"):
        return "time"
    if name.startswith("INTERVAL"):
        return "nested"
    return "number"


def text_of(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def name_of(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def predicate(column: str, column_type: str, schema: Any, root: Mapping[str, Any]) -> str:
    """`column` is an expression; `root` is the document that local references point into. Raises `NotComputable`."""
    return Compiler(column, family(column_type), column_type, root).compile(schema, 0)


class Compiler:
    def __init__(self, column: str, kind: str, column_type: str, root: Mapping[str, Any]) -> None:
        self.kind = kind
        self.root = root
        self.column = column if kind != "string" or column_type == "VARCHAR" else f"{column}::varchar"

    def compile(self, schema: Any, depth: int) -> str:
        if isinstance(schema, bool):
            return "true" if schema else "false"
        if depth > 30:
            raise NotComputable("$ref")
        parts = [self.keyword(key, value, depth) for key, value in schema.items()]
        return " and ".join(part for part in parts if part is not None) or "true"

    def keyword(self, key: str, value: Any, depth: int) -> str | None:
        column, kind = self.column, self.kind
        if key == "type":
            return self.type(value if isinstance(value, list) else [value])
        if key in ("enum", "const"):
            return self.one_of([value] if key == "const" else value)
        if key in ("anyOf", "allOf", "oneOf"):
            return self.combined(key, [f"({self.compile(part, depth + 1)})" for part in value])
        if key == "not":
            return f"not ({self.compile(value, depth + 1)})"
        if key == "$ref":
            return f"({self.compile(self.resolve(value), depth + 1)})"
        if key == "format":
            return self.format(value)
        if key == "pattern" and kind == "string":
            return f"regexp_matches({column}, {text_of(value)})"
        if key in ("minLength", "maxLength") and kind == "string":
            return f"length({column}) {'>=' if key == 'minLength' else '<='} {int(value)}"
        if key in LIMITS and kind == "number":
            return f"{column} {LIMITS[key]} {number_of(value)}"
        if key == "multipleOf" and kind == "number":
            step = number_of(value)
            return f"({column}::decimal(38, 9) % {step}::decimal(38, 9)) = 0"
        if key in ASSERTIONS and kind == "nested":
            raise NotComputable(key)
        if key in ("if", "then", "else", "$dynamicRef", "$recursiveRef"):
            raise NotComputable(key)
        return None

    def type(self, names: list[str]) -> str:
        if self.kind == "nested":
            if "object" in names or "array" in names:
                return "true"
            return "false"
        if self.kind == "number":
            if "number" in names:
                return "true"
            return f"{self.column} = trunc({self.column})" if "integer" in names else "false"
        return "true" if ("boolean" if self.kind == "boolean" else "string") in names else "false"

    def one_of(self, values: list[Any]) -> str:
        if self.kind in ("date", "date-time", "time", "nested"):
            raise NotComputable("enum")
        mine = [value for value in values if fits(value, self.kind)]
        written = [text_of(v) if isinstance(v, str) else json.dumps(v) for v in mine]
        return f"{self.column} in ({', '.join(written)})" if written else "false"

    def combined(self, key: str, parts: list[str]) -> str:
        if key == "oneOf":
            return f"({' + '.join(f'{part}::int' for part in parts)}) = 1"
        return f"({(' and ' if key == 'allOf' else ' or ').join(parts)})"

    def format(self, name: str) -> str | None:
        if self.kind in TEMPORAL and name in TEMPORAL:
            return "true" if name == self.kind else "false"
        if self.kind != "string":
            return None
        if name not in FORMATS:
            raise NotComputable(f"format {name}")
        return FORMATS[name].format(c=self.column)

    def resolve(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise NotComputable("$ref")
        found: Any = self.root
        for part in reference[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or name not in found:
                raise NotComputable("$ref")
            found = found[name]
        return found


def fits(value: Any, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def number_of(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotComputable("number")
    return repr(value)
