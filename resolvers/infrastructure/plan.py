"""The infrastructure plan of a data product: a pure function of the product, its contract and its domain's settings.

Only what the access points call for is planned: object storage for BATCH, a gateway route for API, a topic for
STREAMING, a workload for any of them. The same input gives the same plan, field by field.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from resolvers.contracts.infrastructure_settings import (
    ComputeSettings,
    InfrastructureSettings,
    MonitoringSettings,
    NetworkSettings,
    StorageSettings,
)
from resolvers.contracts.service_levels import UNITS, split_metric, words_of
from resolvers.infrastructure import names
from resolvers.infrastructure.names import NameMapping
from resolvers.model.json_fields import AccessPoint, ServiceLevel, access_points, retention, service_levels
from resolvers.model.records import AccessKind, Contract, Product, ProductType

FRESHNESS, QUALITY, COMPLIANCE = "data_freshness_seconds", "data_quality_score", "sla_compliance_percentage"
STANDARD_IA, GLACIER = "STANDARD_IA", "GLACIER"
# Words of metrics that are shares, so that a plain 99.9 is read as per cent.
SHARES = frozenset({"availability", "uptime", "completeness", "accuracy", "consistency", "validity", "success", "rate"})
# A host name as HTTPRoute takes it, and a path without what its prefixes refuse.
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
ADDRESS = re.compile(r"[\d.]+")
PATH = re.compile(r"(?!.*(//|/\./|/\.\./|%2[fF]|#))(?!.*(/\.\.|/\.)$)/[A-Za-z0-9/\-._~!$&'()*+,;=:@%]{0,1000}")


class Transition(NamedTuple):
    days: int
    storage_class: str


class StoragePlan(NamedTuple):
    """`expiration_days` None: no retention is stated, so nothing is ever deleted. `noncurrent_days` is how long an
    overwritten or expired version stays; None without versioning."""

    bucket: str
    prefix: str
    encryption: str
    versioning: bool
    transitions: tuple[Transition, ...]
    expiration_days: int | None
    noncurrent_days: int | None


class Autoscaling(NamedTuple):
    min_replicas: int
    max_replicas: int
    target_cpu_percent: int


class ComputePlan(NamedTuple):
    namespace: str
    name: str
    image: str
    port: int
    cpu_request: str
    memory_request: str
    cpu_limit: str
    memory_limit: str
    autoscaling: Autoscaling


class RouteMatch(NamedTuple):
    """`host` None matches any host of the gateway."""

    host: str | None
    path: str


class GatewayPlan(NamedTuple):
    """`issuer` None: no OAuth2 issuer is set, so the route denies every request."""

    gateway: str
    gateway_namespace: str | None
    routes: tuple[RouteMatch, ...]
    requests_per_minute: int
    authentication: str
    issuer: str | None
    jwks_uri: str | None
    audience: str


class TopicPlan(NamedTuple):
    name: str
    resource: str
    cluster: str
    namespace: str
    partitions: int
    replication: int
    retention_days: int


class ResiliencePlan(NamedTuple):
    circuit_breaker: bool
    max_pending_requests: int
    retries: int
    timeout_seconds: int


class NetworkingPlan(NamedTuple):
    gateway: GatewayPlan | None
    topic: TopicPlan | None
    resilience: ResiliencePlan | None


class AlertPlan(NamedTuple):
    """Fires when `metric` is on the wrong side of `threshold`, which is in the metric's base unit: above it where lower
    is better, below it where higher is better. `target` and `unit` are the contract's own."""

    name: str
    service_level: str
    metric: str
    condition: str
    threshold: float
    target: float
    unit: str | None
    better: str
    for_seconds: int
    note: str | None


class MonitoringPlan(NamedTuple):
    metrics: tuple[str, ...]
    alerts: tuple[AlertPlan, ...]
    log_format: str
    channels: tuple[str, ...]
    severity: str
    dashboard: str


class InfrastructurePlan(NamedTuple):
    """Parts that are not needed are None. `notes` say why, and what to consider before applying the plan."""

    urn: str
    domain: str
    product: str
    version: str
    type: str
    owner_team: str
    classification: str | None
    storage: StoragePlan | None
    compute: ComputePlan | None
    networking: NetworkingPlan
    monitoring: MonitoringPlan
    names: tuple[NameMapping, ...]
    notes: tuple[str, ...]


