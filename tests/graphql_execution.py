"""Queries against the composed schema, as the server runs them but for HTTP."""

from typing import Any

from graph_api.execution.engine import Engine, Operation
from graph_api.execution.limits import limits_of
from graph_api.settings import Settings
from resolvers.graph.store import Store
from resolvers.model.access import ANONYMOUS, Caller
from schema.context import ALONE, Context, Process
from schema.schema import schema

LAX = Settings(_env_file=None).model_copy(update={"max_cost": 10**9})  # type: ignore[call-arg]


async def ask(
    store: Store, query: str, *, caller: Caller = ANONYMOUS, process: Process = ALONE, **variables: Any
) -> Any:
    """The answer's `data`; fails on any error."""
    engine = Engine(schema, limits_of(LAX))
    prepared = engine.prepare(Operation(query, variables, None, {}), "tests")
    answer = await engine.run(prepared, Context(store, caller, process), "tests")
    assert not answer.errors, answer.errors
    return answer.data


async def ask_wrongly(store: Store, query: str, **variables: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The `data` and the formatted errors, without their places in the text; fails when there is no error."""
    result = await schema.execute(query, variable_values=variables, context_value=Context(store))
    assert result.errors
    errors: list[dict[str, Any]] = [dict(error.formatted) for error in result.errors]
    for error in errors:
        error.pop("locations", None)
    return result.data, errors
