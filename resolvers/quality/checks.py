"""The checks of a contract over one output: what is counted, of how many, and against which threshold."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from resolvers.quality.column_types import ColumnType, family, parse_type
from resolvers.quality.json_schema_sql import ROW, Compiler, NotComputable, Value, name_of
from resolvers.quality.nested_checks import Check, Place, checks_below
from resolvers.quality.reader import Column

THRESHOLD = 0.9
DIMENSIONS = ("completeness", "uniqueness", "validity", "consistency", "accuracy", "timeliness")
RULES = "businessRules"
SAME = {"conformity": "validity", "freshness": "timeliness"}
UNIQUE = ("x-unique", "unique", "x-primary-key", "primaryKey", "x-primaryKey")


class Plan(NamedTuple):
    """`newest` is the aggregate of the time of the newest record. `key` is the column that names a row."""

    checks: tuple[Check, ...]
    thresholds: Mapping[str, float]
    newest: str | None
    newest_field: str | None
    max_delay: str | None
    key: str | None


def plan(schema: Mapping[str, Any], quality: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> Plan:
    """`schema` and `quality` are of the contract; `columns` are those of the output."""
    types = {column.name: column.type for column in columns}
    root, schema = schema, whole_schema(schema)
    properties = schema.get("properties") or {}
    required = [name for name in schema.get("required") or () if isinstance(name, str)]
    unique = [
        name for name, part in properties.items() if isinstance(part, Mapping) and any(part.get(k) for k in UNIQUE)
    ]
    checks = [
        *(completeness(name, types) for name in required),
        *(uniqueness(name, types) for name in unique),
        *(check for name, part in properties.items() for check in validity(name, part, types, root)),
        *row_validity(schema, columns, root),
    ]
    newest_field = time_field(properties, types)
    newest = None if newest_field is None else newest_of(newest_field, types[newest_field])
    key = next((name for name in (*unique, *required, *types) if name in types), None)
    delays = [entry["maxDelay"] for entry in quality if entry.get("maxDelay")]
    return Plan(tuple(checks), thresholds_of(quality), newest, newest_field, delays[-1] if delays else None, key)


def thresholds_of(quality: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """By dimension: the contract's, else 0.9, and 1 for business rules."""
    thresholds: dict[str, float] = {**dict.fromkeys(DIMENSIONS, THRESHOLD), RULES: 1.0}
    for entry in quality:
        if entry.get("threshold") is not None:
            thresholds[dimension_of(entry)] = entry["threshold"]
    return thresholds


def dimension_of(entry: Mapping[str, Any]) -> str:
    name: str = entry["dimension"]
    return SAME.get(name, name)


def completeness(name: str, types: Mapping[str, str]) -> Check:
    if name not in types:
        return Check(f"completeness:{name}", "completeness", name, "0", "count(*)", None)
    column = name_of(name)
    return Check(f"completeness:{name}", "completeness", name, f"count({column})", "count(*)", f"{column} is null")


def uniqueness(name: str, types: Mapping[str, str]) -> Check:
    identity = (f"uniqueness:{name}", "uniqueness", name)
    if name not in types:
        return Check(*identity, reason="the output has no such column")
    column = name_of(name)
    return Check(*identity, f"count(distinct {column})", f"count({column})", repeated(column), grouped=True)


def repeated(column: str) -> str:
    """True for rows whose value occurs more than once."""
    return f"{column} in (select {column} from data where {column} is not null group by {column} having count(*) > 1)"


def validity(name: str, part: Any, types: Mapping[str, str], root: Mapping[str, Any]) -> list[Check]:
    """Of a column, and of the fields and elements in it."""
    identity = (f"validity:{name}", "validity", name)
    if name not in types:
        return [Check(*identity, reason="the output has no such column")]
    column = name_of(name)
    compiler, place = Compiler(root), Place(name, column, parse_type(types[name]))
    below = checks_below(compiler, place, part)
    try:
        valid = compiler.valid(Value(column, place.type), compiler.followed(part), shell=bool(below))
    except NotComputable as error:
        return [Check(*identity, reason=f"not computed: {error}"), *below]
    except RecursionError:
        return [Check(*identity, reason="not computed: a schema of that depth"), *below]
    good = f"count({column}) filter ({valid})"
    return [Check(*identity, good, f"count({column})", f"{column} is not null and not ({valid})"), *below]


def whole_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        followed = Compiler(schema).followed(schema)
    except NotComputable:
        return schema
    return followed if isinstance(followed, Mapping) else schema


# What a schema says of a row besides its fields, each of which has checks of its own. `additionalProperties` is no
# matter of values: an output may have more columns than the contract, such as those of its partitions.
OF_ROWS = ("anyOf", "allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas")


def row_validity(schema: Mapping[str, Any], columns: Sequence[Column], root: Mapping[str, Any]) -> list[Check]:
    said = {key: schema[key] for key in OF_ROWS if key in schema}
    if not said:
        return []
    identity = ("validity:row", "validity", None)
    row = ColumnType("struct", "row", tuple((column.name, parse_type(column.type)) for column in columns))
    try:
        valid = Compiler(root).valid(Value(ROW, row), said)
    except NotComputable as error:
        return [Check(*identity, reason=f"not computed: {error}")]
    except RecursionError:
        return [Check(*identity, reason="not computed: a schema of that depth")]
    return [Check(*identity, f"count(*) filter ({valid})", "count(*)", f"not ({valid})")]


def time_field(properties: Mapping[str, Any], types: Mapping[str, str]) -> str | None:
    """The property marked `x-event-time`, else the first one that is a time."""
    times = [
        name
        for name, part in properties.items()
        if name in types
        and isinstance(part, Mapping)
        and (part.get("format") == "date-time" or part.get("x-event-time"))
    ]
    times += [name for name, kind in types.items() if name not in times and family(kind) == "date-time"]
    marked = [name for name in times if (properties.get(name) or {}).get("x-event-time")]
    return next(iter((*marked, *times)), None)


def newest_of(name: str, kind: str) -> str:
    column = name_of(name)
    value = f"try_cast({column} as timestamptz)" if family(kind) == "string" else f"{column}::timestamptz"
    return f"strftime(timezone('UTC', max({value})), '%Y-%m-%dT%H:%M:%S.%fZ')"
