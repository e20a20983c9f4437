"""Background jobs of a server: each runs repeatedly, and a failed run does not end it.

Every job may run in any number of replicas at once; what must happen once is decided in the graph.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from graph_api.settings import Settings
from graph_api.webhooks import Deliverer
from resolvers.governance.history.recorder import record
from resolvers.graph.store import Store
from resolvers.infrastructure.provisioner import NoProvisioner, Provisioner
from resolvers.metrics.rollup import roll_up
from resolvers.model.errors import StoreError
from resolvers.mutations.data_contract_activate import activate_due
from resolvers.mutations.infrastructure_apply import apply_next
from resolvers.mutations.quality_run_execute import execute_next
from resolvers.mutations.quality_schedule_set import start_due
from resolvers.mutations.service_levels_record import record_service_levels
from resolvers.mutations.storage_usage_measure import measure_next
from resolvers.quality.reader import NoReader, Reader

log = logging.getLogger("meshweave.background")

MAX_DELAY = 60.0
NO_READER = NoReader()
NO_PROVISIONER = NoProvisioner()
# How long the recorder rests after a step, in times of the step, while others write.
HISTORY_REST = 2.0


class Job(NamedTuple):
    """`seconds` lie between the end of one turn and the start of the next, more after one that failed."""

    name: str
    turn: Callable[[], Awaitable[Any]]
    seconds: float


@asynccontextmanager
async def repeating(*jobs: Job) -> AsyncIterator[None]:
    """Runs the jobs until the block ends; a turn under way is cancelled."""
    tasks = [asyncio.create_task(repeat(job), name=job.name) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def repeat(job: Job) -> None:
    delay = job.seconds
    while True:
        try:
            await job.turn()
            delay = job.seconds
        except Exception as error:
            # A database that is away or slow needs no trace. Any other trace comes once: the same again and again would
            # hide everything else.
            trace = delay == job.seconds and not isinstance(error, StoreError)
            log.log(logging.WARNING, "%s: %s", job.name, error, exc_info=trace)
            delay = min(delay * 2, MAX_DELAY)
        await asyncio.sleep(delay * random.uniform(0.9, 1.1))  # replicas that started together drift apart


@asynccontextmanager
async def working(
    settings: Settings,
    open_store: Callable[[], Store],
    reader: Reader = NO_READER,
    provisioner: Provisioner = NO_PROVISIONER,
) -> AsyncIterator[None]:
    """All that a server has to do."""
    deliverer = Deliverer(
        open_store, private=settings.webhook_private_addresses, max_attempts=settings.webhook_attempts
    )
    try:
        async with repeating(
            Job("put contracts in force", lambda: activate_due(open_store()), 5.0),
            Job("deliver to webhooks", deliverer.turn, 1.0),
            Job("record compliance history", lambda: record(open_store(), rest=HISTORY_REST), 1.0),
            Job("start scheduled quality runs", lambda: start_due(open_store()), 5.0),
            Job("run quality checks", lambda: execute_next(open_store(), reader), 1.0),
            Job("provision infrastructure", lambda: apply_next(open_store(), provisioner), 1.0),
            Job("count what is stored", lambda: measure_next(open_store(), provisioner), 15.0),
            Job("record service levels", lambda: record_service_levels(open_store()), 15.0),
            Job("roll up request metrics", lambda: roll_up(open_store()), 300.0),
        ):
            yield
    finally:
        await deliverer.close()
