"""Usage of a product's infrastructure and its monthly cost: measured, or null with a reason."""

from collections.abc import Sequence
from datetime import timedelta
from typing import LiteralString, NamedTuple

from resolvers.graph.store import Store
from resolvers.model import clock

DAYS = 30
GB, MILLION = 1_000_000_000, 1_000_000
NOT_COUNTED = "Nothing of it was provisioned from here, so nothing is counted."
NOT_YET = "It was not counted yet."
NO_REQUESTS = "No requests to the product were recorded."
NO_COMPUTE = "Nothing measures what the workload uses."
NO_PRICES = "No price table is set on this server."


class Prices(NamedTuple):
    """In `currency`: a GB (10^9 bytes) stored for a month, a million requests, a GB sent. None: no price is known."""

    currency: str
    storage_gb_month: float | None = None
    requests_million: float | None = None
    transfer_gb: float | None = None


class Usage(NamedTuple):
    """`objects` and `bytes` are what is stored below the product's prefix, `requests` and `transferred` bytes those of
    the last 30 days. Each pair is None with its reason."""

    objects: int | None
    bytes: int | None
    measured_at: str | None
    storage_reason: str | None
    requests: int | None
    transferred: int | None
    requests_reason: str | None


class Cost(NamedTuple):
    """A month's, in `currency`. `total` is that of the parts that are known; `reasons` say why others are not."""

    currency: str | None
    storage: float | None
    networking: float | None
    compute: float | None
    total: float | None
    reasons: tuple[str, ...]


NOTHING = Usage(None, None, None, NOT_COUNTED, None, None, NO_REQUESTS)
USAGE: LiteralString = """
UNWIND $arguments.ids AS id
MATCH (p:DataProduct {id: id})
OPTIONAL MATCH (p)-[:HAS_STORAGE_USAGE]->(u:StorageUsage)
CALL (id) {
  MATCH (b:RequestBucket {productId: id}) WHERE b.start >= $arguments.since
  RETURN sum(b.total) AS requests, sum(b.bytes) AS sent
}
RETURN collect([id, u.objects, u.bytes, u.measuredAt, u.reason, requests, sent,
  EXISTS { MATCH (:ProductMetrics {productId: id}) },
  EXISTS { MATCH (p)-[:HAS_RESOURCE]->(:InfrastructureResource {target: 'S3', kind: 'BUCKET', state: 'APPLIED'}) }])
"""


async def usages(store: Store, ids: Sequence[str]) -> list[Usage | None]:
    """Aligned with `ids`; None where there is no such product."""
    since = clock.to_text(clock.from_text(clock.now()) - timedelta(days=DAYS))
    rows = await store.read(USAGE, arguments={"ids": list(ids), "since": since})
    usage_by_id = {row[0]: _usage(*row[1:]) for row in rows}
    return [usage_by_id.get(id) for id in ids]


def _usage(
    objects: int | None,
    size: int | None,
    at: str | None,
    reason: str | None,
    requests: int,
    sent: int,
    recorded: bool,
    applied: bool,
) -> Usage:
    if objects is None and reason is None:
        reason = NOT_YET if applied else NOT_COUNTED
    requests_part = (requests, sent, None) if recorded else (None, None, NO_REQUESTS)
    return Usage(objects, size, at, reason, *requests_part)


def cost_of(usage: Usage, prices: Prices | None) -> Cost:
    """The cost of `usage`: unit prices multiplied by measured quantities."""
    if prices is None:
        return Cost(None, None, None, None, None, (NO_PRICES,))
    storage, networking = _storage(usage, prices), _networking(usage, prices)
    amounts = [part for part in (storage, networking) if isinstance(part, float)]
    reasons = [part for part in (storage, networking) if isinstance(part, str)]
    return Cost(
        prices.currency,
        storage if isinstance(storage, float) else None,
        networking if isinstance(networking, float) else None,
        None,
        sum(amounts) if amounts else None,
        (*reasons, f"Compute: {NO_COMPUTE}"),
    )


def _storage(usage: Usage, prices: Prices) -> float | str:
    if usage.bytes is None:
        return f"Storage: {usage.storage_reason}"
    if prices.storage_gb_month is None:
        return "Storage: the price table has no price of a GB and month."
    return usage.bytes / GB * prices.storage_gb_month


def _networking(usage: Usage, prices: Prices) -> float | str:
    if usage.requests is None or usage.transferred is None:
        return f"Networking: {usage.requests_reason}"
    if prices.requests_million is None and prices.transfer_gb is None:
        return "Networking: the price table has no price of requests or of a GB sent."
    requests = usage.requests / MILLION * (prices.requests_million or 0.0)
    return requests + usage.transferred / GB * (prices.transfer_gb or 0.0)
