"""The checks of a contract over one output: what is counted, of how many, and against which threshold."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from resolvers.quality.json_schema_sql import NotComputable, family, name_of, predicate, text_of
from resolvers.quality.reader import Column

THRESHOLD = 0.9
DIMENSIONS = ("completeness", "uniqueness", "validity", "consistency", "accuracy", "timeliness")
SAME = {"conformity": "validity", "freshness": "timeliness"}
UNIQUE = ("x-unique", "unique", "x-primary-key", "primaryKey", "x-primaryKey")
METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount", "sql")
OPERATORS = {
    "mustBe": "{x} = {a}",
    "mustNotBe": "{x} <> {a}",
    "mustBeGreaterThan": "{x} > {a}",
    "mustBeGreaterOrEqualTo": "{x} >= {a}",
    "mustBeLessThan": "{x} < {a}",
    "mustBeLessOrEqualTo": "{x} <= {a}",
    "mustBeBetween": "{x} between {a} and {b}",
    "mustNotBeBetween": "not ({x} between {a} and {b})",
}


class Check(NamedTuple):
    """`good` of `total` are aggregates; `bad` is true for rows that fail. `reason` says why nothing is computed."""

    id: str
    dimension: str
    field: str | None
    good: str | None = None
    total: str | None = None
    bad: str | None = None
    reason: str | None = None


class Rule(NamedTuple):
    """A business rule: `value` is an aggregate, or a whole query where `query`; `test` compares it. `text` shows it."""

    id: str
    field: str | None
    value: str | None
    operator: str
    bounds: tuple[float, ...]
    percent: bool
    bad: str | None = None
    query: bool = False
    reason: str | None = None


class Plan(NamedTuple):
    """`newest` is the aggregate of the time of the newest record. `key` is the column that names a row."""

    checks: tuple[Check, ...]
    rules: tuple[Rule, ...]
    thresholds: Mapping[str, float]
    newest: str | None
    newest_field: str | None
    max_delay: str | None
    key: str | None


def plan(schema: Mapping[str, Any], quality: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> Plan:
    """`schema` and `quality` are of the contract; `columns` are those of the output."""
    types = {column.name: column.type for column in columns}
    properties = schema.get("properties") or {}
    required = [name for name in schema.get("required") or () if isinstance(name, str)]
    unique = [
        name for name, part in properties.items() if isinstance(part, Mapping) and any(part.get(k) for k in UNIQUE)
    ]
    thresholds: dict[str, float] = dict.fromkeys(DIMENSIONS, THRESHOLD)
    max_delay = None
    for entry in quality:
        dimension: str = entry["dimension"]
        name = SAME.get(dimension, dimension)
        if entry.get("threshold") is not None:
            thresholds[name] = entry["threshold"]
        max_delay = entry.get("maxDelay") or max_delay
    checks = [
        *(completeness(name, types) for name in required),
        *(uniqueness(name, types) for name in unique),
        *(validity(name, part, types, schema) for name, part in properties.items()),
    ]
    rules = [rule_of(entry["rule"], at, types, schema) for at, entry in enumerate(quality) if entry.get("rule")]
    newest_field = time_field(properties, types)
    newest = None if newest_field is None else newest_of(newest_field, types[newest_field])
    key = next((name for name in (*unique, *required, *types) if name in types), None)
    return Plan(tuple(checks), tuple(rules), thresholds, newest, newest_field, max_delay, key)


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
    bad = f"{column} in (select {column} from data where {column} is not null group by {column} having count(*) > 1)"
    return Check(*identity, f"count(distinct {column})", f"count({column})", bad)


def validity(name: str, part: Any, types: Mapping[str, str], root: Mapping[str, Any]) -> Check:
    identity = (f"validity:{name}", "validity", name)
    if name not in types:
        return Check(*identity, reason="the output has no such column")
    column = name_of(name)
    try:
        valid = predicate(column, types[name], part, root)
    except NotComputable as error:
        return Check(*identity, reason=f"not computed: {error}")
    good = f"count({column}) filter ({valid})"
    return Check(*identity, good, f"count({column})", f"{column} is not null and not ({valid})")


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


def rule_of(rule: Mapping[str, Any], at: int, types: Mapping[str, str], schema: Mapping[str, Any]) -> Rule:
    name = rule.get("property")
    operator = next((key for key in OPERATORS if rule.get(key) is not None), "mustBe")
    given = rule.get(operator, 0)
    bounds = tuple(float(value) for value in (given if isinstance(given, list) else [given]))
    base = Rule(rule.get("id") or f"rule-{at + 1}", name, None, operator, bounds, rule.get("unit") == "percent")
    metric = rule["metric"]
    if metric == "rowCount":
        return base._replace(value="count(*)")
    if metric == "sql":
        column = name_of(name) if name else ""
        text = str(rule.get("query", "")).replace("{object}", "data").replace("{property}", column)
        return base._replace(value=text.strip().rstrip(";"), query=True)
    if name is None or name not in types:
        return base._replace(reason="the output has no such column")
    column = name_of(name)
    bad = f"{column} is null"
    if metric == "missingValues":
        bad = f"({column} is null or trim({column}::varchar) = '')"
    elif metric == "invalidValues":
        try:
            part = {**(schema.get("properties", {}).get(name) or {}), **(rule.get("schema") or {})}
            bad = f"({column} is not null and not ({predicate(column, types[name], part, schema)}))"
        except NotComputable as error:
            return base._replace(reason=f"not computed: {error}")
    elif metric == "duplicateValues":
        found = (
            f"{column} in (select {column} from data where {column} is not null group by {column} having count(*) > 1)"
        )
        return base._replace(value=f"count({column}) - count(distinct {column})", bad=found)
    return base._replace(value=f"count(*) filter ({bad})", bad=bad)


def holds(rule: Rule, value: float, rows: int) -> bool:
    compared = (100 * value / rows if rows else 0.0) if rule.percent else value
    low, high = rule.bounds[0], rule.bounds[-1]
    return {
        "mustBe": compared == low,
        "mustNotBe": compared != low,
        "mustBeGreaterThan": compared > low,
        "mustBeGreaterOrEqualTo": compared >= low,
        "mustBeLessThan": compared < low,
        "mustBeLessOrEqualTo": compared <= low,
        "mustBeBetween": low <= compared <= high,
        "mustNotBeBetween": not low <= compared <= high,
    }[rule.operator]


def admit(text: str) -> str:
    """A query that finds the serialised tree of `text`, or an error text where it is no single SELECT."""
    return f"select json_serialize_sql({text_of(text)})::varchar"