def make_plan(product: Product, contract: Contract | None, settings: InfrastructureSettings) -> InfrastructurePlan:
    """The plan of `product` under `contract`, the active one or None, with its domain's settings."""
    points = access_points(product.access_points_json)
    kinds = {point.kind for point in points}
    days = retention(contract.retention_json) if contract else None
    used: list[NameMapping] = []
    notes: list[str] = []
    if not points:
        notes.append("The product has no access points, so nothing but its monitoring is planned.")
    if contract is None:
        notes.append("The product has no contract: no retention, classification or service level is known.")
    if AccessKind.DATABASE in kinds:
        notes.append("The plan makes no database: its access point names one that its team runs.")
    storage = _storage(product, points, days.days if days else None, settings.storage, used, notes)
    compute = _compute(product, settings.compute, used) if points else None
    networking = _networking(product, points, days.days if days else None, settings.network, used, notes)
    return InfrastructurePlan(
        urn=product.urn,
        domain=product.domain,
        product=product.name,
        version=product.version,
        type=product.type,
        owner_team=product.owner_team,
        classification=contract.classification if contract else None,
        storage=storage,
        compute=compute,
        networking=networking,
        monitoring=_monitoring(product, contract, settings.monitoring, used),
        names=tuple(used),
        notes=tuple(notes),
    )


def _storage(
    product: Product,
    points: Sequence[AccessPoint],
    days: int | None,
    settings: StorageSettings,
    used: list[NameMapping],
    notes: list[str],
) -> StoragePlan | None:
    batches = [point for point in points if point.kind == AccessKind.BATCH]
    if not batches:
        return None
    bucket = names.bucket_name(settings.bucket_prefix + product.domain)
    used += [bucket, names.terraform_name(bucket.name)]
    configured = ((settings.infrequent_access_days, STANDARD_IA), (settings.glacier_days, GLACIER))
    kept = tuple(Transition(at, to) for at, to in configured if at is not None and (days is None or at < days))
    skipped = [f"{to} at {at} days" for at, to in configured if at is not None and days is not None and at >= days]
    if skipped:
        notes.append(f"Retention of {days} days ends before {' and '.join(skipped)}: those transitions are left out.")
    if days is None:
        notes.append("No retention is stated, so stored objects do not expire.")
    place = f"s3://{bucket.name}/{product.name}/"
    notes += [
        f"Access point {point.uri} is not the planned place {place}."
        for point in batches
        if point.uri.rstrip("/") + "/" != place
    ]
    noncurrent = min(settings.noncurrent_days, days) if days is not None else settings.noncurrent_days
    return StoragePlan(
        bucket=bucket.name,
        prefix=f"{product.name}/",
        encryption="AES256",
        versioning=settings.versioning,
        transitions=kept,
        expiration_days=days,
        noncurrent_days=noncurrent if settings.versioning else None,
    )


def _compute(product: Product, settings: ComputeSettings, used: list[NameMapping]) -> ComputePlan:
    namespace = names.kubernetes_name("NAMESPACE", settings.namespace_prefix + product.domain)
    workload = names.kubernetes_name("WORKLOAD", product.name)
    used += [namespace, workload]
    learned = product.type == ProductType.ML_FEATURE
    resources = settings.ml_feature_resources if learned else settings.resources
    replacements = {"{domain}": names.kubernetes_name("", product.domain).name, "{name}": workload.name}
    image = settings.image.replace("{version}", product.version)
    for word, value in replacements.items():
        image = image.replace(word, value)
    scaling = Autoscaling(settings.min_replicas, settings.max_replicas, settings.target_cpu_percent)
    return ComputePlan(
        namespace=namespace.name,
        name=workload.name,
        image=image,
        port=settings.port,
        cpu_request=resources.cpu_request,
        memory_request=resources.memory_request,
        cpu_limit=resources.cpu_limit,
        memory_limit=resources.memory_limit,
        autoscaling=scaling,
    )


def _networking(
    product: Product,
    points: Sequence[AccessPoint],
    days: int | None,
    settings: NetworkSettings,
    used: list[NameMapping],
    notes: list[str],
) -> NetworkingPlan:
    kinds = {point.kind for point in points}
    gateway = _gateway(product, points, settings, notes) if AccessKind.API in kinds else None
    topic = _topic(product, days, settings, used) if AccessKind.STREAMING in kinds else None
    resilience = ResiliencePlan(True, settings.max_pending_requests, settings.retries, settings.timeout_seconds)
    return NetworkingPlan(gateway, topic, resilience if gateway else None)


