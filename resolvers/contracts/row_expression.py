"""CEL expressions over one row, translated to SQL, so that a rule in CEL takes part in the same scan as all others.

`row.name` or `row["name"]` is a column. A row keeps the rule when the expression is true. NULL is an absent value: what
is compared with it is neither true nor false, and `&&` and `||` treat that as CEL treats errors.
"""

import re
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from cel_expr_python import cel

from resolvers.model.cel_tree import CALL, CONST, IDENT, LIST, SELECT, every, fields, one, root, text

MAX_LENGTH = 4_000
OPERATORS = {
    "_==_": "=",
    "_!=_": "<>",
    "_<_": "<",
    "_<=_": "<=",
    "_>_": ">",
    "_>=_": ">=",
    "_+_": "+",
    "_-_": "-",
    "_*_": "*",
    "_%_": "%",
}
LOGIC = {"_&&_": "and", "_||_": "or"}
PREDICATES = {"startsWith": "starts_with", "endsWith": "ends_with", "contains": "contains"}


class WrongRowExpression(ValueError):
    """The expression cannot be a rule; the message says why."""


class Operand(NamedTuple):
    """`kind` is string, number, boolean, date-time, date, time, null, list or any."""

    sql: str
    kind: str


Columns = Callable[[str], Operand]


def any_column(name: str) -> Operand:
    """Stands for a column of which nothing is known."""
    return Operand(quoted_name(name), "any")


def expression_problem(expression: str) -> str | None:
    """What keeps the text from being a rule; None when nothing does."""
    try:
        row_sql(expression, any_column)
    except WrongRowExpression as error:
        return str(error)
    return None


def row_sql(expression: str, columns: Columns) -> str:
    """A SQL predicate. `columns` gives each column of the expression. Raises `WrongRowExpression`."""
    return translate(tree_of(expression), columns, 0).sql


def columns_of(expression: str) -> list[str]:
    """The columns that the expression names."""
    columns: dict[str, None] = {}

    def note(name: str) -> Operand:
        columns[name] = None
        return any_column(name)

    row_sql(expression, note)
    return list(columns)


@lru_cache(maxsize=1)
def environment() -> Any:
    return cel.NewEnv(variables={"row": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})


@lru_cache(maxsize=512)
def tree_of(expression: str) -> bytes:
    if len(expression) > MAX_LENGTH:
        raise WrongRowExpression(f"an expression has at most {MAX_LENGTH:,} characters")
    try:
        program = environment().compile(expression)
    except RuntimeError as error:
        position = re.search(r"<input>:(-?\d+):(-?\d+): (.+)", str(error))
        place = f"line {position[1]}, column {position[2]}: {position[3][:200]}" if position else str(error)[:200]
        raise WrongRowExpression(f"the expression cannot be compiled, {place}") from None
    if program.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        raise WrongRowExpression("the expression is not true or false of a row")
    return root(program.serialize())


def translate(node: bytes, columns: Columns, depth: int) -> Operand:
    if depth > 60:
        raise WrongRowExpression("the expression is nested too deeply")
    parts = dict(fields(node))
    if CONST in parts:
        return constant(parts[CONST])
    if SELECT in parts:
        return member(parts[SELECT], columns)
    if CALL in parts:
        return call(parts[CALL], columns, depth)
    if LIST in parts:
        elements = [translate(element, columns, depth + 1) for element in every(parts[LIST], 1)]
        return Operand(f"({', '.join(element.sql for element in elements)})" if elements else "()", "list")
    if IDENT in parts:
        raise WrongRowExpression("the row as a whole cannot be used; name a column, e.g. row.customer_id")
    raise WrongRowExpression("all, exists, map and filter cannot be translated to SQL")


def constant(message: bytes) -> Operand:
    for number, value in fields(message):
        if number == 1:
            return Operand("null", "null")
        if number == 2:
            return Operand("true" if value else "false", "boolean")
        if number == 3:
            return Operand(str(value - (1 << 64) if value >= 1 << 63 else value), "number")
        if number == 4:
            return Operand(str(value), "number")
        if number == 5:
            return Operand(repr(struct.unpack("<d", value)[0]), "number")
        if number == 6:
            return Operand(quoted_text(value.decode()), "string")
    raise WrongRowExpression("bytes cannot be translated to SQL")


