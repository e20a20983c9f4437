"""The audit log as a stream: events after a cursor, each once and in order, on any replica.

Numbers have no gaps and follow commit order, so a reader that has read up to one number has missed nothing before
it. A stream reads from the graph at the pace of its reader.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import LiteralString, NamedTuple

from resolvers.audit.high_watermark import END, following
from resolvers.audit.queries import MATCHES_WITH_SUBJECT, NO_END, AuditFilter
from resolvers.graph.store import Store
from resolvers.model.errors import StoreError, UserErrorCode, UserFault
from resolvers.model.records import AuditEvent
from resolvers.paging.cursors import ListScope, decode, encode

log = logging.getLogger("meshweave.events")

SCOPE = ListScope.named("catalogEvents")
# Most events that a stream holds at once, and most numbers that one read goes through for a filter that few pass.
BATCH = 50
WINDOW = 20_000
POLL_SECONDS = 0.25
LAG_SECONDS = 0.1
HASH_LENGTH = 16
GIVE_UP_SECONDS = 60.0


class LogPosition(NamedTuple):
    """A position after event `seq`. `hash` is the beginning of its hash, which differs for another log's event of that
    number.
    """

    seq: int
    hash: str


def cursor_of(event: AuditEvent) -> str:
    return encode(SCOPE, [event.seq, event.hash[:HASH_LENGTH]])


def position_of(cursor: str) -> LogPosition:
    """Parses a cursor. Raises `UserFault`."""
    try:
        return LogPosition._make(decode(cursor, SCOPE, int, str) or ())
    except UserFault as fault:
        message = "`after` is not a cursor of an event: use the `cursor` of the last AuditEvent that you have seen."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("after",)) from fault


# -- the tail, watched once for all streams of a process ---------------------------------------------------------------

TAIL: LiteralString = f"{END} RETURN tail"


async def tail_of(store: Store) -> int:
    return await store.read(TAIL)


class Tail:
    """Reads the log's last number every `seconds` while there are listeners. One for each process.

    Whatever goes wrong, it asks again; once that took `GIVE_UP_SECONDS`, all listeners get an error."""

    def __init__(self, store: Store, seconds: float = POLL_SECONDS) -> None:
        self._store = store
        self._seconds = seconds
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self._seq = 0
        self._failure: StoreError | None = None

    @property
    def watching(self) -> bool:
        return self._task is not None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        self._listeners += 1
        if self._task is None:
            self._task = asyncio.create_task(self._watch(), name="events-tail")
        try:
            yield
        finally:
            self._listeners -= 1
            if self._listeners == 0:
                self._task.cancel()
                self._task = None

    async def beyond(self, seq: int) -> int:
        """The last number, once it is greater than `seq`. Call it while listening. Raises `StoreError` when the log
        cannot be read for long."""
        while self._seq <= seq:
            await self._moved.wait()
            if self._failure is not None:
                raise self._failure
        return self._seq

    async def _watch(self) -> None:
        delay, since = self._seconds, monotonic()
        while True:
            try:
                self._note(await tail_of(self._store))
                delay, since, self._failure = self._seconds, monotonic(), None
            except Exception as error:  # of any kind: without this watch every stream of the process is silent
                if delay == self._seconds:
                    log.warning("the end of the audit log cannot be read: %s", error, exc_info=not is_expected(error))
                delay = min(delay * 2, 5.0)
                if monotonic() - since > GIVE_UP_SECONDS:
                    self._fail_listeners(
                        StoreError("The audit log cannot be read: subscribe again with the last cursor.")
                    )
            await asyncio.sleep(delay)

    def _fail_listeners(self, failure: StoreError) -> None:
        self._failure = failure
        self._wake()

    def _note(self, seq: int) -> None:
        if seq != self._seq:
            self._seq = seq
            self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def is_expected(error: Exception) -> bool:
    return isinstance(error, StoreError)


# -- one stream --------------------------------------------------------------------------------------------------------

FOLLOWING: LiteralString = following(MATCHES_WITH_SUBJECT)


class Batch(NamedTuple):
    """Those events up to number `reached` that match the filter."""

    reached: int
    events: list[AuditEvent]


async def read_on(store: Store, filter: AuditFilter, after: int, limit: int = BATCH, window: int = WINDOW) -> Batch:
    parameters = {**filter._asdict(), "before": NO_END}
    until, rows = await store.read(FOLLOWING, f=parameters, after=after, limit=limit, window=window)
    events = [AuditEvent._make(row) for row in rows]
    return Batch(events[-1].seq if len(events) == limit else max(until, after), events)


HASH_AT: LiteralString = f"""
{END}
OPTIONAL MATCH (e:AuditEvent {{seq: $seq}})
RETURN [tail, e.hash]
"""


async def start(store: Store, after: str | None, patience: float = 5.0) -> int:
    """Number to continue from: that of the event of cursor `after`, or of the last event.

    A follower may not have the cursor's event yet, so this waits up to `patience` seconds. Raises `UserFault` for a
    cursor that is not of this log.
    """
    if after is None:
        return await tail_of(store)
    place = position_of(after)
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        tail, current_hash = await store.read(HASH_AT, seq=place.seq)
        if current_hash is not None and current_hash.startswith(place.hash):
            return place.seq
        if tail >= place.seq or asyncio.get_running_loop().time() > deadline:
            raise UserFault(
                UserErrorCode.INVALID_INPUT,
                f"`after` is behind event {place.seq} of another log than this one, which ends at {tail}; was it "
                "restored from a backup? Leave `after` out, and read `auditEvents` for what there is.",
                ("after",),
            )
        await asyncio.sleep(LAG_SECONDS)


async def follow(store: Store, tail: Tail, filter: AuditFilter, after: int) -> AsyncGenerator[AuditEvent, None]:
    """Yields every event after number `after` that matches `filter`, without end.

    The next batch is read when the previous one was consumed, so a slow reader uses no memory and misses nothing.
    """
    async with tail.listening():
        pending = False  # of events that the answering follower may not have yet
        while True:
            batch = await read_on(store, filter, after)
            for event in batch.events:
                yield event
            if batch.reached > after:
                after, pending = batch.reached, False
                continue
            if pending:
                await asyncio.sleep(LAG_SECONDS)
            await tail.beyond(after)
            pending = True
