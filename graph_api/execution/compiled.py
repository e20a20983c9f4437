"""Runs a query by code made for it, or says that it cannot: graphql-core then runs it as it runs everything else.

graphql-core decides anew for every value of every object what its field is, what it resolves to and how it is
completed, which is most of the time of a large answer. All of it but the values is known once the document is. The code
made for an operation gives what graphql-core gives when nothing goes wrong. As soon as anything is out of the ordinary
(an error, a null where there must be none, a value of a surprising type) it gives up, and graphql-core runs the whole
operation from its start: it alone writes errors, paths and partial answers. That is sound because queries have no
effects, and it leaves one semantics.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final

from graphql import OperationType
from graphql.execution import Executor

from graph_api.execution.codegen import Compiler, LoaderField, Uncompilable
from graph_api.execution.executors import fresh

MISS: Final = object()
PLANS_PER_OPERATION = 16


class Run:
    """One execution: what it waits for, and what its fields need that depends on its variables and context."""

    __slots__ = ("context", "executor", "pending", "prepared", "waiting")

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.context = executor.context_value
        self.prepared: dict[int, Any] = {}
        self.pending: list[tuple[dict[str, Any], str, Awaitable[Any], Callable[[Any, Run], Any]]] = []
        self.waiting: dict[tuple[LoaderField, Hashable], list[dict[str, Any]]] = {}


class CompiledOperations:
    """The code of one document's operations, made when first asked for and kept with the document. `hits` counts the
    runs that needed nothing else."""

    def __init__(self) -> None:
        self._plans: dict[Hashable, Any] = {}
        self.hits = 0

    def forget(self) -> None:
        """Frees the code at once: its functions and their namespace hold each other, and the collector comes rarely. A
        run that is still under way misses its functions and is left to graphql-core."""
        for plan in self._plans.values():
            if plan is not None:
                plan.__globals__.clear()
        self._plans.clear()

    async def run(self, executor: Executor) -> Any:
        """The `data` of the answer, or `MISS`."""
        if executor.operation.operation is not OperationType.QUERY:
            return MISS
        plan = self._plan(executor)
        if plan is None:
            return MISS
        run = Run(executor)
        try:
            data = await drive(plan, run)
            self.hits += 1
            return data
        except Exception:  # graphql-core meets the same and tells it properly
            for item in run.pending:
                if asyncio.iscoroutine(item[2]):
                    item[2].close()
            return MISS

    def _plan(self, executor: Executor) -> Any:
        key = (id(executor.operation), switches(executor))
        if key not in self._plans:
            if len(self._plans) >= PLANS_PER_OPERATION:
                return None
            try:
                self._plans[key] = Compiler(fresh(executor)).operation()
            except (Uncompilable, RecursionError):
                self._plans[key] = None
        return self._plans[key]


def switches(executor: Executor) -> tuple[Any, ...]:
    """The values that @skip and @include may ask for: with other ones, other fields are selected."""
    coerced = executor.variable_values.coerced
    return tuple(sorted((name, value) for name, value in coerced.items() if value is True or value is False))


async def drive(plan: Callable[[Any, Run], dict[str, Any]], run: Run) -> dict[str, Any]:
    """Completes level by level: whatever a level waits for is awaited together, so loaders see it as one batch."""
    data = plan(run.executor.root_value, run)
    while run.pending or run.waiting:
        pending, run.pending = run.pending, []
        waiting, run.waiting = run.waiting, {}
        loads = [getattr(run.context.loaders, field.loader).load(key) for field, key in waiting]
        results = await together([*(item[2] for item in pending), *loads])
        for (target, name, _, complete), value in zip(pending, results, strict=False):
            target[name] = complete(value, run)
        for ((field, _), targets), value in zip(waiting.items(), results[len(pending) :], strict=True):
            completed = field.complete(value, run)
            for target in targets:
                target[field.name] = completed
    return data


async def together(awaitables: list[Awaitable[Any]]) -> list[Any]:
    """All results. When one fails, the others are still awaited: none is left running or unread."""
    if len(awaitables) == 1:
        return [await awaitables[0]]
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
