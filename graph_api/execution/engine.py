"""Runs operations on the schema: a cached document, limits, graphql-core with Strawberry's executor, masked errors.

This goes past `strawberry.Schema.execute`, whose extension machinery costs as much as a small query, and so refuses a
schema that relies on extensions.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import Any, NamedTuple

import strawberry
from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType, execute, subscribe
from strawberry.execution import optimized_is_awaitable

from graph_api.execution.compiled.operations import MISS
from graph_api.execution.documents import Document, Documents
from graph_api.execution.errors import internal, public_error
from graph_api.execution.limits import LimitError, Limits
from graph_api.execution.persisted import PersistedFault, PersistedQueries, digest_in
from graph_api.fair_gate import FairGate
from resolvers.model.errors import MeshError

ERRORS_AT_ONCE = 500
# An operation of a higher price reads much of the mesh. A page of 1,000 products with six fields is below it.
WIDE_PRICE = 2_000
# Of these, how many of one caller may wait.
MAX_WAITING = 100

AT_ONCE: AbstractAsyncContextManager[None] = nullcontext()
QUERY, MUTATION, SUBSCRIPTION = OperationType.QUERY, OperationType.MUTATION, OperationType.SUBSCRIPTION


class Operation(NamedTuple):
    """What a client sent. `extensions` is the request's own map; `document_id` names a text of the safelist. `query` is
    empty where only a hash or an id was given."""

    query: str
    variables: Mapping[str, Any]
    name: str | None
    extensions: Mapping[str, Any]
    document_id: str | None = None


class Prepared(NamedTuple):
    """An operation that may run."""

    document: Document
    node: OperationDefinitionNode
    operation: Operation
    price: float = 0.0

    @property
    def is_wide(self) -> bool:
        """Whether it reads so much that few of its kind run at once."""
        return self.price > WIDE_PRICE

    @property
    def kind(self) -> OperationType:
        return self.node.operation


class Answer(NamedTuple):
    """`data` is None for a request error, one found before anything ran; then `executed` is False."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    executed: bool = True

    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = {"errors": self.errors} if self.errors else {}
        if self.executed:
            payload["data"] = self.data
        return payload


class Rejected(Exception):
    """A request error: the operation did not run."""

    def __init__(self, answer: Answer, status: int | None = None) -> None:
        """`status`: of HTTP, where the media type does not decide."""
        super().__init__(answer.errors)
        self.answer = answer
        self.status = status


