"""Request metrics and service levels of a data product."""

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

LAST = Annotated[int, strawberry.argument(description="Number of the latest requests, 1 to 1,000.")]
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
    since: DateTime | None = strawberry.field(description="Start of the window; null for the latest requests.")
    until: DateTime = strawberry.field(description="End of the window.")
    total: int = strawberry.field(description="Number of requests.")
    errors: int = strawberry.field(description="Number of failed requests.")
    success_rate: float | None = strawberry.field(description="Share of successful requests; null without requests.")
    error_rate: float | None = strawberry.field(description="Share of failed requests; null without requests.")
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
    @strawberry.field(description="Metrics of the latest requests.")
    async def last(product: Parent[records.Product], info: Info, requests: LAST = 100) -> RequestMetrics | None:
        if not 1 <= requests <= RECENT:
            raise GraphQLError(f"`requests` is from 1 to {RECENT}.", extensions={"code": "INVALID_INPUT"})
        loader = info.context.loaders.once(last_loader, requests, info.context.now)
        return await loader.load(product.id)

    @strawberry.field(
        description="Metrics of a period that ends now, in whole minutes; for older data in whole hours or days."
    )
    async def window(product: Parent[records.Product], info: Info, length: LENGTH = DAY) -> RequestMetrics | None:
        now = clock.now()
        loader = info.context.loaders.once(window_loader, start_of(length, info.context.now), now)
        return await loader.load(product.id)


@strawberry.type(description="A promised service level and its measured value.")
class ServiceLevelStatus:
    metric: str = strawberry.field(description="Promised metric.")
    target: float = strawberry.field(description="Promised value, in `unit`.")
    unit: str | None = strawberry.field(description="ms, s, min, h, d or %; null for a plain number.")
    better: Better = strawberry.field(description="Direction in which values are better.")
    measured: float | None = strawberry.field(description="Measured value, in `unit`; null if nothing was measured.")
    kept: bool | None = strawberry.field(description="True if the promise is kept; null if that is not known.")
    reason: str | None = strawberry.field(description="Why `kept` is null; null if it is not.")
    measured_at: DateTime | None = strawberry.field(description="When it was measured.")
    since: DateTime | None = strawberry.field(
        description="Start of the current state of `kept`; null before it was first recorded."
    )
    error_budget_left: float | None = strawberry.field(
        description="Share of the error budget that is left in the window; negative if it is overdrawn. Only for "
        "metrics of requests."
    )
    burn_rate: float | None = strawberry.field(
        description="Rate at which the last hour used the error budget; at 1 the budget lasts exactly for the window."
    )


@strawberry.type(description="The service levels of one product.")
class ProductServiceLevels:
    compliance: float | None = strawberry.field(
        description="Share of the measured promises that are kept; null if none was measured."
    )
    levels: list[ServiceLevelStatus] = strawberry.field(description="Each promise of the contract in force.")


@strawberry.type(description="Health of a provider.")
class ProviderHealth:
    healthy: bool | None = strawberry.field(description="False if a promise is broken; null if nothing was measured.")
    broken_service_levels: list[str] = strawberry.field(description="Metrics whose promises are not kept.")
    quality_passed: bool | None = strawberry.field(
        description="Result of its latest quality run; null before the first."
    )
    sunset: Date | None = strawberry.field(description="Last day of a deprecated provider.")
    successor: DataProductReference | None = loaded(
        lambda loaders: loaders.product_by_urn,
        by="successor",
        description="Product to use instead of a deprecated provider.",
    )

    @strawberry.field(description="True if its status is DEPRECATED or RETIRED.")
    def deprecated(health: Parent[Health]) -> bool:
        return health.status in (ProductStatus.DEPRECATED, ProductStatus.RETIRED)
