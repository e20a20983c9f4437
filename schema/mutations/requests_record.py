"""requestsRecord."""

from typing import Annotated, Any

import strawberry
from strawberry import Parent

from resolvers.mutations.requests_record import record_requests
from resolvers.writes.pipeline import Outcome
from schema.arguments import ProductId
from schema.context import Info
from schema.payloads import Payload, written
from schema.product_reference import to_product_id
from schema.scalars import DateTime

BatchKey = Annotated[
    str | None,
    strawberry.argument(
        description="Any text that identifies the batch. A batch with a known key is not counted again. Default is a "
        "hash of the content."
    ),
]


@strawberry.input(description="One request to a data product.")
class RequestRecordInput:
    time: DateTime = strawberry.field(description="When it started.")
    duration: float = strawberry.field(description="Duration in seconds.")
    status: str | None = strawberry.field(
        default=None,
        description="`success`, `error` or an HTTP status, which from 500 on counts as failed; default is `success`.",
    )
    size: int | None = strawberry.field(default=None, description="Size of the response in bytes.")
    error: str | None = strawberry.field(default=None, description="Error of a failed request.")


@strawberry.type(description="Result of a batch of requests.")
class RequestsRecordPayload(Payload):
    @strawberry.field(description="Number of records in the batch; null if the write was refused.")
    def recorded(outcome: Parent[Outcome]) -> int | None:
        return None if outcome.thing is None else outcome.thing.records

    @strawberry.field(description="True if the batch had already been counted.")
    def replayed(outcome: Parent[Outcome]) -> bool:
        return outcome.thing is not None and outcome.thing.replayed


async def requests_record(
    info: Info, product_id: ProductId, records: list[RequestRecordInput], batch_key: BatchKey = None
) -> RequestsRecordPayload | None:
    product = await to_product_id(info, product_id)
    context = info.context
    rows = [vars(record) for record in records]
    answer: Any = await written(info, record_requests(context.store, context.caller, product, rows, batch_key))
    return answer
