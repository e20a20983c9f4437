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
From = Annotated[
    DateTime | None, strawberry.argument(name="from", description="Only runs that started at or after this time.")
]
To = Annotated[DateTime | None, strawberry.argument(description="Only runs that started before this time.")]
AfterRun = Annotated[
    strawberry.ID | None, strawberry.argument(description="Id of a run; only older runs are returned.")
]
TrendFrom = Annotated[
    DateTime | None, strawberry.argument(name="from", description="Only runs that finished at or after this time.")
]
TrendTo = Annotated[DateTime | None, strawberry.argument(description="Only runs that finished before this time.")]
Origin = Annotated[str | None, strawberry.argument(description="Only runs of this origin, e.g. meshweave.")]

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
    QUEUED="Waiting to start.",
    RUNNING="Reading the output.",
    FINISHED="Ended with scores.",
    FAILED="The output could not be read.",
    CANCELLED="Cancelled by a caller.",
)


def latest_loader(loaders: Loaders) -> DataLoader:
    return DataLoader(partial(latest_runs, loaders.store))


def schedules_loader(loaders: Loaders) -> DataLoader:
    return DataLoader(partial(schedules_of, loaders.store))


@strawberry.type(description="The score of one dimension of quality.")
class QualityDimension:
    dimension: str = strawberry.field(description="completeness, uniqueness, validity, … or businessRules.")
    score: float | None = strawberry.field(description="0 to 1; null when it was not computed.")
    threshold: float | None = strawberry.field(description="Lowest score that passes.")
    passed: bool | None = strawberry.field(description="Whether it passed; null when it was not computed.")
    reason: str | None = strawberry.field(description="Why it was not computed; null if it was.")


@strawberry.type(description="A check of a quality run.")
class QualityCheck:
    id: str = strawberry.field(description="Id of the check, e.g. validity:email, or the id of a rule.")
    dimension: str = strawberry.field(description="Dimension that it counts for.")
    field: str | None = strawberry.field(description="Field of the contract; null if the check is about whole rows.")
    numerator: float | None = strawberry.field(description="Number of good values, or the value that a rule measured.")
    denominator: float | None = strawberry.field(description="Number of values or rows that were checked.")
    score: float | None = strawberry.field(description="0 to 1; null when it was not computed.")
    passed: bool | None = strawberry.field(description="Whether it passed; null when it was not computed.")
    sql: str | None = strawberry.field(description="SQL that computed it; the output is the table `data`.")
    reason: str | None = strawberry.field(description="Why it was not computed; null if it was.")
    samples: list[str] = strawberry.field(
        description="Keys of up to 20 failing rows; empty unless the caller may change the product."
    )
    origin: str = strawberry.field(
        default="contract",
        description="Where the check comes from: contract, domain, or the tool that submitted the result.",
    )


@strawberry.type(description="One quality run over an output.")
class QualityRun:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    access_point: str = strawberry.field(description="Name of the access point that it read.")
    state: RunState = strawberry.field(description="State of the run.")
    contract_version: str | None = strawberry.field(description="Version of the contract that it checked.")
    requested_by: str = strawberry.field(description="Name of the caller who started it.")
    started_at: DateTime = strawberry.field(description="When it was requested.")
    finished_at: DateTime | None = strawberry.field(description="When it ended; null until then.")
    rows: int | None = strawberry.field(description="Number of rows of the output.")
    overall: float | None = strawberry.field(description="Mean score of the dimensions that were computed.")
    passed: bool | None = strawberry.field(
        description="True if each of these dimensions reached its threshold and every rule holds."
    )
    newest: DateTime | None = strawberry.field(description="Time of the newest record, else of the newest file.")
    sandbox: str | None = strawberry.field(description="Sandbox in which the output was read.")
    error: str | None = strawberry.field(description="Why it failed; null if it did not.")
    origin: str = strawberry.field(description="Tool that computed the result; `meshweave` for the service's own runs.")
    progress: float = strawberry.field(description="Progress, 0 to 1.")
    stage: str | None = strawberry.field(description="Current step of a running run.")

    data_product: DataProductReference = loaded(
        lambda loaders: loaders.product, by="product_id", description="The product."
    )

    @strawberry.field(description="All dimensions, including those that were not computed.")
    def dimensions(run: Parent[records.QualityRun]) -> list[QualityDimension]:
        return [QualityDimension(**one) for one in run.dimensions]

    @strawberry.field(description="All checks of the run.")
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
    start: DateTime = strawberry.field(description="Start of the period; weeks start on Monday, UTC.")
    runs: int = strawberry.field(description="Number of finished runs.")
    passed: int = strawberry.field(description="Number of runs that passed.")
    overall: float | None = strawberry.field(description="Mean of their overall scores.")
    dimensions: list[QualityTrendScore] = strawberry.field(description="Mean score of each dimension.")


@strawberry.type(description="A schedule of quality runs over an output.")
class QualitySchedule:
    access_point: str = strawberry.field(description="Name of the access point that they read.")
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

    @strawberry.field(description="Its runs, newest first.")
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

    @strawberry.field(description="Its schedules of runs, ordered by access point.")
    async def schedules(product: Parent[model.Product], info: Info) -> list[QualitySchedule] | None:
        return await info.context.loaders.once(schedules_loader).load(product.id)


@strawberry.type(description="Quality of the products of a domain, by their latest runs.")
class DomainQuality:
    overall: float | None = strawberry.field(description="Mean of the products' scores; null when none was measured.")
    passed: int = strawberry.field(description="Number of products whose latest run passed.")
    failed: int = strawberry.field(description="Number of products whose latest run did not pass.")
    unmeasured: int = strawberry.field(description="Number of products without a finished run.")
    products: list[QualityRun] = strawberry.field(description="The latest finished run of each product, by name.")
