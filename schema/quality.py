"""Quality of a data product: runs, dimensions, checks and trend."""

from functools import partial
from typing import Annotated

import strawberry
from aiodataloader import DataLoader
from strawberry import Parent

from resolvers.loading.loaders import Loaders
from resolvers.model import records as model
from resolvers.model.access import Action, may
from resolvers.quality import records
from resolvers.quality.records import RunState, latest_runs, runs_of
from resolvers.quality.schedules import schedules_of
from resolvers.quality.trend import Period, trend
from schema.context import Info
from schema.enums import describe
from schema.loaded_fields import loaded
from schema.references import DataProductReference
from schema.scalars import DateTime, Duration

MAX_RUNS = 500
First = Annotated[int, strawberry.argument(description="Number of items, 1 to 500.")]
From = Annotated[DateTime | None, strawberry.argument(name="from", description="Runs that started from then on.")]
To = Annotated[DateTime | None, strawberry.argument(description="Runs that started before.")]
AfterRun = Annotated[strawberry.ID | None, strawberry.argument(description="Runs that follow the one of this id.")]
TrendFrom = Annotated[
    DateTime | None, strawberry.argument(name="from", description="Runs that finished from then on; default all.")
]
TrendTo = Annotated[DateTime | None, strawberry.argument(description="Runs that finished before; default all.")]
Origin = Annotated[str | None, strawberry.argument(description="Only runs that this one computed, e.g. meshweave.")]

describe(
    Period,
    "QualityPeriod",
    "Period of a trend.",
    HOUR="Whole hours, UTC.",
    DAY="Days, UTC.",
    WEEK="Weeks from Monday, UTC.",
    MONTH="Months, UTC.",
)
describe(
    RunState,
    "QualityRunState",
    "Status of a quality run.",
    QUEUED="It waits.",
    RUNNING="It reads the output.",
    FINISHED="It has scores.",
    FAILED="The output could not be read.",
    CANCELLED="Somebody cancelled it.",
)


def latest_loader(loaders: Loaders) -> DataLoader:
    return DataLoader(partial(latest_runs, loaders.store))


def schedules_loader(loaders: Loaders) -> DataLoader:
    return DataLoader(partial(schedules_of, loaders.store))


@strawberry.type(description="The score of one dimension of quality.")
class QualityDimension:
    dimension: str = strawberry.field(description="completeness, uniqueness, validity, … or businessRules.")
    score: float | None = strawberry.field(description="0 to 1; null when it was not computed.")
    threshold: float | None = strawberry.field(description="The least score that passes.")
    passed: bool | None = strawberry.field(description="Whether it passed; null when it was not computed.")
    reason: str | None = strawberry.field(description="Why it was not computed.")


@strawberry.type(description="One thing that a quality run counted.")
class QualityCheck:
    id: str = strawberry.field(description="Id of the check, e.g. validity:email, or the id of a rule.")
    dimension: str = strawberry.field(description="The dimension it counts for.")
    field: str | None = strawberry.field(description="The field of the contract; null: about rows.")
    numerator: float | None = strawberry.field(description="Good values, or what a rule measured.")
    denominator: float | None = strawberry.field(description="Values that were looked at, or rows.")
    score: float | None = strawberry.field(description="0 to 1; null when it was not computed.")
    passed: bool | None = strawberry.field(description="Whether it passed; null when it was not computed.")
    sql: str | None = strawberry.field(description="The SQL that counted, over the output as `data`.")
    reason: str | None = strawberry.field(description="Why it was not computed.")
    samples: list[str] = strawberry.field(
        description="Keys of up to 20 rows that fail; for the product's domain and governance, else empty."
    )
    origin: str = strawberry.field(
        default="contract", description="Where the check comes from: contract, domain, or who submitted the result."
    )


