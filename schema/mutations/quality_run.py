"""qualityRunStart and qualityRunCancel."""

from typing import Annotated, Any

import strawberry
from strawberry import Parent

from resolvers.mutations.quality_run_start import cancel_run, start_run
from resolvers.writes.pipeline import Outcome
from schema.arguments import ProductId
from schema.context import Info
from schema.payloads import DryRun, IdempotencyKey, Payload, options, written
from schema.product_reference import to_product_id
from schema.quality import QualityRun

Point = Annotated[str, strawberry.argument(description="The name of one of the product's access points.")]


@strawberry.type(description="The outcome of starting or cancelling a quality run.")
class QualityRunPayload(Payload):
    @strawberry.field(description="The run; null when refused.")
    def quality_run(outcome: Parent[Outcome]) -> QualityRun | None:
        return outcome.thing


async def quality_run_start(
    info: Info,
    product_id: ProductId,
    access_point: Point,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> QualityRunPayload | None:
    product = await to_product_id(info, product_id)
    write_options, context = options(dry_run, idempotency_key), info.context
    answer: Any = await written(info, start_run(context.store, context.caller, product, access_point, write_options))
    return answer


async def quality_run_cancel(info: Info, id: strawberry.ID) -> QualityRunPayload | None:
    answer: Any = await written(info, cancel_run(info.context.store, info.context.caller, id))
    return answer
