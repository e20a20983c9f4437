"""Queries against the composed schema, as the server runs them but for HTTP."""

from typing import Any

from resolvers.caller import ANONYMOUS, Caller
from resolvers.store import Store
from schema.context import Context
from schema.schema import schema


async def ask(store: Store, query: str, *, caller: Caller = ANONYMOUS, **variables: Any) -> Any:
    """The answer's `data`; fails on any error."""
    result = await schema.execute(query, variable_values=variables, context_value=Context(store, caller))
    assert not result.errors, [error.formatted for error in result.errors]
    return result.data


async def ask_wrongly(store: Store, query: str, **variables: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The `data` and the formatted errors, without their places in the text; fails when there is no error."""
    result = await schema.execute(query, variable_values=variables, context_value=Context(store))
    assert result.errors
    errors: list[dict[str, Any]] = [dict(error.formatted) for error in result.errors]
    for error in errors:
        error.pop("locations", None)
    return result.data, errors