@strawberry.type(description="One quality run over an output.")
class QualityRun:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    access_point: str = strawberry.field(description="Which output it read.")
    state: RunState = strawberry.field(description="Status.")
    contract_version: str | None = strawberry.field(description="The contract it compared with.")
    requested_by: str = strawberry.field(description="Who started it.")
    started_at: DateTime = strawberry.field(description="When it was requested.")
    finished_at: DateTime | None = strawberry.field(description="When it ended.")
    rows: int | None = strawberry.field(description="Rows of the output.")
    overall: float | None = strawberry.field(description="Mean of the dimensions that were computed.")
    passed: bool | None = strawberry.field(description="Whether each of them reached its threshold.")
    newest: DateTime | None = strawberry.field(description="Time of the newest record, else of the newest file.")
    sandbox: str | None = strawberry.field(description="Sandbox of the reading process.")
    error: str | None = strawberry.field(description="Why it failed.")
    origin: str = strawberry.field(description="Origin: `meshweave`, or the submitter of the result.")
    progress: float = strawberry.field(description="Progress, 0 to 1.")
    stage: str | None = strawberry.field(description="Current step of a running run.")

    data_product: DataProductReference = loaded(
        lambda loaders: loaders.product, by="product_id", description="The product."
    )

    @strawberry.field(description="The dimensions, those that were not computed too.")
    def dimensions(run: Parent[records.QualityRun]) -> list[QualityDimension]:
        return [QualityDimension(**one) for one in run.dimensions]

    @strawberry.field(description="All that was counted.")
    async def checks(run: Parent[records.QualityRun], info: Info) -> list[QualityCheck] | None:
        product = await info.context.loaders.whole_product.load(run.product_id)
        allowed = product is not None and may(info.context.caller, Action.WRITE_PRODUCT, product.domain)
        return [QualityCheck(**{**one, "samples": one["samples"] if allowed else []}) for one in run.checks]


@strawberry.type(description="The mean score of a dimension.")
class QualityTrendScore:
    dimension: str = strawberry.field(description="completeness, uniqueness, validity, … or businessRules.")
    score: float = strawberry.field(description="0 to 1.")


@strawberry.type(description="The quality runs that finished in one period.")
class QualityTrendPoint:
    start: DateTime = strawberry.field(description="When the period begins; weeks begin on Monday, UTC.")
    runs: int = strawberry.field(description="Finished runs.")
    passed: int = strawberry.field(description="Number of runs that passed.")
    overall: float | None = strawberry.field(description="Mean of their overall scores.")
    dimensions: list[QualityTrendScore] = strawberry.field(description="Mean scores of the dimensions computed.")


@strawberry.type(description="Regular quality runs over an output.")
class QualitySchedule:
    access_point: str = strawberry.field(description="Which output they read.")
    every: Duration = strawberry.field(description="Interval between runs.")
    next_at: DateTime = strawberry.field(description="Start of the next run.")
    set_by: str = strawberry.field(description="Name of the caller who set it.")

    data_product: DataProductReference = loaded(
        lambda loaders: loaders.product, by="product_id", description="The product."
    )


@strawberry.type(description="Quality of a data product.")
class ProductQuality:
    @strawberry.field(description="Its latest finished run; null before the first.")
    async def latest(product: Parent[model.Product], info: Info) -> QualityRun | None:
        return await info.context.loaders.once(latest_loader).load(product.id)

    @strawberry.field(description="Overall score of its latest finished run.")
    async def overall(product: Parent[model.Product], info: Info) -> float | None:
        run = await info.context.loaders.once(latest_loader).load(product.id)
        return None if run is None else run.overall

    @strawberry.field(description="Its runs, the newest first.")
    async def runs(
        product: Parent[model.Product],
        info: Info,
        first: First = 20,
        since: From = None,
        to: To = None,
        after: AfterRun = None,
    ) -> list[QualityRun] | None:
        count = min(max(first, 1), MAX_RUNS)
        return await runs_of(info.context.store, product.id, since or "", to or "9999", count, after)

    @strawberry.field(description="Scores of its latest finished run by dimension; empty before the first.")
    async def dimensions(product: Parent[model.Product], info: Info) -> list[QualityDimension] | None:
        run = await info.context.loaders.once(latest_loader).load(product.id)
        return [] if run is None else [QualityDimension(**one) for one in run.dimensions]

    @strawberry.field(description="Scores by period, oldest first.")
    async def trend(
        product: Parent[model.Product],
        info: Info,
        since: TrendFrom = None,
        to: TrendTo = None,
        by: Period = Period.DAY,
        origin: Origin = None,
    ) -> list[QualityTrendPoint] | None:
        return await trend(info.context.store, product.id, since or "", to or "9999", by, origin)

    @strawberry.field(description="Its regular runs, by access point.")
    async def schedules(product: Parent[model.Product], info: Info) -> list[QualitySchedule] | None:
        return await info.context.loaders.once(schedules_loader).load(product.id)


@strawberry.type(description="Quality of the products of a domain, by their latest runs.")
class DomainQuality:
    overall: float | None = strawberry.field(description="Mean of the products' scores; null when none was measured.")
    passed: int = strawberry.field(description="Products whose run passed.")
    failed: int = strawberry.field(description="Products whose run did not.")
    unmeasured: int = strawberry.field(description="Products without a finished run.")
    products: list[QualityRun] = strawberry.field(description="The latest finished run of each product, by name.")
