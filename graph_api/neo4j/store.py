"""`resolvers.graph.store.Store` on the Neo4j driver."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Hashable
from functools import cached_property
from time import monotonic
from typing import Any, LiteralString, NamedTuple, NoReturn, TypeVar, cast

from neo4j import READ_ACCESS, WRITE_ACCESS, AsyncDriver, AsyncManagedTransaction, Bookmarks, Query, unit_of_work
from neo4j.exceptions import (
    ClientError,
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
)

from graph_api.fair_gate import FairGate
from graph_api.neo4j.driver import RETRY_SECONDS
from resolvers.graph.store import Explained, NotUnderstood, Rollback, Transaction
from resolvers.model.errors import AlreadyThere, StoreError

T = TypeVar("T")

QUERY_SECONDS = 15.0
WRITE_SECONDS = 30.0
# Local jobs: no time limit in the driver's terms, and how long they retry while the database is away or locked.
NO_LIMIT = 0.0
PATIENT_SECONDS = 600.0
MAX_DELAY = 5.0
# A read waits no longer than this between two tries, so that it is answered as soon as the database is back.
MAX_READ_DELAY = 0.4
AGAIN = frozenset({"UNAVAILABLE", "TIMEOUT"})
# Per request: further reads wait for the request's own, so that one request cannot take all connections. An operation
# that reads much of the mesh has fewer, since each of its reads keeps a core of the database busy.
READS_AT_ONCE = 4
WIDE_READS_AT_ONCE = 2
# Per process: how many sessions requests have open at once, and how many of these one caller; others wait. Together
# they are fewer than the pool has connections, so local jobs and sign-ins always get one.
READS, READS_OF_ONE = 48, 24
WRITES, WRITES_OF_ONE = 24, 12
TIMED_OUT = frozenset(
    {
        "Neo.ClientError.Transaction.TransactionTimedOut",
        "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
        "Neo.TransientError.Transaction.LockAcquisitionTimeout",
    }
)


NOT_UNDERSTOOD = tuple(f"Neo.ClientError.{kind}." for kind in ("Statement", "Procedure", "Schema", "Database"))


class Gates(NamedTuple):
    """Bound the sessions that the requests of one process have open. A write never waits for a read inside it: the two
    kinds are bounded apart."""

    reads: FairGate
    writes: FairGate


def open_gates() -> Gates:
    return Gates(FairGate(READS, READS_OF_ONE), FairGate(WRITES, WRITES_OF_ONE))


class Neo4jTransaction:
    def __init__(self, transaction: AsyncManagedTransaction) -> None:
        self._transaction = transaction

    async def run(self, query: LiteralString, /, **parameters: Any) -> Any:
        try:
            record = await (await self._transaction.run(query, parameters)).single()
        except ConstraintError as error:
            raise AlreadyThere(str(error.message)) from error
        except ClientError as error:
            raise_not_understood(error)
        return None if record is None else record[0]


class Neo4jStore:
    """The graph for one request. `bookmarks` make it read at least what its caller has read; writes add to them."""

    def __init__(
        self,
        driver: AsyncDriver,
        database: str,
        bookmarks: Collection[str] = (),
        write_seconds: float = WRITE_SECONDS,
        patient: bool = False,
        gates: Gates | None = None,
    ) -> None:
        """`patient`: no read or write has a time limit, and what can be tried again is, for `PATIENT_SECONDS`. `gates`
        are those of the process; without them its sessions are not counted."""
        self._driver = driver
        self._database = database
        self._write_seconds = write_seconds
        self.bookmarks: tuple[str, ...] = tuple(bookmarks)
        self._patient = patient
        self._gates = gates
        # Both are set before the first read.
        self.requester: Hashable = None
        self.reads_at_once = READS_AT_ONCE

    @cached_property
    def _reads(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.reads_at_once)

    async def read(self, query: LiteralString, /, **parameters: Any) -> Any:
        return await self.read_within(QUERY_SECONDS, query, **parameters)

    async def read_latest(self, query: LiteralString, /, **parameters: Any) -> Any:
        return await self._read(QUERY_SECONDS, query, parameters, WRITE_ACCESS)

    async def read_within(self, seconds: float, query: LiteralString, /, **parameters: Any) -> Any:
        return await self._read(seconds, query, parameters, READ_ACCESS)

    async def _read(self, seconds: float, query: LiteralString, parameters: dict[str, Any], mode: str) -> Any:
        # An auto-commit transaction saves a third of `execute_read`'s time; its retries are ours to do.
        deadline, delay = monotonic() + (PATIENT_SECONDS if self._patient else RETRY_SECONDS), 0.05
        limit = NO_LIMIT if self._patient else seconds
        while True:
            try:
                return await self._read_once(Query(query, timeout=limit), parameters, mode)
            except (Neo4jError, DriverError) as error:
                if not self._may_retry(error) or monotonic() + delay > deadline:
                    raise_store_error(error)
            await asyncio.sleep(delay * random.uniform(0.8, 1.2))
            delay = min(delay * 2, MAX_READ_DELAY)

    def _may_retry(self, error: Neo4jError | DriverError) -> bool:
        """A local job also waits for a connection as long as it takes."""
        return error.is_retryable() or (self._patient and isinstance(error, ConnectionAcquisitionTimeoutError))

    async def _read_once(self, query: Query, parameters: dict[str, Any], mode: str) -> Any:
        async with self._reads:
            gate = self._gates.reads if self._gates is not None else None
            if gate is not None and not gate.take(self.requester):
                await gate.wait(self.requester)
            try:
                async with self._session(mode) as session:
                    record = await (await session.run(query, parameters)).single()
                    return None if record is None else record[0]
            finally:
                if gate is not None:
                    gate.leave(self.requester)

    async def explain(self, query: LiteralString, /, **parameters: Any) -> Explained:
        explaining = Query(cast(LiteralString, "EXPLAIN " + query), timeout=QUERY_SECONDS)
        try:
            async with self._session(READ_ACCESS) as session:
                result = await session.run(explaining, parameters)
                columns = result.keys()
                summary = await result.consume()
        except (Neo4jError, DriverError) as error:
            raise_store_error(error)
        return Explained(summary.query_type or "", operators(summary.plan), tuple(columns), reads(summary.plan))

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        deadline, delay = monotonic() + PATIENT_SECONDS, 0.5
        while True:
            try:
                return await self._write(work)
            except StoreError as error:
                if not self._patient or error.code not in AGAIN or monotonic() + delay > deadline:
                    raise
            await asyncio.sleep(delay)
            delay = min(delay * 2, MAX_DELAY)

    async def _write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        if self._gates is None:
            return await self._write_now(work)
        async with self._gates.writes.place(self.requester):
            return await self._write_now(work)

    async def _write_now(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        @unit_of_work(timeout=NO_LIMIT if self._patient else self._write_seconds)
        async def run(transaction: AsyncManagedTransaction) -> T:
            return await work(Neo4jTransaction(transaction))

        try:
            async with self._session() as session:
                result = await session.execute_write(run)
                self.bookmarks = tuple((await session.last_bookmarks()).raw_values)
                return result
        except Rollback as rollback:
            return rollback.value
        except ConstraintError as error:  # raised at commit
            raise AlreadyThere(str(error.message)) from error
        except (Neo4jError, DriverError) as error:
            raise_store_error(error)

    def _session(self, access_mode: str | None = None):
        mode = {"default_access_mode": access_mode} if access_mode else {}
        bookmarks = Bookmarks.from_raw_values(self.bookmarks) if self.bookmarks else None
        return self._driver.session(database=self._database, bookmarks=bookmarks, **mode)


def operators(plan: Any) -> frozenset[str]:
    """Names of the plan's operators, without `@database`."""
    if not plan:
        return frozenset()
    below = (operators(child) for child in plan.get("children", ()))
    return frozenset({plan["operatorType"].partition("@")[0]}).union(*below)


