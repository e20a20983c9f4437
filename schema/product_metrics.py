"""Request metrics of a data product, and how its service levels are kept."""

from functools import partial
from typing import Annotated

import strawberry
from aiodataloader import DataLoader
from graphql import GraphQLError
from strawberry import Parent

from resolvers.contracts.service_levels import Better
from resolvers.loading.loaders import Loaders
from resolvers.metrics.requests import RECENT
from resolvers.metrics.window import Window, last_requests, start_of, windows
from resolvers.model import clock, records
from resolvers.model.records import ProductStatus
from resolvers.service_levels import report
from resolvers.service_levels.health import ProviderHealth as Health
from resolvers.service_levels.health import health_of
from schema.context import Info
from schema.loaded_fields import loaded
from schema.references import DataProductReference
from schema.scalars import Date, DateTime, Duration

LAST = Annotated[int, strawberry.argument(description="How many of the latest requests, 1 to 1,000.")]
LENGTH = Annotated[Duration, strawberry.argument(description="How far back, e.g. PT1H or P30D.")]

DAY, MONTH = Duration("P1D"), Duration("P30D")


def levels_loader(loaders: Loaders, window: str) -> DataLoader[str, report.ProductLevels]:
    return DataLoader(partial(report.levels_of, loaders.store, window))


def health_loader(loaders: Loaders) -> DataLoader:
    return DataLoader(partial(health_of, loaders.store))


def last_loader(loaders: Loaders, last: int, now: str) -> DataLoader:
    async def load(ids: list[str]) -> list[Window]:
        return await last_requests(loaders.store, ids, last, now)

    return DataLoader(load)


def window_loader(loaders: Loaders, since: str, now: str) -> DataLoader:
    async def load(ids: list[str]) -> list[Window]:
        return await windows(loaders.store, ids, since, now)

    return DataLoader(load)


@strawberry.type(description="Requests to a product: exact counts, durations in seconds within 1 %.")
class RequestMetrics:
    since: DateTime | None = strawberry.field(description="Where the window begins; null: of the latest requests.")
    until: DateTime = strawberry.field(description="Where it ends.")
    total: int = strawberry.field(description="Requests.")
    errors: int = strawberry.field(description="Those that failed.")
    success_rate: float | None = strawberry.field(description="0 to 1; null without requests.")
    error_rate: float | None = strawberry.field(description="0 to 1; null without requests.")
    mean: float | None = strawberry.field(description="Mean duration in seconds; null without requests.")

    @strawberry.field(description="Half of the requests took at most this long, in seconds.")
    def p50(window: Parent[Window]) -> float | None:
        return window.seconds(0.5)

    @strawberry.field(description="95 % of the requests took at most this long, in seconds.")
    def p95(window: Parent[Window]) -> float | None:
        return window.seconds(0.95)

    @strawberry.field(description="99 % of the requests took at most this long, in seconds.")
    def p99(window: Parent[Window]) -> float | None:
        return window.seconds(0.99)


@strawberry.type(description="Metrics of a data product, from the requests that were recorded.")
class ProductMetrics:
    @strawberry.field(description="Of its latest requests.")
    async def last(product: Parent[records.Product], info: Info, requests: LAST = 100) -> RequestMetrics:
        if not 1 <= requests <= RECENT:
            raise GraphQLError(f"`requests` is from 1 to {RECENT}.", extensions={"code": "INVALID_INPUT"})
        loader = info.context.loaders.once(last_loader, requests, info.context.now)
        return await loader.load(product.id)

    @strawberry.field(description="Of a span of time that ends now; whole minutes, of old times whole hours or days.")
    async def window(product: Parent[records.Product], info: Info, length: LENGTH = DAY) -> RequestMetrics:
        now = clock.now()
        loader = info.context.loaders.once(window_loader, start_of(length, info.context.now), now)
        return await loader.load(product.id)


@strawberry.type(description="A promised service level and how it is kept.")
class ServiceLevelStatus:
    metric: str = strawberry.field(description="What is promised.")
    target: float = strawberry.field(description="The promise, in `unit`.")
    unit: str | None = strawberry.field(description="ms, s, min, h, d, %; null: a plain number.")
    better: Better = strawberry.field(description="On which side of the target it is kept.")
    measured: float | None = strawberry.field(description="The measured value in `unit`; null when nothing was.")
    kept: bool | None = strawberry.field(description="Whether it is kept; null when that is not known.")
    reason: str | None = strawberry.field(description="Why it is not known.")
    measured_at: DateTime | None = strawberry.field(description="When it was measured.")
    since: DateTime | None = strawberry.field(
        description="Since when it is kept or not; null before that was first recorded."
    )
    error_budget_left: float | None = strawberry.field(
        description="1: all of the window's error budget is left; 0: none; below: overdrawn. Of requests alone."
    )
    burn_rate: float | None = strawberry.field(
        description="How fast the last hour used the budget; 1 uses it up at the window's end."
    )


@strawberry.type(description="The service levels of one product.")
class ProductServiceLevels:
    compliance: float | None = strawberry.field(
        description="Share of the promises that are kept, of those that were measured; null when none was."
    )
    levels: list[ServiceLevelStatus] = strawberry.field(description="Each promise of the contract in force.")


@strawberry.type(description="How a provider is doing.")
class ProviderHealth:
    healthy: bool | None = strawberry.field(description="False when a promise is broken; null: nothing was measured.")
    broken_service_levels: list[str] = strawberry.field(description="Metrics of promises that are not kept.")
    quality_passed: bool | None = strawberry.field(description="Of its latest quality run; null before the first.")
    sunset: Date | None = strawberry.field(description="Of a deprecated provider: the day on which it ends.")
    successor: DataProductReference | None = loaded(
        lambda loaders: loaders.product_by_urn,
        by="successor",
        description="Of a deprecated provider: the product to use instead.",
    )

    @strawberry.field(description="Whether it is on its way out: DEPRECATED, or RETIRED already.")
    def deprecated(health: Parent[Health]) -> bool:
        return health.status in (ProductStatus.DEPRECATED, ProductStatus.RETIRED)
