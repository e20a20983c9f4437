"""Protocol of a reader of outputs, for quality runs and previews. `graph_api.data` implements it in a child process."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, Protocol

from resolvers.model.errors import MeshError


class ReadError(MeshError):
    """An output cannot be read; the message may be shown. `code` is stable, such as UNREADABLE or DEADLINE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotExpressible(MeshError):
    """The reader does not understand an expression, such as a pattern with look-around."""


class Output(NamedTuple):
    """Where to read: an access point's URI, the format of the data, and options of its reader."""

    uri: str
    format: str | None = None
    options: tuple[tuple[str, str], ...] = ()


class Column(NamedTuple):
    """`type` is the reader's name of it, such as VARCHAR, BIGINT or STRUCT(a VARCHAR)."""

    name: str
    type: str


class Session(Protocol):
    """An open output: the view `data`, and `reference_0`, `reference_1`, … of the further outputs."""

    @property
    def columns(self) -> Sequence[Sequence[Column]]:
        """Of `data`, then of each reference; none of a reference that could not be opened."""
        ...

    @property
    def problems(self) -> Sequence[str | None]:
        """Why a reference could not be opened; aligned with `columns`."""
        ...

    @property
    def scanned(self) -> float:
        """How much of the running statement is done, 0 to 1, as far as that is known."""
        ...

    @property
    def modified(self) -> str | None:
        """When the newest file of `data` was written, as an instant; None where that is not known."""
        ...

    @property
    def sandbox(self) -> str:
        """What confines the reading process, in words."""
        ...

    async def rows(self, sql: str, limit: int = 1_000) -> list[list[Any]]:
        """At most `limit` rows; values are JSON values or text. Raises `ReadError`, `NotExpressible`."""
        ...


class Reader(Protocol):
    def open(self, outputs: Sequence[Output], seconds: float | None = None) -> AbstractAsyncContextManager[Session]:
        """Opens the outputs in one process that ends with the block, or after `seconds`. The first one is `data`; what
        is wrong with one of the others is in `problems`. Raises `ReadError`."""
        ...


class NoReader:
    """Where reading is not installed."""

    def open(self, outputs: Sequence[Output], seconds: float | None = None) -> AbstractAsyncContextManager[Session]:
        raise ReadError("NOT_INSTALLED", "This server cannot read data: install `meshweave[data]`.")