def member(select: bytes, columns: Columns) -> Operand:
    name = text(select, 2)
    if IDENT not in dict(fields(one(select, 1))):
        raise WrongRowExpression("what lies inside of a column cannot be translated to SQL")
    column = columns(name)
    if every(select, 3):  # has(row.name)
        return Operand(f"({column.sql} is not null)", "boolean")
    return column


def call(message: bytes, columns: Columns, depth: int) -> Operand:
    function = text(message, 2)
    arguments = [*every(message, 1), *every(message, 3)]
    if function == "_[_]":
        index = dict(fields(dict(fields(arguments[1])).get(CONST, b"")))
        if IDENT not in dict(fields(arguments[0])) or 6 not in index:
            raise WrongRowExpression("what lies inside of a column cannot be translated to SQL")
        return columns(index[6].decode())
    values = [translate(argument, columns, depth + 1) for argument in arguments]
    if function in LOGIC:
        return Operand(f"({values[0].sql} {LOGIC[function]} {values[1].sql})", "boolean")
    if function == "!_":
        return Operand(f"(not {values[0].sql})", "boolean")
    if function == "-_":
        return Operand(f"(-{values[0].sql})", "number")
    if function == "_?_:_":
        condition, then, otherwise = values
        chosen = f"(case when {condition.sql} then {then.sql} when not {condition.sql} then {otherwise.sql} end)"
        return Operand(chosen, then.kind if then.kind == otherwise.kind else "any")
    if function in ("_==_", "_!=_") and "null" in (values[0].kind, values[1].kind):
        other = values[0] if values[1].kind == "null" else values[1]
        return Operand(f"({other.sql} is {'not ' if function == '_!=_' else ''}null)", "boolean")
    if function in ("@in", "_in_", "in"):
        if values[1].kind != "list":
            raise WrongRowExpression("`in` takes a list of values")
        return Operand("false" if values[1].sql == "()" else f"({values[0].sql} in {values[1].sql})", "boolean")
    if function == "_/_":
        alike(values)
        return Operand(f"({values[0].sql} / nullif({values[1].sql}, 0))", "number")
    if function in OPERATORS:
        return operator(function, values)
    return named(function, values)


def operator(function: str, values: list[Operand]) -> Operand:
    alike(values)
    compares = function in ("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_")
    symbol = "||" if function == "_+_" and "string" in (values[0].kind, values[1].kind) else OPERATORS[function]
    kind = "boolean" if compares else "string" if symbol == "||" else "number"
    return Operand(f"({values[0].sql} {symbol} {values[1].sql})", kind)


def alike(values: list[Operand]) -> None:
    kinds = {value.kind for value in values} - {"any", "null"}
    if len(kinds) > 1:
        raise WrongRowExpression(f"{' and '.join(sorted(kinds))} cannot be compared")


def named(function: str, values: list[Operand]) -> Operand:
    first = values[0]
    if function == "matches" and values[1].kind == "string":
        return Operand(f"regexp_matches({as_text(first)}, {values[1].sql})", "boolean")
    if function in PREDICATES:
        return Operand(f"{PREDICATES[function]}({as_text(first)}, {as_text(values[1])})", "boolean")
    if function == "size":
        return Operand(f"len({first.sql})" if first.kind in ("any", "list") else f"length({as_text(first)})", "number")
    if function == "string":
        return Operand(as_text(first), "string")
    if function in ("int", "uint"):
        return Operand(f"try_cast({first.sql} as bigint)", "number")
    if function == "double":
        return Operand(f"try_cast({first.sql} as double)", "number")
    if function == "timestamp":
        return Operand(f"try_cast({first.sql} as timestamptz)", "date-time")
    raise WrongRowExpression(f"{function}() cannot be translated to SQL")


def as_text(value: Operand) -> str:
    if value.kind in ("string", "any"):
        return value.sql
    if value.kind == "date-time":
        return f"strftime({value.sql}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    if value.kind in ("number", "boolean", "date", "time"):
        return f"{value.sql}::varchar"
    raise WrongRowExpression(f"a {value.kind} is not a text")


def quoted_text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
