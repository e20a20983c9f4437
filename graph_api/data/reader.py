"""Reads outputs in confined child processes: one for each session, killed at its deadline."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from graph_api.data import child
from graph_api.data.sources import Located, Source, load_sources, locate
from resolvers.model import clock
from resolvers.quality.reader import Column, NotExpressible, Output, ReadError

SECONDS = 60.0
LIMITS = {"memory_mb": 768, "address_space_mb": 2_000, "cpu_seconds": 300, "open_files": 256}
PROCESSES = 2


@cache
def context() -> Any:
    """Children are forked from a server that has imported DuckDB and holds nothing of this process."""
    forkserver = multiprocessing.get_context("forkserver")
    forkserver.set_forkserver_preload(["graph_api.data.child", "duckdb"])
    return forkserver


class ProcessReader:
    """Reads outputs in the sources that `sources_file` lists, and in `more`, at most two at a time."""

    def __init__(
        self, sources_file: Path | None, seconds: float = SECONDS, more: Sequence[Source] = (), **limits: int
    ) -> None:
        self._file = sources_file
        self._more = tuple(more)
        self._seconds = seconds
        self._limits = {**LIMITS, **limits}
        self._slots = asyncio.Semaphore(PROCESSES)

    @asynccontextmanager
    async def open(self, outputs: Sequence[Output], seconds: float | None = None) -> AsyncIterator["ChildSession"]:
        try:
            sources = load_sources(self._file)
        except (OSError, ValueError, KeyError) as error:
            raise ReadError("SOURCES", "The server's list of sources cannot be read.") from error
        all_sources = (*sources, *self._more)
        located = [locate(outputs[0], all_sources), *(located_or_why(output, all_sources) for output in outputs[1:])]
        async with self._slots:
            session = ChildSession(located, self._limits, seconds or self._seconds)
            try:
                await session.start()
                yield session
            finally:
                await asyncio.shield(asyncio.to_thread(session.end))


def located_or_why(output: Output, sources: Sequence[Source]) -> Located | str:
    """A reference that cannot be located is reported, and the others are read."""
    try:
        return locate(output, sources)
    except ReadError as error:
        return error.message


class ChildSession:
    def __init__(self, located: Sequence[Any], limits: dict[str, int], seconds: float) -> None:
        self._located = list(located)
        self._limits = limits
        self._seconds = seconds
        self._deadline = monotonic() + seconds
        self._process: Any = None
        self._connection: Any = None
        self.columns: list[list[Column]] = []
        self.problems: list[str | None] = []
        self.scanned = 0.0
        self.modified: str | None = None
        self.sandbox = ""

    async def start(self) -> None:
        kind, *answer = await asyncio.to_thread(self._begin)
        if kind != "opened":
            raise ReadError(*answer)
        (opened,) = answer
        self.columns = [[Column(*column) for column in columns] for columns in opened["columns"]]
        self.problems = opened["problems"]
        modified = opened["modified"]
        self.modified = None if modified is None else clock.to_text(clock.from_text(modified))
        self.sandbox = opened["sandbox"]

    async def rows(self, sql: str, limit: int = 1_000) -> list[list[Any]]:
        self.scanned = 0.0
        kind, *answer = await asyncio.to_thread(self._ask, (sql, limit))
        if kind == "rows":
            return answer[0]
        if kind == "expression":
            raise NotExpressible(answer[1])
        raise ReadError(*answer)

    def _begin(self) -> Any:
        self._connection, other = context().Pipe()
        self._process = context().Process(target=child.run, args=(other, self._located, self._limits), daemon=True)
        self._process.start()
        other.close()
        return self._answer()

    def _ask(self, message: Any) -> Any:
        try:
            self._connection.send(message)
        except OSError:
            return self._died()
        return self._answer()

    def _answer(self) -> Any:
        try:
            while self._connection.poll(max(self._deadline - monotonic(), 0)):
                answer = self._connection.recv()
                if answer[0] != "progress":
                    return answer
                self.scanned = answer[1]
        except (EOFError, OSError):
            return self._died()
        self._process.kill()
        return ("error", "DEADLINE", f"Reading did not end within {self._seconds:g} s.")

    def _died(self) -> Any:
        self._process.join(5)
        code = self._process.exitcode
        return ("error", "CRASHED", f"The process that read the output ended (exit code {code}).")

    def end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None and self._process.pid is not None:
            self._process.kill()
            self._process.join(10)
            self._process.close()
