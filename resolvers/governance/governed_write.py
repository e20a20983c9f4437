"""The write pipeline with the policy engine as its judge: what every mutation calls."""

from collections.abc import Callable

from resolvers.governance.engine.judge import GOVERNANCE
from resolvers.graph.store import Store
from resolvers.model.access import Action, Caller
from resolvers.writes import pipeline
from resolvers.writes.pipeline import DEFAULTS, Outcome, Write, WriteOptions


async def write(
    store: Store, caller: Caller, action: Action, plan: Callable[[], Write], options: WriteOptions = DEFAULTS
) -> Outcome:
    """Runs the write that `plan` returns, judged by the policies in force.

    `plan` raises `UserFaults` for bad input. Faults and violations are in the outcome, never raised.

    Raises:
        StoreError: the database failed, or the write met too much contention.
    """
    return await pipeline.write(store, caller, action, plan, options, GOVERNANCE)
