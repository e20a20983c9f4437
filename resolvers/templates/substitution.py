"""Substitutes the `${…}` expressions in a template's body.

Expressions are CEL over `config`, `domain` and `name`. If a text consists of one expression, it becomes the value of
the expression; expressions inside a longer text are inserted as text. A key whose value is null is removed.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from cel_expr_python import cel

MAX_LENGTH = 4_000
EXPRESSION = re.compile(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}")
VARIABLES: Final = ("config", "domain", "name")
PLAIN = (str, bool, int, float, type(None))

Path = tuple[str, ...]


class WrongExpression(ValueError):
    """An expression that cannot be compiled or evaluated; the message says why."""


def expressions(body: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """All expressions with their places."""
    if isinstance(body, Mapping):
        for key, value in body.items():
            yield from expressions(value, (*path, str(key)))
    elif isinstance(body, list):
        for at, value in enumerate(body):
            yield from expressions(value, (*path, str(at)))
    elif isinstance(body, str):
        for match in EXPRESSION.finditer(body):
            yield path, match[1]


def substitute(body: Any, variables: Mapping[str, Any]) -> tuple[Any, list[tuple[Path, str]]]:
    """The body with every expression replaced, and `(place, reason)` of those that could not be evaluated."""
    faults: list[tuple[Path, str]] = []
    return _replaced(body, variables, (), faults), faults


def _replaced(body: Any, variables: Mapping[str, Any], path: Path, faults: list[tuple[Path, str]]) -> Any:
    if isinstance(body, Mapping):
        made = {key: _replaced(value, variables, (*path, str(key)), faults) for key, value in body.items()}
        return {key: value for key, value in made.items() if value is not None or body[key] is None}
    if isinstance(body, list):
        made = [_replaced(value, variables, (*path, str(at)), faults) for at, value in enumerate(body)]
        return [new for old, new in zip(body, made, strict=True) if new is not None or old is None]
    if not isinstance(body, str) or "${" not in body:
        return body
    try:
        whole = EXPRESSION.fullmatch(body)
        if whole is not None:
            return evaluate(whole[1], variables)
        return EXPRESSION.sub(lambda match: _text(evaluate(match[1], variables)), body)
    except WrongExpression as wrong:
        faults.append((path, str(wrong)))
        return None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    raise WrongExpression("a list or an object cannot stand inside a text")


def evaluate(text: str, variables: Mapping[str, Any]) -> Any:
    """A JSON value. Raises `WrongExpression`."""
    try:
        value = compiled(text).eval(data=dict(variables))
    except RuntimeError as error:
        raise WrongExpression(_reason(str(error))) from None
    if value.type() == cel.Type.ERROR:
        raise WrongExpression(_reason(str(value.value())))
    plain = value.plain_value()
    if not is_json(plain):
        raise WrongExpression(f"'{text}' gives a {value.type().name()}, which is not JSON value")
    return plain


def is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_json(one) for key, one in value.items())
    return all(map(is_json, value)) if isinstance(value, list) else isinstance(value, PLAIN)


@lru_cache(maxsize=1_024)
def compiled(text: str) -> Any:
    """Raises `WrongExpression`."""
    if len(text) > MAX_LENGTH:
        raise WrongExpression(f"an expression has at most {MAX_LENGTH:,} characters")
    try:
        return _environment().compile(text)
    except RuntimeError as error:
        raise WrongExpression(_reason(str(error))) from None


@lru_cache(maxsize=1)
def _environment() -> Any:
    return cel.NewEnv(
        variables={"config": cel.Type.DYN, "domain": cel.Type.STRING, "name": cel.Type.STRING},
    )


def _reason(message: str) -> str:
    place = re.search(r"<input>:(-?\d+):(-?\d+): (.+)", message)
    if place is None:
        return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", message.strip().splitlines()[0])[:300]
    return f"line {place[1]}, column {place[2]}: {place[3][:300]}"
