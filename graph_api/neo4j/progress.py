"""Progress of long work: a text, and a fraction from 0 to 1 or None where it is unknown."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic

Progress = Callable[[str, float | None], None]

WAIT_SECONDS = 5.0


def silent(message: str, fraction: float | None) -> None:
    """Ignores progress."""


@asynccontextmanager
async def waiting(
    on_progress: Progress, message: str, fraction: float | None, seconds: float = WAIT_SECONDS
) -> AsyncIterator[None]:
    """Reports every `seconds`, while the block runs, that it waits for the database and for how long."""
    began = monotonic()

    async def report() -> None:
        while True:
            await asyncio.sleep(seconds)
            passed = monotonic() - began
            on_progress(f"{message}: waiting for the database, {passed:,.0f} s so far", fraction)

    telling = asyncio.create_task(report())
    try:
        yield
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