class Engine:
    """One for each schema of an app. `seconds` bounds each query and mutation; `compiles`: queries run compiled where
    they can; `wide` bounds the operations at once that read much of the mesh."""

    def __init__(
        self,
        schema: strawberry.Schema,
        limits: Limits,
        entries: int = 500,
        seconds: float = 30.0,
        compiles: bool = True,
        persisted: PersistedQueries | None = None,
        wide: FairGate | None = None,
    ) -> None:
        if schema.extensions or schema.directives:
            raise TypeError("The schema has extensions or operation directives, which this engine does not run.")
        self._schema = schema
        self._graphql = schema._schema
        self._limits = limits
        self._seconds = seconds
        self.compiles = compiles
        self.documents = Documents(self._graphql, limits, entries)
        self.persisted = persisted or PersistedQueries(entries)
        self._wide = wide

    @property
    def has_subscriptions(self) -> bool:
        return self._graphql.subscription_type is not None

    def prepare(self, operation: Operation, request_id: str) -> Prepared:
        """Raises `Rejected` for a text that is not valid, asks for too much, or lacks the operation."""
        try:
            digest = operation.document_id or digest_in(operation.extensions)
            operation = operation._replace(query=self.persisted.text(operation.query or None, digest))
        except PersistedFault as fault:
            error = {"message": fault.message, "extensions": {"code": fault.code}}
            raise Rejected(Answer(None, [error], executed=False), 400 if fault.malformed else 200) from fault
        document = self.documents.get(operation.query)
        if document.errors:
            raise Rejected(refuse(document.errors, request_id, document.code))
        if digest is not None:
            self.persisted.keep(operation.query, digest)
        try:
            node = document.operation(operation.name)
            price = self._checked_price(document, node, operation)
        except GraphQLError as error:
            raise Rejected(refuse([error], request_id)) from error
        return Prepared(document, node, operation, price)

    def _checked_price(self, document: Document, node: OperationDefinitionNode, operation: Operation) -> float:
        price = document.price(self._graphql, node, operation.variables)
        if price > self._limits.cost:
            raise LimitError(
                "MAX_COST_EXCEEDED",
                f"The operation may load {price:.0f} objects, at most {self._limits.cost} are allowed: ask for smaller "
                "pages (`first`, `maxNodes`) or fewer nested lists, or have the operator raise MESHWEAVE_MAX_COST.",
            )
        return price

    def _turn(self, prepared: Prepared, requester: Hashable) -> AbstractAsyncContextManager[None]:
        """A wide operation waits here for its turn."""
        return self._wide.place(requester) if self._wide is not None and prepared.is_wide else AT_ONCE

    async def run(self, prepared: Prepared, context: Any, request_id: str, requester: Hashable = None) -> Answer:
        """Executes a query or mutation. Never raises for what happens in it. `requester` is whose share of the process
        it takes."""
        announce_fields(context, prepared)
        if self._wide is not None and prepared.is_wide and self._wide.waiting(requester) >= MAX_WAITING:
            return too_many_waiting()
        try:
            async with asyncio.timeout(self._seconds), self._turn(prepared, requester):
                result = await self._run_compiled(prepared, context)
                if result is not MISS:
                    return await answer(result, request_id)
                forget(context)
                result = execute(
                    self._graphql,
                    prepared.document.ast,  # type: ignore[arg-type]
                    context_value=context,
                    variable_values=dict(prepared.operation.variables),
                    operation_name=prepared.operation.name,
                    executor_class=self._schema.execution_context_class,
                    is_awaitable=optimized_is_awaitable,  # pyright: ignore[reportArgumentType]
                    operation_extensions=dict(prepared.operation.extensions),
                )
                if not isinstance(result, ExecutionResult):
                    result = await result
        except TimeoutError:
            return out_of_time(self._seconds, prepared.kind)
        except Exception as error:
            return Answer(None, [failure(error, request_id)])
        return await answer(result, request_id)

    async def _run_compiled(self, prepared: Prepared, context: Any) -> Any:
        if not self.compiles or prepared.kind is not QUERY:
            return MISS
        document, operation = prepared.document, prepared.operation
        if document.executors is None:
            return MISS
        executor = document.executors.get(
            self._schema, prepared.node, operation.variables, context, operation.extensions
        )
        if isinstance(executor, list):  # the variables do not fit
            return ExecutionResult(None, executor)
        return await document.compiled.run(executor)

    async def stream(
        self, prepared: Prepared, context: Any, request_id: str, requester: Hashable = None
    ) -> AsyncIterator[Answer]:
        """The events of a subscription, or the one answer of anything else."""
        if prepared.kind is not SUBSCRIPTION:
            yield await self.run(prepared, context, request_id, requester)
            return
        try:
            source = subscribe(
                self._graphql,
                prepared.document.ast,  # type: ignore[arg-type]
                context_value=context,
                variable_values=dict(prepared.operation.variables),
                operation_name=prepared.operation.name,
                executor_class=self._schema.execution_context_class,
                operation_extensions=dict(prepared.operation.extensions),
            )
            events = source if isinstance(source, ExecutionResult) or hasattr(source, "__aiter__") else await source  # type: ignore[misc]
            if isinstance(events, ExecutionResult):
                yield await answer(events, request_id)
                return
            # Closed with us, not when the collector gets to it: its source holds on to what it listens to.
            async with aclosing(events):  # type: ignore[type-var]
                async for event in events:  # type: ignore[union-attr]
                    yield await answer(event, request_id)
        except MeshError as error:
            yield Answer(None, [public_error(GraphQLError(str(error), original_error=error), request_id)])
        except Exception as error:
            yield Answer(None, [failure(error, request_id)])


def announce_fields(context: Any, prepared: Prepared) -> None:
    """Passes the fields of the operation to a context that plans its reads by them."""
    reading = getattr(context, "reading", None)
    if reading is not None:
        reading(prepared.document.names(prepared.node), prepared.document.notes)


def forget(context: Any) -> None:
    """graphql-core starts from nothing: with what compiled code had read, errors would occur in another order, and
    of those below a propagated null only the first is reported."""
    forgets = getattr(context, "forget", None)
    if forgets is not None:
        forgets()


async def public_errors(errors: Sequence[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """As a response carries them; thousands give way to other requests in between."""
    messages: list[dict[str, Any]] = []
    for start in range(0, len(errors), ERRORS_AT_ONCE):
        if start:
            await asyncio.sleep(0)
        messages += [public_error(error, request_id) for error in errors[start : start + ERRORS_AT_ONCE]]
    return messages


async def answer(result: ExecutionResult, request_id: str) -> Answer:
    errors = result.errors or []
    # No data and no error at a field: variables that do not fit, so nothing ran.
    executed = result.data is not None or any(error.path is not None for error in errors)
    return Answer(result.data, await public_errors(errors, request_id), executed)


def refuse(errors: list[GraphQLError], request_id: str, code: str | None = None) -> Answer:
    return Answer(None, [public_error(error, request_id, code) for error in errors], executed=False)


def failure(error: Exception, request_id: str) -> dict[str, Any]:
    message, extensions = internal(error, request_id)
    return {"message": message, "extensions": extensions}


def too_many_waiting() -> Answer:
    message = f"{MAX_WAITING} large operations of this caller wait already: send this one after they are answered."
    return Answer(None, [{"message": message, "extensions": {"code": "TOO_MANY_OPERATIONS"}}])


def out_of_time(seconds: float, kind: OperationType) -> Answer:
    advice = (
        "it may or may not have been done: send it again with the same idempotencyKey"
        if kind is MUTATION
        else "ask for less"
    )
    message = f"The operation did not end within {seconds:g} seconds; {advice}."
    return Answer(None, [{"message": message, "extensions": {"code": "TIMEOUT"}}])
