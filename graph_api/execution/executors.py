"""The executor of each run: graphql-core builds that of an operation's first run, later ones are made like it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import DocumentNode, OperationDefinitionNode
from graphql.execution import Executor
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from graph_api.execution.variables import Variable, coerced, variables_of


class Model(NamedTuple):
    """What all executors of an operation share."""

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
    ) -> Executor | None:
        """None when the variables do not fit, which graphql-core explains."""
        model = self._models.get(id(operation))
        values = coerced(model.variables, variables) if model and model.variables is not None else None
        if model is None or values is None:
            return self._build(schema, operation, variables, context, extensions)
        like = model.executor
        return type(like)(
            like.schema,
            like.fragment_definitions,
            like.fragments,
            like.root_value,
            context,
            like.operation,
            values,
            like.field_resolver,
            like.type_resolver,
            like.subscribe_field_resolver,
            is_awaitable=optimized_is_awaitable,
            operation_extensions=dict(extensions),
        )

    def _build(
        self,
        schema: Schema,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        context: Any,
        extensions: Mapping[str, Any],
    ) -> Executor | None:
        executor = schema.execution_context_class.build(
            schema._schema,
            self._ast,
            context_value=context,
            raw_variable_values=dict(variables),
            operation_name=operation.name.value if operation.name else None,
            is_awaitable=optimized_is_awaitable,
            operation_extensions=dict(extensions),
        )
        if isinstance(executor, list):
            return None
        if id(operation) not in self._models:
            model = executor.__class__.__new__(executor.__class__)
            model.__dict__.update(executor.__dict__, context_value=None)  # a request's context is not to be kept,
            del model.async_helpers  # which these hold too
            self._models[id(operation)] = Model(model, variables_of(schema._schema, operation))
        return executor
