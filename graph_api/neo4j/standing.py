"""Read transactions that stand open, so that a read need not begin and end one of its own.

Those are a third of a small read's time, in the driver and in the database. Neo4j reads what is committed: a statement
sees all that was before it began, however old its transaction, and of full text as much as a new one would.

A transaction keeps shared locks on the labels that it has read, for which a change of indexes has to wait. So none
stands for longer than `SECONDS`; where one was used, another follows it. No read waits for one: where none is free it
does without, and one more is begun meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString

from neo4j import READ_ACCESS, AsyncDriver, AsyncSession, AsyncTransaction
from neo4j.exceptions import DriverError, Neo4jError

from graph_api.deadline import within

SECONDS = 1.0
# In one transaction. Until it ends the driver keeps the result of each, in circles that only the collector frees; with
# 200 a busy service grew by 170 MB where it grows by 45. To begin and end costs a tenth of what it saves.
STATEMENTS = 10
TRANSACTIONS = 32  # a third of the driver's connections
# Reads end by their own limits, which the service sees to; this ends one whose service is gone without a word.
SERVER_SECONDS = 60.0

CLOSE_SECONDS = 5.0  # for the one that is being begun

BOOKMARKS = 10_000  # to be known at a time
# For who looks at the database's transactions.
MARK = {"meshweave": "standing read"}

UNREAD: Final = object()


class Standing:
    """An open transaction. `over` once nobody shall read in it any more."""

    __slots__ = ("due", "failed", "over", "statements", "transaction")

    def __init__(self, transaction: AsyncTransaction) -> None:
        self.transaction = transaction
        self.statements = 0
        self.due = False
        self.failed = False
        self.over = asyncio.Event()


class StandingReads:
    """Those of one driver on one database. `one_server` where no other can answer: what that has heard of, all of its
    transactions see."""

    def __init__(self, driver: AsyncDriver, database: str, one_server: bool = False) -> None:
        self._driver = driver
        self._database = database
        self.one_server = one_server
        self._heard: set[str] = set()
        self._free: list[Standing] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._coming: asyncio.Task[None] | None = None  # the one whose first transaction is not open yet
        self._closed = False

    def sees(self, bookmarks: Collection[str]) -> bool:
        """Whether reads here are sure to see what wrote `bookmarks`."""
        return not bookmarks or self._heard.issuperset(bookmarks)

    def heard(self, bookmarks: Collection[str]) -> None:
        """A server of this database gave these bookmarks, or has waited for them."""
        if self.one_server:
            if len(self._heard) > BOOKMARKS:
                self._heard.clear()  # whoever comes with one of them reads without, and it is heard of again
            self._heard.update(bookmarks)

    async def read(self, seconds: float, query: LiteralString, parameters: dict[str, Any]) -> Any:
        """The first column of the one record that `query` returns, None when it returns no record; `UNREAD` where no
        transaction is free, or the one taken failed, maybe for reasons of its own: whoever asks then reads without.

        Raises:
            TimeoutError: it took more than `seconds`; the database ends it.
        """
        if not self._free:
            self._begin_another()
            return UNREAD
        standing = self._free.pop()  # the one used last, so that those beyond what is needed stay unused and end
        standing.failed = True
        try:
            with within(seconds):
                record = await (await standing.transaction.run(query, parameters)).single()
            standing.failed = False
        except (Neo4jError, DriverError):
            return UNREAD
        finally:
            self._put_back(standing)
        return None if record is None else record[0]

    def _put_back(self, standing: Standing) -> None:
        standing.statements += 1
        if standing.failed or standing.due or standing.statements >= STATEMENTS:
            standing.over.set()
        else:
            self._free.append(standing)

    def _begin_another(self) -> None:
        if not self._closed and self._coming is None and len(self._tasks) < TRANSACTIONS:
            self._coming = task = asyncio.get_running_loop().create_task(self._stand(), name="standing read")
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._coming is task:
            self._coming = None

    async def _stand(self) -> None:
        """One transaction after the other, as long as they are used and do not fail."""
        try:
            async with self._driver.session(database=self._database, default_access_mode=READ_ACCESS) as session:
                while await self._stand_once(session):
                    pass
        except (Neo4jError, DriverError):
            pass  # who reads meets the same, and tells of it

    async def _stand_once(self, session: AsyncSession) -> bool:
        async with await session.begin_transaction(MARK, SERVER_SECONDS) as transaction:
            if self._closed:
                return False
            standing = Standing(transaction)
            self._free.append(standing)
            if self._coming is asyncio.current_task():
                self._coming = None
            try:
                async with asyncio.timeout(SECONDS):
                    await standing.over.wait()
            except TimeoutError:
                await self._take_back(standing)
            if standing.failed:
                transaction.cancel()
        return standing.statements > 0 and not standing.failed

    async def _take_back(self, standing: Standing) -> None:
        if standing in self._free:
            self._free.remove(standing)
        else:
            standing.due = True
            await standing.over.wait()

    async def close(self) -> None:
        self._closed = True
        if self._coming is not None:  # it connects, and the driver would leave the socket of one that is cancelled
            await asyncio.wait([self._coming], timeout=CLOSE_SECONDS)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._free.clear()


@asynccontextmanager
async def standing_reads(driver: AsyncDriver, database: str, one_server: bool = False) -> AsyncIterator[StandingReads]:
    """Opens none before one is asked for, and ends all of them."""
    reads = StandingReads(driver, database, one_server)
    try:
        yield reads
    finally:
        await reads.close()
