"""Types of columns as DuckDB names them, as trees: STRUCT(sku VARCHAR, prices DECIMAL(9,2)[])."""

import re
from typing import NamedTuple

MAX_DEPTH = 50
NAME = re.compile(r"[A-Za-z_][\w ]*")
WORD = re.compile(r'"(?:[^"]|"")*"|[^\s(),"\[\]]+')
SIZE = re.compile(r"\[(\d*)\]")


class ColumnType(NamedTuple):
    """`kind` is string, number, boolean, date, date-time or time; struct, list or map; or other. `fields` are of a
    struct, in order; `item` is of a list's elements or a map's values; `key` of a map's keys."""

    kind: str
    text: str
    fields: tuple[tuple[str, "ColumnType"], ...] = ()
    item: "ColumnType | None" = None
    key: "ColumnType | None" = None


class _Unknown(Exception):
    """No type that is known here."""


def parse_type(text: str) -> ColumnType:
    """What cannot be parsed is of the kind `other`."""
    try:
        column_type, at = _type(text, 0, 0)
    except _Unknown:
        return ColumnType("other", text)
    return column_type if at == len(text) else ColumnType("other", text)


def _type(text: str, at: int, depth: int) -> tuple[ColumnType, int]:
    if depth > MAX_DEPTH:
        raise _Unknown
    match = NAME.match(text, at)
    if match is None:
        raise _Unknown
    name, end = match[0].strip().upper(), match.end()
    if not text.startswith("(", end):
        column_type = ColumnType(scalar_kind(name), text[at:end].strip())
    elif name == "STRUCT":
        fields, end = _fields(text, end + 1, depth)
        column_type = ColumnType("struct", text[at:end], fields)
    elif name == "MAP":
        key, end = _type(text, end + 1, depth + 1)
        item, end = _type(text, _after(text, end, ","), depth + 1)
        end = _after(text, end, ")")
        column_type = ColumnType("map", text[at:end], item=item, key=key)
    else:  # DECIMAL(9,2), ENUM('a', 'b'), UNION(…)
        end = _closed(text, end)
        column_type = ColumnType(scalar_kind(name), text[at:end])
    while size := SIZE.match(text, end):
        depth, end = depth + 1, size.end()
        if depth > MAX_DEPTH:
            raise _Unknown
        column_type = ColumnType("list", text[at:end], item=column_type)
    return column_type, end


def _fields(text: str, at: int, depth: int) -> tuple[tuple[tuple[str, ColumnType], ...], int]:
    fields: list[tuple[str, ColumnType]] = []
    while True:
        word = WORD.match(text, at)
        if word is None:
            raise _Unknown
        name = word[0][1:-1].replace('""', '"') if word[0].startswith('"') else word[0]
        kind, at = _type(text, _after(text, word.end(), " "), depth + 1)
        fields.append((name, kind))
        if text.startswith(")", at):
            return tuple(fields), at + 1
        at = _after(text, at, ",")


def _after(text: str, at: int, mark: str) -> int:
    """Behind `mark` and the spaces that follow it."""
    if not text.startswith(mark, at):
        raise _Unknown
    at += 1
    while text.startswith(" ", at):
        at += 1
    return at


def _closed(text: str, at: int) -> int:
    """Behind the bracket that closes the one at `at`."""
    depth, quote = 0, ""
    for place in range(at, len(text)):
        sign = text[place]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth == 0:
                return place + 1
    raise _Unknown


def scalar_kind(name: str) -> str:
    if name.startswith(("UNION", "INTERVAL", "STRUCT", "MAP", "LIST", "JSON", "NULL", '"NULL"', "VARIANT", "GEOMETRY")):
        return "other"
    if name.startswith(("VARCHAR", "UUID", "ENUM", "BLOB", "BIT")):
        return "string"
    if name == "BOOLEAN":
        return "boolean"
    if name.startswith("TIMESTAMP"):
        return "date-time"
    if name == "DATE":
        return "date"
    return "time" if name.startswith("TIME") else "number"


def family(column_type: str) -> str:
    """string, number, boolean, date, date-time, time or nested: what JSON makes of a column of that type."""
    kind = parse_type(column_type).kind
    return "nested" if kind in ("struct", "list", "map", "other") else kind
