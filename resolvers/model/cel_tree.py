"""Reads the syntax tree of a compiled CEL expression, which the compiler serialises as `cel.expr.CheckedExpr`."""

from collections.abc import Iterator
from typing import Any

# Numbers of the fields of `cel.expr.Expr`, as cel/expr/syntax.proto has them.
CONST, IDENT, SELECT, CALL, LIST, STRUCT, COMPREHENSION = 3, 4, 5, 6, 7, 8, 9


def root(serialised: bytes) -> bytes:
    """The outermost expression. `serialised` is an Any of a CheckedExpr."""
    return one(one(serialised, 2), 4)


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a message: numbers as int, all else as bytes."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(message, at)
        elif kind == 2:
            length, at = varint(message, at)
            value, at = message[at : at + length], at + length
        else:
            size = 8 if kind == 1 else 4
            value, at = message[at : at + size], at + size
        yield number, value


def varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def every(message: bytes, number: int) -> list[Any]:
    return [value for key, value in fields(message) if key == number]


def one(message: bytes, number: int) -> bytes:
    return next(iter(every(message, number)), b"")


def text(message: bytes, number: int) -> str:
    return one(message, number).decode()
