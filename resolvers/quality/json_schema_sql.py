"""JSON Schema of one value compiled to a SQL predicate that is true for valid values. NULL is not a value here.

Objects are STRUCT or MAP, arrays are lists. A field of a STRUCT that is NULL counts as absent; where it is required and
its schema names null, as null. What SQL cannot say raises `NotComputable`; the caller reports it instead of guessing.
Patterns are searched, as JSON Schema does; look-around and back-references are refused by the database when it reads
the predicate.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from resolvers.model.errors import MeshError
from resolvers.quality.column_types import ColumnType, parse_type


class NotComputable(MeshError):
    """A keyword that cannot be expressed in SQL; the text names the keyword or the obstacle."""


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
TEMPORAL = frozenset({"date", "date-time", "time"})
LIMITS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
TEXT_KEYS = frozenset({"pattern", "minLength", "maxLength"})
# Keywords of objects and of arrays; those of others say nothing of a value.
OBJECT_KEYS = frozenset(
    {"properties", "required", "patternProperties", "additionalProperties", "dependentRequired", "dependentSchemas"}
    | {"minProperties", "maxProperties", "propertyNames", "unevaluatedProperties"}
)
ARRAY_KEYS = frozenset(
    {"items", "prefixItems", "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems"}
    | {"unevaluatedItems", "additionalItems"}
)
COMBINED = frozenset({"anyOf", "allOf", "oneOf", "not", "$ref", "if"})
ASSERTIONS = OBJECT_KEYS | ARRAY_KEYS | COMBINED | TEXT_KEYS | LIMITS.keys() | {"type", "enum", "const", "multipleOf"}
MAX_SUBSCHEMAS = 5_000


class Value(NamedTuple):
    """A SQL expression of a value, and its type."""

    sql: str
    type: ColumnType


def text_of(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def name_of(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


# The SQL of a whole row, whose fields are the columns.
ROW = ""


def field_of(value: str, name: str) -> str:
    return f"struct_extract({value}, {text_of(name)})" if value != ROW else name_of(name)


def predicate(column: str, column_type: str, schema: Any, root: Mapping[str, Any]) -> str:
    """`column` is an expression; `root` is the document that local references point into. Raises `NotComputable`."""
    try:
        return Compiler(root).valid(Value(column, parse_type(column_type)), schema)
    except RecursionError:
        raise NotComputable("a schema of that depth") from None


class Compiler:
    """Of one contract. `root` is the document that local references point into."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self._count = 0

    def variable(self) -> str:
        """A name of its own for what a lambda takes."""
        self._count += 1
        return f"x{self._count}"

    def valid(self, value: Value, schema: Any, depth: int = 0, shell: bool = False) -> str:
        """A `shell` leaves out what other checks look at: the fields of an object, the elements of an array."""
        if isinstance(schema, bool):
            return "true" if schema else "false"
        self._count += 1
        if depth > 30 or not isinstance(schema, Mapping) or self._count > MAX_SUBSCHEMAS:
            raise NotComputable("$ref" if depth > 30 else "a schema of that size")
        kind = value.type.kind
        if kind == "other" and not ASSERTIONS.isdisjoint(schema):
            raise NotComputable(f"a value of the type {value.type.text[:60]}")
        parts = [part for key, one in schema.items() if (part := self._keyword(value, key, one, schema, depth))]
        if kind in ("struct", "map") and not OBJECT_KEYS.isdisjoint(schema):
            parts += self._struct(value, schema, depth, shell) if kind == "struct" else self._map(value, schema)
        if kind == "list" and not ARRAY_KEYS.isdisjoint(schema):
            parts += self._list(value, schema, shell)
        return conjunction(parts)

    def _keyword(self, value: Value, key: str, one: Any, schema: Mapping[str, Any], depth: int) -> str | None:
        kind, sql = value.type.kind, value.sql
        if key == "type":
            return self._type(value, one if isinstance(one, list) else [one])
        if key in ("enum", "const"):
            return self._one_of(value, [one] if key == "const" else one)
        if key in ("anyOf", "allOf", "oneOf"):
            return combined(key, [f"({self.valid(value, part, depth + 1)})" for part in one])
        if key == "not":
            return f"not ({self.valid(value, one, depth + 1)})"
        if key == "$ref":
            return f"({self.valid(value, self.resolve(one), depth + 1)})"
        if key == "if":
            return self._conditional(value, schema, depth)
        if key in ("$dynamicRef", "$recursiveRef"):
            raise NotComputable(key)
        if key == "format":
            return self._format(value, one)
        if key in TEXT_KEYS and kind in TEMPORAL:
            raise NotComputable(f"{key} of a {kind}")
        if key == "pattern" and kind == "string":
            return f"regexp_matches({as_text(value)}, {text_of(one)})"
        if key in TEXT_KEYS and kind == "string":
            return f"length({as_text(value)}) {'>=' if key == 'minLength' else '<='} {int(one)}"
        if key in LIMITS and kind == "number":
            return f"{sql} {LIMITS[key]} {number_of(one)}"
        if key == "multipleOf" and kind == "number":
            return f"({sql}::decimal(38, 9) % {number_of(one)}::decimal(38, 9)) = 0"
        return None

    def _type(self, value: Value, names: list[str]) -> str:
        kind = value.type.kind
        if kind == "number":
            if "number" in names:
                return "true"
            return f"{value.sql} = trunc({value.sql})" if "integer" in names else "false"
        mine = {"struct": "object", "map": "object", "list": "array", "boolean": "boolean"}.get(kind, "string")
        return "true" if mine in names else "false"

    def _one_of(self, value: Value, values: list[Any]) -> str:
        kind = value.type.kind
        mine = [one for one in values if fits(one, kind)]
        if mine and kind not in ("string", "number", "boolean"):
            raise NotComputable("enum")
        written = [text_of(one) if isinstance(one, str) else json.dumps(one) for one in mine]
        return f"{as_text(value)} in ({', '.join(written)})" if written else "false"

    def _conditional(self, value: Value, schema: Mapping[str, Any], depth: int) -> str:
        met = self.valid(value, schema["if"], depth + 1)
        then, other = (self.valid(value, schema.get(key, True), depth + 1) for key in ("then", "else"))
        return f"(case when {met} then {then} else {other} end)"

    def _format(self, value: Value, name: str) -> str | None:
        kind = value.type.kind
        if kind in TEMPORAL:
            if name in TEMPORAL:
                return "true" if name == kind else "false"
            raise NotComputable(f"format {name} of a {kind}")
        if kind != "string":
            return None
        if name not in FORMATS:
            raise NotComputable(f"format {name}")
        return FORMATS[name].format(c=as_text(value))

    # -- objects -------------------------------------------------------------------------------------------------------

    def _struct(self, value: Value, schema: Mapping[str, Any], depth: int, shell: bool) -> list[str]:
        refuse(schema, "minProperties", "maxProperties", "propertyNames", "unevaluatedProperties")
        fields = {name: Value(field_of(value.sql, name), kind) for name, kind in value.type.fields}
        named, required = schema.get("properties") or {}, schema.get("required") or ()
        parts = []
        for name in dict.fromkeys((*fields, *required)):
            if shell and (name in named or name not in fields):
                continue
            needed = name in required and not shell
            field = fields.get(name)
            if field is not None:
                parts.append(self._present(field, subschemas(schema, name), needed))
            elif needed:
                parts.append("false")
        for name, others in (schema.get("dependentRequired") or {}).items():
            if name in fields:
                there = [f"{fields[one].sql} is not null" if one in fields else "false" for one in others]
                parts.append(f"({fields[name].sql} is null or ({conjunction(there)}))")
        for name, part in (schema.get("dependentSchemas") or {}).items():
            if name in fields:
                parts.append(f"({fields[name].sql} is null or ({self.valid(value, part, depth + 1)}))")
        return parts

    def _present(self, field: Value, schemas: list[Any], needed: bool) -> str:
        """True for a field that may be absent and is, or that is valid."""
        valid = conjunction(self.valid(field, part) for part in schemas)
        as_null = bool(schemas) and all(part not in (True, {}) and self.admits_null(part) for part in schemas)
        if needed and not as_null:
            return f"({field.sql} is not null and ({valid}))"
        return "true" if valid == "true" else f"({field.sql} is null or ({valid}))"

    def _map(self, value: Value, schema: Mapping[str, Any]) -> list[str]:
        """Of a map each key is there or not, so that a NULL is null."""
        refuse(schema, "unevaluatedProperties", "dependentSchemas", "dependentRequired")
        sql, item, key = value.sql, value.type.item, value.type.key
        if item is None or key is None or key.kind != "string":
            raise NotComputable(f"keys of the type {key.text[:60] if key else 'unknown'}")
        parts = [f"map_contains({sql}, {text_of(name)})" for name in schema.get("required") or ()]
        named, patterns = schema.get("properties") or {}, schema.get("patternProperties") or {}
        for name, part in named.items():
            valid_value = self.element(Value(f"map_extract_value({sql}, {text_of(name)})", item), part)
            parts.append(f"(not map_contains({sql}, {text_of(name)}) or {valid_value})")
        for pattern, part in patterns.items():
            parts.append(self._entries(sql, item, lambda k, p=pattern: f"regexp_matches({k}, {text_of(p)})", part))
        if "additionalProperties" in schema:
            conditions = [f"{{k}} in ({', '.join(map(text_of, named))})"] if named else []
            conditions += [f"regexp_matches({{k}}, {text_of(pattern)})" for pattern in patterns]
            other = " or ".join(conditions) or "false"
            rest = schema["additionalProperties"]
            parts.append(self._entries(sql, item, lambda k: f"not ({other.replace('{k}', k)})", rest))
        if "propertyNames" in schema:
            parts.append(self.every(f"map_keys({sql})", key, schema["propertyNames"]))
        sizes = (("minProperties", ">="), ("maxProperties", "<="))
        return parts + [f"cardinality({sql}) {sign} {int(schema[name])}" for name, sign in sizes if name in schema]

    def _entries(self, sql: str, item: ColumnType, chosen: Any, schema: Any) -> str:
        """Whether each entry whose key is `chosen` has a valid value."""
        entry = self.variable()
        valid = self.element(Value(f"{entry}.value", item), schema)
        bad = f"{chosen(f'{entry}.key')} and not {valid}"
        return f"len(list_filter(map_entries({sql}), lambda {entry}: {bad})) = 0"

    # -- arrays --------------------------------------------------------------------------------------------------------

    def _list(self, value: Value, schema: Mapping[str, Any], shell: bool) -> list[str]:
        refuse(schema, "unevaluatedItems", "additionalItems")
        sql, item = value.sql, value.type.item
        assert item is not None
        if isinstance(schema.get("items"), list):
            raise NotComputable("items")
        first = schema.get("prefixItems") or ()
        parts = [
            f"(len({sql}) <= {at} or {self.element(Value(f'{sql}[{at + 1}]', item), part)})"
            for at, part in enumerate(first)
        ]
        if "items" in schema and not (shell and not first):
            parts.append(self.every(f"{sql}[{len(first) + 1}:]" if first else sql, item, schema["items"]))
        sizes = (("minItems", ">="), ("maxItems", "<="))
        parts += [f"len({sql}) {sign} {int(schema[name])}" for name, sign in sizes if name in schema]
        if schema.get("uniqueItems") is True:
            nulls = f"least(1, len({sql}) - len(list_filter({sql}, lambda x: x is not null)))"
            parts.append(f"len(list_distinct({sql})) + {nulls} = len({sql})")
        if "contains" in schema:
            one = self.variable()
            matches = f"len(list_filter({sql}, lambda {one}: {self.element(Value(one, item), schema['contains'])}))"
            parts.append(f"{matches} >= {int(schema.get('minContains', 1))}")
            if "maxContains" in schema:
                parts.append(f"{matches} <= {int(schema['maxContains'])}")
        return parts

    def element(self, value: Value, schema: Any) -> str:
        """Of a value that may be NULL, which is null then."""
        valid = self.valid(value, schema)
        if self.admits_null(schema):
            return "true" if valid == "true" else f"({value.sql} is null or ({valid}))"
        return f"({value.sql} is not null and ({valid}))"

    def every(self, sql: str, item: ColumnType, schema: Any) -> str:
        one = self.variable()
        valid = self.element(Value(one, item), schema)
        return "true" if valid == "true" else f"len(list_filter({sql}, lambda {one}: not {valid})) = 0"

    # -- references and null -------------------------------------------------------------------------------------------

    def followed(self, schema: Any) -> Any:
        """The schema that is meant where this one is a reference and nothing else."""
        for _ in range(30):
            if not isinstance(schema, Mapping) or "$ref" not in schema or not ASSERTIONS & schema.keys() <= {"$ref"}:
                return schema
            schema = self.resolve(schema["$ref"])
        raise NotComputable("$ref")

    def resolve(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise NotComputable("$ref")
        target: Any = self.root
        for part in reference[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, Mapping) or name not in target:
                raise NotComputable("$ref")
            target = target[name]
        return target

    def admits_null(self, schema: Any, depth: int = 0) -> bool:
        if isinstance(schema, bool):
            return schema
        if depth > 30:
            raise NotComputable("$ref")

        def admits(part: Any) -> bool:
            return self.admits_null(part, depth + 1)

        names = schema.get("type", "null")
        if "null" not in (names if isinstance(names, list) else [names]):
            return False
        if None not in schema.get("enum", [None]) or schema.get("const") is not None:
            return False
        if not all(map(admits, schema.get("allOf", ()))) or not any(map(admits, schema.get("anyOf", [True]))):
            return False
        if "oneOf" in schema and sum(map(admits, schema["oneOf"])) != 1:
            return False
        if "if" in schema and not admits(schema.get("then" if admits(schema["if"]) else "else", True)):
            return False
        return ("not" not in schema or not admits(schema["not"])) and (
            "$ref" not in schema or admits(self.resolve(schema["$ref"]))
        )


def subschemas(schema: Mapping[str, Any], name: str) -> list[Any]:
    """What `schema` says of the property of that name."""
    named = schema.get("properties") or {}
    schemas = [named[name]] if name in named else []
    for pattern, part in (schema.get("patternProperties") or {}).items():
        try:
            schemas += [part] if re.search(pattern, name) else []
        except re.error:
            raise NotComputable("patternProperties") from None
    return schemas or ([schema["additionalProperties"]] if "additionalProperties" in schema else [])


def refuse(schema: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if schema.get(name) not in (None, True):
            raise NotComputable(name)


def conjunction(parts: Iterable[str | None]) -> str:
    said = list(dict.fromkeys(part for part in parts if part not in (None, "true")))
    return "false" if "false" in said else " and ".join(part for part in said if part) or "true"


def combined(key: str, parts: list[str]) -> str:
    if key == "oneOf":
        return f"({' + '.join(f'{part}::int' for part in parts)}) = 1"
    return f"({(' and ' if key == 'allOf' else ' or ').join(parts)})"


def as_text(value: Value) -> str:
    """The value, as text where it is a string of another type, such as UUID."""
    cast = value.type.kind == "string" and value.type.text != "VARCHAR"
    return f"{value.sql}::varchar" if cast else value.sql


def fits(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int | float):
        return kind == "number"
    if isinstance(value, Mapping):
        return kind in ("struct", "map")
    if isinstance(value, list):
        return kind == "list"
    return isinstance(value, str) and kind in ("string", *TEMPORAL)


def number_of(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotComputable("number")
    return repr(value)
