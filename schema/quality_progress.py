"""qualityRunProgress: progress of a quality run as a subscription."""

import asyncio
from collections.abc import AsyncGenerator

import strawberry

from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.quality.records import RunState, run_by_id
from schema.context import Info
from schema.quality import QualityRun

SECONDS = 0.5
WAITING = (RunState.QUEUED, RunState.RUNNING)


async def quality_run_progress(info: Info, id: strawberry.ID) -> AsyncGenerator[QualityRun, None]:
    run = await run_by_id(info.context.store, id)
    if run is None:
        raise UserFault(UserErrorCode.NOT_FOUND, f"There is no quality run '{id[:200]}'.", ("id",))
    return follow(info, run)


async def follow(info: Info, run):
    """Each change of the run, the last one when it ends."""
    yield run
    while run.state in WAITING:
        await asyncio.sleep(SECONDS)
        current = await run_by_id(info.context.store, run.id)
        if current is None:
            return
        if current != run:
            yield current
        run = current
