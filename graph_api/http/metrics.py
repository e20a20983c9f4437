"""`/metrics`: the service and the products it measures, for Prometheus."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.auth.callers import Callers
from graph_api.execution.compiled.statistics import RUNS, Fallback, Statistics
from graph_api.fair_gate import GateStatistics
from graph_api.http.exchange import exchange_of
from graph_api.neo4j.driver import Connections
from resolvers.graph.store import Store
from resolvers.model import clock

PATHS = ("/graphql", "/api/v1/products", "/graphiql", "/metrics", "/health")
LABELS = ("domain", "product")

PRODUCTS: LiteralString = """
MATCH (p:DataProduct)
WHERE EXISTS { (p)-[:HAS_QUALITY_RUN]->() } OR EXISTS { (p)-[:HAS_SERVICE_LEVEL_STATUS]->() }
WITH p ORDER BY p.urn LIMIT $most
CALL (p) {
  OPTIONAL MATCH (p)-[:HAS_SERVICE_LEVEL_STATUS]->(s:ServiceLevelStatus)
  RETURN count(s) AS measured, sum(CASE WHEN s.kept THEN 1 ELSE 0 END) AS kept
}
CALL (p) {
  OPTIONAL MATCH (p)-[:HAS_QUALITY_RUN]->(r:QualityRun {state: 'FINISHED'})
  WITH r ORDER BY r.finishedAt DESC LIMIT 1
  RETURN r.overall AS overall, r.newest AS newest
}
RETURN collect([p.domain, p.name, measured, kept, overall, newest])
"""
LAGS: LiteralString = """
CALL () { OPTIONAL MATCH (t:AuditLog {key: 'tail'}) RETURN coalesce(t.seq, 0) AS seq }
CALL (seq) {
  MATCH (w:Webhook {active: true}) RETURN coalesce(max(seq - w.cursorSeq), 0) AS behind
}
CALL () { MATCH (l:DeadLetter {state: 'DEAD'}) RETURN count(l) AS dead }
CALL () { MATCH (r:QualityRun) WHERE r.state = 'QUEUED' RETURN count(r) AS queued }
RETURN [seq, behind, dead, queued]
"""


Pool = Callable[[], Connections]
# By what the gates bound.
ReadGates = Callable[[], Mapping[str, GateStatistics]]


class ServiceMetrics:
    """The registry of one app: its own requests; what it measures of products is read from the graph at a scrape."""

    def __init__(self, max_products: int, gates: ReadGates, pool: Pool | None = None) -> None:
        self._gates = gates
        self._pool = pool
        self.max_products = max_products
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "meshweave_http_requests", "HTTP requests answered.", ("path", "status"), registry=self.registry
        )
        self.durations = Histogram(
            "meshweave_http_request_duration_seconds", "Time to answer.", ("path",), registry=self.registry
        )
        self.active = Gauge("meshweave_http_requests_active", "Requests under way.", registry=self.registry)

    async def exposition(self, store: Store) -> bytes:
        rows = await store.read(PRODUCTS, most=self.max_products) or []
        lags = await store.read(LAGS) or (0, 0, 0, 0)
        once = CollectorRegistry()
        metrics = [*product_metrics(rows, datetime.now(UTC)), *lag_metrics(lags), *execution_metrics(RUNS)]
        metrics += gate_metrics(self._gates())
        metrics += [] if self._pool is None else pool_metrics(self._pool())
        once.register(Collected(metrics))
        return generate_latest(self.registry) + generate_latest(once)


class Collected:
    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def product_metrics(rows: Sequence[Sequence[Any]], now: datetime) -> list[Metric]:
    freshness = GaugeMetricFamily("data_freshness_seconds", "Age of the newest record of a product.", labels=LABELS)
    quality = GaugeMetricFamily("data_quality_score", "Score of the latest quality run, 0 to 1.", labels=LABELS)
    compliance = GaugeMetricFamily(
        "sla_compliance_percentage", "Measured service levels that are kept, 0 to 100.", labels=LABELS
    )
    for domain, name, measured, kept, overall, newest in rows:
        if newest is not None:
            freshness.add_metric((domain, name), max((now - clock.from_text(newest)).total_seconds(), 0.0))
        if overall is not None:
            quality.add_metric((domain, name), overall)
        if measured:
            compliance.add_metric((domain, name), 100 * kept / measured)
    return [freshness, quality, compliance]


def lag_metrics(lags: Sequence[int]) -> list[Metric]:
    names = (
        ("meshweave_audit_events", "Events in the audit log."),
        ("meshweave_webhook_lag_events", "Events that the slowest webhook is behind."),
        ("meshweave_webhook_dead_letters", "Events that could not be delivered."),
        ("meshweave_quality_runs_queued", "Quality runs that wait."),
    )
    return [GaugeMetricFamily(name, text, value=value) for (name, text), value in zip(names, lags, strict=True)]


def execution_metrics(statistics: Statistics) -> list[Metric]:
    """Queries that ran compiled, and those that were to and that graphql-core ran, by reason."""
    runs = CounterMetricFamily("meshweave_compiled_runs", "Queries that ran compiled.", value=statistics.runs)
    fallbacks = CounterMetricFamily(
        "meshweave_compiled_fallbacks", "Queries that were left to graphql-core.", labels=("reason",)
    )
    for reason in Fallback:
        fallbacks.add_metric((reason.value,), statistics.fallbacks[reason])
    return [runs, fallbacks]


def gate_metrics(gates: Mapping[str, GateStatistics]) -> list[Metric]:
    """How full the gates are."""
    entered = GaugeMetricFamily(
        "meshweave_gate_entries", "Work that runs or waits at a gate.", labels=("gate", "state")
    )
    limit = GaugeMetricFamily("meshweave_gate_limit", "Work that may run at once.", labels=("gate",))
    for name, statistics in gates.items():
        entered.add_metric((name, "running"), statistics.running)
        entered.add_metric((name, "waiting"), statistics.waiting)
        limit.add_metric((name,), statistics.places)
    return [entered, limit]


def pool_metrics(connections: Connections) -> list[Metric]:
    open_now = GaugeMetricFamily("meshweave_database_connections", "Open connections.", labels=("state",))
    open_now.add_metric(("in_use",), connections.in_use)
    open_now.add_metric(("idle",), connections.idle)
    most = GaugeMetricFamily(
        "meshweave_database_connections_limit", "Connections that there may be.", value=connections.most
    )
    return [open_now, most]


def metrics_route(metrics: ServiceMetrics, callers: Callers, open_store: Callable[[], Store]) -> Route:
    """Readable by callers that may read the catalog."""

    async def scrape(request: Request) -> Response:
        exchange = exchange_of(request.scope)
        callers.admit(await callers.identify(exchange.headers, "GET", exchange.secure, exchange.prefix))
        return Response(await metrics.exposition(open_store()), headers={"content-type": CONTENT_TYPE_LATEST})

    return Route("/metrics", scrape)


class Measured:
    """ASGI middleware that counts requests and their durations."""

    def __init__(self, app: ASGIApp, metrics: ServiceMetrics) -> None:
        self._app = app
        self._metrics = metrics
        self._timers = {path: metrics.durations.labels(path) for path in (*PATHS, "other")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = next((prefix for prefix in PATHS if scope["path"].startswith(prefix)), "other")
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._metrics.active.track_inprogress(), self._timers[path].time():
            try:
                await self._app(scope, receive, noting)
            finally:
                self._metrics.requests.labels(path, str(status)).inc()


Scrape = Callable[[Request], Awaitable[Response]]
