"""Quality runs at regular times: sets and ends a schedule, and starts what is due."""

from datetime import timedelta
from typing import Any, LiteralString, NamedTuple
from uuid import uuid4

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.metrics.window import length
from resolvers.model import clock
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.json_fields import access_points
from resolvers.model.records import Product, ProductStatus
from resolvers.mutations.data_contract_activate import SYSTEM
from resolvers.mutations.locked_product import see_product
from resolvers.mutations.quality_run_start import CREATE
from resolvers.quality.records import QualityRun, RunState
from resolvers.quality.schedules import SCHEDULE, QualitySchedule
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions
from resolvers.writes.validation import Path

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=366)
AT_ONCE = 50

SET: LiteralString = f"""
MATCH (p:DataProduct {{id: $schedule.productId}})
MERGE (s:QualitySchedule {{key: $schedule.key}})
SET s = $schedule
MERGE (p)-[:HAS_QUALITY_SCHEDULE]->(s)
RETURN {SCHEDULE}
"""
FIND: LiteralString = f"MATCH (s:QualitySchedule {{key: $key}}) RETURN {SCHEDULE}"
END: LiteralString = "MATCH (s:QualitySchedule {key: $key}) WITH s, s.key AS key DETACH DELETE s RETURN key"


async def set_schedule(
    store: Store,
    caller: Caller,
    product_id: str,
    access_point: str,
    every: str | None,
    options: WriteOptions = DEFAULTS,
) -> Outcome:
    """Has runs over the access point start each time `every`, an ISO 8601 duration, has passed; None ends that.

    `thing` is the `QualitySchedule`, an ended one as it was. Faults: INVALID_INPUT for a duration below a minute or
    above 366 days, NOT_FOUND, FORBIDDEN.
    """

    def plan() -> Write:
        span = None if every is None else span_of(every, ("every",))

        async def look(tx: Transaction, products: Products) -> LockedState:
            return see_product(products, product_id, ("productId",))

        async def apply(tx: Transaction, product: Product, now: str) -> Change:
            names = [point.name for point in access_points(product.access_points_json)]
            key = f"{product.id}|{access_point}"
            row = await tx.run(FIND, key=key)
            before = None if row is None else QualitySchedule(*row)
            if span is None:
                return await end(tx, product, before, key)
            if access_point not in names:
                message = f"'{product.name}' has no access point of that name; it has {', '.join(names) or 'none'}."
                raise UserFault(UserErrorCode.NOT_FOUND, message, ("accessPoint",))
            if before is not None and before.every == every:
                return Change(before, "DATA_PRODUCT", product.id, product.domain, changed=False)
            schedule = {
                "key": key,
                "productId": product.id,
                "accessPoint": access_point,
                "every": every,
                "nextAt": clock.to_text(clock.from_text(now) + span),
                "setBy": caller.name,
            }
            after = QualitySchedule(*await tx.run(SET, schedule=schedule))
            return Change(after, "DATA_PRODUCT", product.id, product.domain, document(before), document(after))

        locks = Locks((product_id,), products=(product_id,))
        payload = [product_id, access_point, every]
        return Write("qualityScheduleSet", Action.WRITE_PRODUCT, payload, locks, NOTHING, look, apply)

    return await write(store, caller, Action.WRITE_PRODUCT, plan, options)


def span_of(every: str, at: Path) -> timedelta:
    """Raises `UserFault` for what is no duration, and for one that no schedule has."""
    try:
        span = length(every)
    except ValueError as error:
        raise UserFault(UserErrorCode.INVALID_INPUT, f"{error}.", at) from None
    if not SHORTEST <= span <= LONGEST:
        raise UserFault(UserErrorCode.INVALID_INPUT, "A schedule is from PT1M to P366D.", at)
    return span


async def end(tx: Transaction, product: Product, before: QualitySchedule | None, key: str) -> Change:
    if before is None:
        raise UserFault(UserErrorCode.NOT_FOUND, "There is no such schedule.", ("accessPoint",))
    await tx.run(END, key=key)
    return Change(before, "DATA_PRODUCT", product.id, product.domain, document(before), None)


def document(schedule: QualitySchedule | None) -> dict[str, Any] | None:
    return None if schedule is None else {"accessPoint": schedule.access_point, "every": schedule.every}


# -- starting what is due ----------------------------------------------------------------------------------------------

DUE: LiteralString = f"""
MATCH (s:QualitySchedule) WHERE s.nextAt <= $now
WITH s ORDER BY s.nextAt LIMIT $count
RETURN collect({SCHEDULE})
"""
# Under the product's lock: a second caller finds a time in the future.
TAKE: LiteralString = """
MATCH (s:QualitySchedule {key: $key}) WHERE s.nextAt = $expected
SET s.nextAt = $next
WITH s
RETURN EXISTS { MATCH (:DataProduct {id: s.productId})-[:HAS_QUALITY_RUN]->(r:QualityRun)
  WHERE r.accessPoint = s.accessPoint AND r.state IN ['QUEUED', 'RUNNING'] }
"""


class Started(NamedTuple):
    """`run` None: nothing was started, since a run is under way or the product has nothing to run over."""

    run: QualityRun | None


async def start_due(store: Store) -> int:
    """Starts a run for each schedule whose time has come; times that were missed are not made up for. Any number of
    servers may do it at once. Returns how many runs it started."""
    started = 0
    for row in await store.read_latest(DUE, now=clock.now(), count=AT_ONCE) or []:
        outcome = await start_one(store, QualitySchedule(*row))
        started += outcome.thing is not None and outcome.thing.run is not None
    return started


async def start_one(store: Store, schedule: QualitySchedule) -> Outcome:
    def plan() -> Write:
        async def look(tx: Transaction, products: Products) -> LockedState:
            return see_product(products, schedule.product_id)

        async def apply(tx: Transaction, product: Product, now: str) -> Change:
            key = f"{product.id}|{schedule.access_point}"
            busy = await tx.run(TAKE, key=key, expected=schedule.next_at, next=after(schedule, now))
            names = [point.name for point in access_points(product.access_points_json)]
            able = product.contract_id is not None and product.status != ProductStatus.RETIRED
            if busy is not False or not able or schedule.access_point not in names:
                return Change(Started(None), "DATA_PRODUCT", product.id, product.domain, changed=False)
            row = {
                "id": f"qrn_{uuid4().hex}",
                "productId": product.id,
                "accessPoint": schedule.access_point,
                "state": RunState.QUEUED.value,
                "requestedBy": f"schedule of {schedule.set_by}",
                "startedAt": now,
            }
            run = QualityRun(*await tx.run(CREATE, run=row))
            audited = {"qualityRun": run.id, "every": schedule.every}
            return Change(Started(run), "DATA_PRODUCT", product.id, product.domain, None, audited)

        locks = Locks((schedule.product_id,), products=(schedule.product_id,))
        document = [schedule.product_id, schedule.access_point, schedule.next_at]
        return Write("qualityRunStart", Action.WRITE_PRODUCT, document, locks, NOTHING, look, apply)

    return await write(store, SYSTEM, Action.WRITE_PRODUCT, plan)


def after(schedule: QualitySchedule, now: str) -> str:
    """The next time of the schedule that is in the future."""
    span = length(schedule.every)
    first, current = clock.from_text(schedule.next_at), clock.from_text(now)
    return clock.to_text(first + span * ((current - first) // span + 1))
