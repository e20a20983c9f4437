"""dataProductPreview: rows of an output."""

from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated, Any

import strawberry

from resolvers.graph.store import Store
from resolvers.model import clock, json_fields, records
from resolvers.model.clearance import clearance_of
from resolvers.model.errors import StoreError, UserErrorCode, UserFault
from resolvers.model.records import Classification
from resolvers.mutations.data_contract_activate import SYSTEM
from resolvers.mutations.quality_run_execute import output_of
from resolvers.mutations.requests_record import record_requests
from resolvers.quality.preview import Preview, check_request, hidden_columns, preview
from resolvers.quality.reader import ReadError
from schema.arguments import ProductId
from schema.context import Info
from schema.product_reference import to_product_id
from schema.scalars import JSON

SECONDS = 20.0
Where = Annotated[
    JSON | None,
    strawberry.argument(
        description='eq, ne, lt, lte, gt, gte, in, isNull of a column and a value, joined by and, or: {"eq": {"column": '  # noqa: E501
        '"id", "value": 1}}.'
    ),
]


@strawberry.type(description="A column of an output.")
class PreviewColumn:
    name: str = strawberry.field(description="Name of the column.")
    type: str = strawberry.field(description="Its type in the output.")


@strawberry.type(description="A row of an output.")
class PreviewRow:
    values: JSON = strawberry.field(description="The values by column; *** where the caller may not read one.")
    valid: bool = strawberry.field(description="True if the row is valid under the contract.")
    faults: list[str] = strawberry.field(
        description="Violations of the contract: the path and the keyword of the schema."
    )


@strawberry.type(description="Rows of an output.")
class DataProductPreview:
    columns: list[PreviewColumn] = strawberry.field(description="The columns with their types.")
    masked: list[str] = strawberry.field(description="Columns whose values the caller may not read.")
    rows: list[PreviewRow] = strawberry.field(description="The rows.")


async def data_product_preview(
    info: Info,
    id: ProductId,
    access_point: str,
    first: int = 20,
    where: Where = None,
    columns: list[str] | None = None,
) -> DataProductPreview | None:
    product = await info.context.loaders.whole_product.load(await to_product_id(info, id))
    if product is None:
        raise UserFault(UserErrorCode.NOT_FOUND, f"There is no data product '{id[:200]}'.", ("id",))
    began, error = perf_counter(), None
    try:
        check_request(first, where, columns)
        return await read(info, product, access_point, first, where, columns)
    except (ReadError, UserFault) as failed:
        error = failed.code
        if isinstance(failed, ReadError):
            message = f"{failed.message} ({failed.code})"
            raise UserFault(UserErrorCode.INVALID_INPUT, message, ("accessPoint",)) from failed
        raise
    finally:
        await note(info.context.store, product.id, perf_counter() - began, error)


async def read(
    info: Info, product: records.Product, access_point: str, first: int, where: Any, columns: list[str] | None
) -> Preview:
    points = json_fields.access_points(product.access_points_json)
    point = next((one for one in points if one.name == access_point), None)
    if point is None:
        names = ", ".join(one.name for one in points) or "none"
        message = f"'{product.name}' has no access point of that name; it has {names}."
        raise UserFault(UserErrorCode.NOT_FOUND, message, ("accessPoint",))
    loaders = info.context.loaders
    contract = await loaders.contract.load(product.contract_id) if product.contract_id else None
    if contract is None:
        raise UserFault(UserErrorCode.INVALID_INPUT, f"'{product.name}' has no contract in force.", ("id",))
    fields = await loaders.contract_fields.load(contract.id)
    level = clearance_of(info.context.caller, product.domain, info.context.process.clearances)
    hidden = hidden_columns(fields, contract.classification, level)
    ranks = list(Classification)
    whole = contract.classification
    protected = whole is not None and ranks.index(Classification(whole)) > ranks.index(level)
    schema = json_fields.document(contract.json_schema_json)
    output = output_of(point, contract.format)
    async with info.context.process.reader.open([output], SECONDS) as session:
        return await preview(session, schema, hidden, protected, first, where, columns)


async def note(store: Store, product_id: str, seconds: float, error: str | None) -> None:
    """A preview is a request to the product. One that is refused for what the caller gave is not its failure."""
    failed = error is not None and error not in UserErrorCode.__members__
    record = {"time": clock.to_text(datetime.now(UTC)), "duration": seconds, "status": "error" if failed else "success"}
    with suppress(StoreError):
        await record_requests(store, SYSTEM, product_id, [record])