def reads(plan: Any) -> tuple[tuple[str, str], ...]:
    """Operators of the plan with their details."""
    if not plan:
        return ()
    own = (plan["operatorType"].partition("@")[0], str(plan.get("args", {}).get("Details", "")))
    return (own, *(one for child in plan.get("children", ()) for one in reads(child)))


def raise_not_understood(error: ClientError) -> NoReturn:
    """For our own queries this is a bug and is not caught; for a stored pattern it is its author's error."""
    if error.code is not None and error.code.startswith(NOT_UNDERSTOOD):
        raise NotUnderstood(str(error.message)) from error
    raise error


def timed_out() -> StoreError:
    return StoreError("The database did not answer in time: request less, or try again.", "TIMEOUT")


def raise_store_error(error: Neo4jError | DriverError) -> NoReturn:
    """Raises our own message instead of the database's, which may contain hosts, queries or values."""
    if isinstance(error, IncompleteCommit):
        raise StoreError(
            "The connection was lost during the commit, so it may or may not have happened: "
            "send the same input again with the same idempotencyKey.",
            "UNKNOWN_OUTCOME",
        ) from error
    if isinstance(error, Neo4jError) and error.code in TIMED_OUT:
        raise timed_out() from error
    if isinstance(error, DriverError) or error.is_retryable():
        raise StoreError("The database is unavailable: try again.") from error
    if isinstance(error, ClientError):
        raise_not_understood(error)
    raise error
