"""Executors of runs: graphql-core builds the first of an operation, later ones are copies of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from graphql.execution import Executor
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from graph_api.execution.compiled.variables import Variable, coerced, variables_of


def unavailable(*_: Any) -> Any:
    raise RuntimeError("Compiled code has nothing to gather or track.")


# An executor's own ones hold it, as it does them: all that a request read would stay until the collector comes.
HELPERS = GraphQLResolveInfoHelpers(gather=unavailable, track=unavailable)


class Model(NamedTuple):
    """What all executors of an operation share: all but context, variables and extensions. What an execution by
    graphql-core collects in its executor, compiled code has none of."""

    executor: Executor
    variables: tuple[Variable, ...] | None


class Executors:
    """Of one document."""

    def __init__(self, ast: DocumentNode) -> None:
        self._ast = ast
        self._models: dict[int, Model] = {}

    def get(
        self,
        schema: Schema,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        context: Any,
        extensions: Mapping[str, Any],
    ) -> Executor | list[GraphQLError]:
        """Graphql-core's errors when the variables do not fit."""
        model = self._models.get(id(operation))
        values = coerced(model.variables, variables) if model and model.variables is not None else None
        if model is None or values is None:
            return self._build(schema, operation, variables, context, extensions)
        executor = blank(model.executor)
        executor.__dict__.update(
            model.executor.__dict__,
            context_value=context,
            variable_values=values,
            operation_extensions=dict(extensions),
        )
        return executor

    def _build(
        self,
        schema: Schema,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        context: Any,
        extensions: Mapping[str, Any],
    ) -> Executor | list[GraphQLError]:
        executor = schema.execution_context_class.build(
            schema._schema,
            self._ast,
            context_value=context,
            raw_variable_values=dict(variables),
            operation_name=operation.name.value if operation.name else None,
            is_awaitable=optimized_is_awaitable,  # pyright: ignore[reportArgumentType]
            operation_extensions=dict(extensions),
        )
        if isinstance(executor, list):
            return executor
        executor.async_helpers = HELPERS
        if id(operation) not in self._models:
            model = blank(executor)
            model.__dict__.update(executor.__dict__, context_value=None)  # a request's context must not be kept
            self._models[id(operation)] = Model(model, variables_of(schema._schema, operation))
        return executor


def blank(like: Executor) -> Any:
    return like.__class__.__new__(like.__class__)


def fresh(like: Executor) -> Executor:
    """One to compile by, which finds out for itself what its variables select; without the request's context."""
    executor = type(like)(
        like.schema,
        like.fragment_definitions,
        like.fragments,
        like.root_value,
        None,
        like.operation,
        like.variable_values,
        like.field_resolver,
        like.type_resolver,
        like.subscribe_field_resolver,
        is_awaitable=like.is_awaitable,
    )
    executor.async_helpers = HELPERS
    return executor
