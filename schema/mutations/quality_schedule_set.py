"""qualityScheduleSet."""

from typing import Annotated, Any

import strawberry
from strawberry import Parent

from resolvers.mutations.quality_schedule_set import set_schedule
from resolvers.writes.pipeline import Outcome
from schema.arguments import ProductId
from schema.context import Info
from schema.mutations.quality_run import Point
from schema.payloads import DryRun, IdempotencyKey, Payload, options, written
from schema.product_reference import to_product_id
from schema.quality import QualitySchedule
from schema.scalars import Duration

Every = Annotated[
    Duration | None, strawberry.argument(description="Interval, PT1M to P366D, e.g. PT6H; null ends the schedule.")
]


@strawberry.type(description="The outcome of setting a schedule.")
class QualitySchedulePayload(Payload):
    @strawberry.field(description="The schedule; an ended one as it was before. Null if the write was refused.")
    def quality_schedule(outcome: Parent[Outcome]) -> QualitySchedule | None:
        return outcome.thing


async def quality_schedule_set(
    info: Info,
    product_id: ProductId,
    access_point: Point,
    every: Every = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> QualitySchedulePayload | None:
    product = await to_product_id(info, product_id)
    write_options, context = options(dry_run, idempotency_key), info.context
    setting = set_schedule(context.store, context.caller, product, access_point, every, write_options)
    answer: Any = await written(info, setting)
    return answer