def _gateway(
    product: Product, points: Sequence[AccessPoint], settings: NetworkSettings, notes: list[str]
) -> GatewayPlan:
    issuer = settings.oauth2_issuer
    if issuer is None:
        notes.append("No OAuth2 issuer is set for the domain: the route denies every request until there is one.")
    keys = settings.jwks_uri or (f"{issuer.rstrip('/')}/.well-known/jwks.json" if issuer else None)
    routes = dict.fromkeys(_route(product, point) for point in points if point.kind == AccessKind.API)
    return GatewayPlan(
        gateway=settings.gateway,
        gateway_namespace=settings.gateway_namespace,
        routes=tuple(routes),
        requests_per_minute=settings.requests_per_minute,
        authentication="OAUTH2",
        issuer=issuer,
        jwks_uri=keys,
        audience=product.urn,
    )


def _route(product: Product, point: AccessPoint) -> RouteMatch:
    try:
        parts = urlsplit(point.uri)
        host, path = parts.hostname, parts.path.rstrip("/")
    except ValueError:  # e.g. a broken IPv6 address
        host, path = None, ""
    good = host is not None and HOST.fullmatch(host) and not ADDRESS.fullmatch(host)
    return RouteMatch(host if good else None, path if PATH.fullmatch(path) else f"/{product.domain}/{product.name}")


def _topic(product: Product, days: int | None, settings: NetworkSettings, used: list[NameMapping]) -> TopicPlan:
    topic = names.topic_name(f"{product.domain}.{product.name}")
    resource = names.topic_resource_name(f"{product.domain}.{product.name}")
    used += [topic, resource]
    kept = settings.topic_retention_days
    return TopicPlan(
        name=topic.name,
        resource=resource.name,
        cluster=settings.kafka_cluster,
        namespace=settings.kafka_namespace,
        partitions=settings.partitions,
        replication=settings.replication,
        retention_days=kept if days is None else min(kept, days),
    )


def _monitoring(
    product: Product, contract: Contract | None, settings: MonitoringSettings, used: list[NameMapping]
) -> MonitoringPlan:
    uid = names.dashboard_uid(product.domain, product.name)
    used.append(uid)
    levels = service_levels(contract.sla_json) if contract else []
    return MonitoringPlan(
        metrics=(FRESHNESS, QUALITY, COMPLIANCE),
        alerts=tuple(_alert(level, settings) for level in levels),
        log_format="json",
        channels=settings.channels,
        severity=settings.severity,
        dashboard=uid.name,
    )


def _alert(level: ServiceLevel, settings: MonitoringSettings) -> AlertPlan:
    key, suffix = split_metric(level.metric)
    unit, note = (level.unit or suffix), None
    fresh = "freshness" in words_of(level.metric)
    if unit is None and fresh:
        unit, note = "s", "The contract states no unit; the target is read as seconds."
    elif unit is None and level.target > 1 and SHARES & set(words_of(level.metric)) and level.target <= 100:
        unit, note = "%", "The contract states no unit; the target is read as per cent."
    conversion = UNITS.get((unit or "").strip().lower())
    base = {"time": "seconds", "share": "ratio"}.get(conversion[0]) if conversion else None
    factor = conversion[1] if conversion else 1.0
    if conversion and conversion[0] == "share" and level.unit is None and suffix and level.target <= 1:
        factor = 1.0  # a share whose name ends in a unit: `uptime_percent` of 0.99
    stem = names.metric_part(key.replace(" ", "_") if suffix else level.metric)
    tail = base or (names.metric_part(unit) if unit else "")
    metric = FRESHNESS if fresh and base == "seconds" else "_".join(part for part in ("data", stem, tail) if part)
    lower = level.better == "LOWER"
    return AlertPlan(
        name=_alert_name(level.metric),
        service_level=level.metric,
        metric=metric,
        condition="ABOVE" if lower else "BELOW",
        threshold=float(f"{level.target * factor:.12g}"),
        target=level.target,
        unit=level.unit,
        better=level.better,
        for_seconds=settings.alert_for_seconds,
        note=note,
    )


def _alert_name(metric: str) -> str:
    """`latency_p95` -> `LatencyP95Missed`; distinct metrics have distinct names."""
    plain = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^a-zA-Z0-9]+", metric) if part)
    exact = re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", metric) is not None
    return f"{plain or 'Level'}{'' if exact else names.digest(metric)}Missed"


def plan_document(plan: InfrastructurePlan) -> dict[str, Any]:
    """The plan as JSON, keys as the fields are named."""
    return _plain(plan)


def _plain(value: Any) -> Any:
    if hasattr(value, "_fields"):
        return {field: _plain(getattr(value, field)) for field in value._fields}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
