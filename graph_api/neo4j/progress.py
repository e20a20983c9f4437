"""How a long wait is told: a sentence, and how far it is, from 0 to 1, or None when nobody can know."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic

Progress = Callable[[str, float | None], None]

WAIT_SECONDS = 5.0


def silent(message: str, fraction: float | None) -> None:
    """The progress of callers who don't watch."""


@asynccontextmanager
async def waiting(
    on_progress: Progress, message: str, fraction: float | None, seconds: float = WAIT_SECONDS
) -> AsyncIterator[None]:
    """Says every `seconds`, while the block runs, that it is the database that is waited for, and since when."""
    began = monotonic()

    async def tell() -> None:
        while True:
            await asyncio.sleep(seconds)
            passed = monotonic() - began
            on_progress(f"{message}: waiting for the database, {passed:,.0f} s so far", fraction)

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
