"""Runs an operation by its generated code, or reports that graphql-core must run it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, NamedTuple

from graphql import GraphQLError, OperationType
from graphql.execution import Executor

from graph_api.execution.compiled.codegen import Compiler, LoaderField, Surprise, Uncompilable
from graph_api.execution.compiled.executors import fresh
from graph_api.execution.compiled.faults import Fault, FieldPath, settle
from graph_api.execution.compiled.statistics import RUNS, Fallback
from resolvers.model.errors import MeshError
from resolvers.model.portions import PORTION

MISS: Final = object()
PLANS_PER_OPERATION = 16


CompleteList = Callable[[Any, Any, Callable[[], None]], list[Any]]


class LargeList(NamedTuple):
    """`values` still to be completed, and where they go."""

    values: Any
    completed: list[Any]
    complete: CompleteList
    absent: Callable[[], None]


class Run:
    """One execution: what it waits for, and what its fields need that depends on its variables and context."""

    __slots__ = ("context", "executor", "faults", "large", "pending", "prepared", "waiting")

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.context = executor.context_value
        self.faults = 0
        self.prepared: dict[int, Any] = {}
        self.large: deque[LargeList] = deque()
        self.pending: list[tuple[dict[str, Any], str, Awaitable[Any], Callable[[Any, Run], Any], FieldPath]] = []
        self.waiting: dict[tuple[LoaderField, Hashable], list[dict[str, Any]]] = {}

    def in_portions(self, values: Any, complete: CompleteList, absent: Callable[[], None]) -> list[Any]:
        """The list that will hold `values`, completed by `complete` a portion at a time before anything is awaited."""
        completed: list[Any] = []
        self.large.append(LargeList(values, completed, complete, absent))
        return completed

    def fault(self, error: MeshError, place: FieldPath) -> Fault:
        """What stands for the value of the field at `place`, which failed."""
        self.faults += 1
        return Fault(error, place, self.faults)


class Result(NamedTuple):
    """The answer of a compiled run; `data` is None when a fault left nothing of it."""

    data: dict[str, Any] | None
    errors: list[GraphQLError]


class CompiledOperations:
    """The code of one document's operations, generated at the first run of each and kept with the document. `hits`
    counts the runs that graphql-core had no part in."""

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
        """The `Result`, or `MISS`."""
        if executor.operation.operation is not OperationType.QUERY:
            return MISS
        plan = self._plan(executor)
        if plan is None:
            return fallback(Fallback.NOT_COMPILABLE)
        run = Run(executor)
        try:
            data = await drive(plan, run)
            result = Result(*settle(data)) if run.faults else Result(data, [])
        except Exception as error:  # graphql-core meets the same and reports it
            for item in run.pending:
                if asyncio.iscoroutine(item[2]):
                    item[2].close()
            return fallback(Fallback.VALUE if isinstance(error, Surprise) else Fallback.ERROR)
        self.hits += 1
        RUNS.runs += 1
        return result

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


def fallback(reason: Fallback) -> Any:
    RUNS.fallbacks[reason] += 1
    return MISS


def switches(executor: Executor) -> tuple[Any, ...]:
    """The values that @skip and @include may ask for: with other ones, other fields are selected."""
    coerced = executor.variable_values.coerced
    return tuple(sorted((name, value) for name, value in coerced.items() if value is True or value is False))


async def drive(plan: Callable[[Any, Run], dict[str, Any]], run: Run) -> dict[str, Any]:
    """Completes level by level: whatever a level waits for is awaited together, so loaders see it as one batch."""
    data = plan(run.executor.root_value, run)
    while run.large or run.pending or run.waiting:
        await complete_large(run)
        pending, run.pending = run.pending, []
        waiting, run.waiting = run.waiting, {}
        loads = [field.loader(run.context.loaders).load(key) for field, key in waiting]
        results = await together([*(item[2] for item in pending), *loads])
        for (target, name, _, complete, place), value in zip(pending, results, strict=False):
            target[name] = run.fault(value, place) if isinstance(value, MeshError) else complete(value, run)
        for ((field, _), targets), value in zip(waiting.items(), results[len(pending) :], strict=True):
            failed = isinstance(value, MeshError)
            completed = run.fault(value, field.place) if failed else field.complete(value, run)
            for target in targets:
                target[field.name] = completed
    return data


async def complete_large(run: Run) -> None:
    """Other requests are answered between the portions. A portion may hold further large lists."""
    while run.large:
        values, completed, complete, absent = run.large.popleft()
        for start in range(0, len(values), PORTION):
            completed += complete(values[start : start + PORTION], run, absent)
            await asyncio.sleep(0)


async def together(awaitables: list[Awaitable[Any]]) -> list[Any]:
    """All results, a `MeshError` in the place of one that failed so. When one fails otherwise, the rest are awaited all
    the same: none is left running or unread."""
    if len(awaitables) == 1:
        try:
            return [await awaitables[0]]
        except MeshError as error:
            return [error]
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, MeshError):
            raise result
    return results
