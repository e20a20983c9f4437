"""Preview of an output: rows of a typed filter, each checked against the contract, protected values masked."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jsonschema_rs

from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Classification, ContractField
from resolvers.quality.column_types import family
from resolvers.quality.json_schema_sql import name_of, text_of
from resolvers.quality.reader import Column, Session

MAX_ROWS = 1_000
MAX_DEPTH = 10
COMPARISONS = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
ORDER = list(Classification)


class PreviewRow(NamedTuple):
    """`faults` are how the row breaks the contract; values in them are left out."""

    values: dict[str, Any]
    valid: bool
    faults: list[str]


class Preview(NamedTuple):
    columns: list[Column]
    masked: list[str]
    rows: list[PreviewRow]


def invalid(message: str, *path: str) -> UserFault:
    return UserFault(UserErrorCode.INVALID_INPUT, message, path)


def check_request(first: int, where: Any, columns: Sequence[str] | None) -> None:
    """Checks that need no data. Raises `UserFault`."""
    if not 1 <= first <= MAX_ROWS:
        raise invalid(f"`first` is from 1 to {MAX_ROWS}.", "first")
    if columns is not None and not columns:
        raise invalid("`columns` names at least one column.", "columns")
    if where is not None:
        shape(where, 0)


def shape(where: Any, depth: int) -> None:
    if not isinstance(where, Mapping) or len(where) != 1 or depth > MAX_DEPTH:
        raise invalid('A filter is an object with one key, e.g. {"eq": {"column": "id", "value": 1}}.', "where")
    ((key, value),) = where.items()
    if key in ("and", "or"):
        if not isinstance(value, list) or not value:
            raise invalid(f"`{key}` takes a list of filters.", "where", key)
        for part in value:
            shape(part, depth + 1)
    elif key not in (*COMPARISONS, "in", "isNull"):
        raise invalid(
            f"'{str(key)[:50]}' is not a filter; {', '.join((*COMPARISONS, 'in', 'isNull', 'and', 'or'))} are.", "where"
        )
    elif not isinstance(value, Mapping) or not isinstance(value.get("column"), str):
        raise invalid(f"`{key}` takes a column and a value.", "where", key)


def condition(where: Mapping[str, Any], types: Mapping[str, str]) -> str:
    ((key, value),) = where.items()
    if key in ("and", "or"):
        return "(" + f" {key} ".join(condition(part, types) for part in value) + ")"
    name, operand = value["column"], value.get("value")
    if name not in types:
        raise invalid(f"There is no column '{name[:100]}' that you may filter by.", "where", key)
    column = name_of(name)
    if key == "isNull":
        return f"{column} is {'not ' if operand is False else ''}null"
    if key == "in":
        if not isinstance(operand, list) or not operand:
            raise invalid("`in` takes a list of values.", "where", key)
        return f"{column} in ({', '.join(literal(one, types[name], key) for one in operand)})"
    return f"{column} {COMPARISONS[key]} {literal(operand, types[name], key)}"


def literal(value: Any, column_type: str, key: str) -> str:
    kind = family(column_type)
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    if kind == "boolean" and isinstance(value, bool):
        return "true" if value else "false"
    if kind in ("string", "date", "date-time", "time") and isinstance(value, str):
        return text_of(value) if kind == "string" else f"cast({text_of(value)} as {column_type})"
    raise invalid(f"The value does not fit a column of type {column_type[:50]}.", "where", key)


def hidden_columns(fields: Sequence[ContractField], whole: str | None, clearance: Classification) -> set[str]:
    """Top-level columns with a classification above `clearance`; `whole` is that of the contract, for the others."""
    hidden = set()
    for field in fields:
        mark = field.classification or whole
        if mark is not None and ORDER.index(Classification(mark)) > ORDER.index(clearance):
            hidden.add(field.path.split(".")[0].removesuffix("[]"))
    return hidden


async def preview(
    session: Session,
    schema: Mapping[str, Any],
    hidden: Sequence[str] | set[str],
    protected: bool,
    first: int,
    where: Mapping[str, Any] | None,
    columns: Sequence[str] | None,
) -> Preview:
    """`protected`: columns that the contract does not name are hidden too. Raises `UserFault`, `ReadError`."""
    named = set(schema.get("properties") or {})
    column_names = list(session.columns[0])
    masked = {one.name for one in column_names if one.name in hidden or (protected and one.name not in named)}
    types = {one.name: one.type for one in column_names}
    if unknown := [name for name in columns or () if name not in types]:
        raise invalid(f"The output has no column '{unknown[0][:100]}'.", "columns")
    visible = {name: kind for name, kind in types.items() if name not in masked}
    filtering = "" if where is None else f" where {condition(where, visible)}"
    texts = ", ".join(f"{normalised(name, kind)} as {name_of(name)}" for name, kind in types.items())
    sql = f"select to_json(t)::varchar from (select {texts} from data{filtering} limit {first}) t"
    validator = jsonschema_rs.validator_for(dict(schema), validate_formats=True)
    shown = [name for name in types if columns is None or name in columns]
    rows = [checked(json.loads(row[0]), validator, shown, masked) for row in await session.rows(sql, first)]
    return Preview([one for one in column_names if one.name in shown], sorted(masked & set(shown)), rows)


def normalised(name: str, column_type: str) -> str:
    column = name_of(name)
    upper = column_type.upper()
    if upper.startswith("TIMESTAMP WITH"):
        return f"strftime(timezone('UTC', {column}), '%Y-%m-%dT%H:%M:%S.%fZ')"
    if upper.startswith("TIMESTAMP"):
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"to_base64({column})" if upper == "BLOB" else column


def checked(values: dict[str, Any], validator: Any, shown: Sequence[str], masked: set[str]) -> PreviewRow:
    """NULL is an absent value, as in the contract's own documents, unless the contract admits null."""
    errors = list(validator.iter_errors(values))
    if errors:
        values_present = {name: value for name, value in values.items() if value is not None}
        errors = list(validator.iter_errors(values_present))
    faults = sorted({fault_of(error) for error in errors})
    answer = {name: "***" if name in masked and values[name] is not None else values[name] for name in shown}
    return PreviewRow(answer, not faults, faults[:20])


def fault_of(error: Any) -> str:
    at = "/".join(map(str, error.instance_path)) or "row"
    return f"{at}: {'/'.join(str(part) for part in error.schema_path)}"
