"""Infrastructure of a product: plan, files, differences, provisioned resources, usage and cost."""

from typing import Annotated

import strawberry
from strawberry import Parent

from resolvers.infrastructure import jobs, queries, records, usage
from resolvers.infrastructure.resources import Target
from schema.context import Info
from schema.enums import describe
from schema.scalars import JSON, BigInt, DateTime

ResourceState = records.ResourceState
describe(
    records.ResourceState,
    "InfrastructureResourceState",
    "State of a planned resource.",
    PLANNED="Recorded, not applied yet.",
    APPLIED="The target system has it as planned.",
    FAILED="The target system refused it; the reason says why.",
    OBSOLETE="Part of an earlier plan, no longer of the current one; a person must delete it.",
    RELEASED="No longer managed by this service; a person must delete it.",
)
describe(
    Target,
    "InfrastructureTarget",
    "A system that resources are applied to.",
    S3="S3-compatible storage: bucket, versioning, encryption, lifecycle, policy.",
    KUBERNETES="A cluster, by server-side apply: workload, routes and their policies, topics.",
)
describe(
    jobs.JobState,
    "InfrastructureJobState",
    "State of a provisioning job.",
    QUEUED="Waiting to start.",
    RUNNING="Applying resources.",
    FINISHED="Ended; each resource was applied or failed.",
)


@strawberry.type(description="When stored objects move to a cheaper storage class.")
class StorageTransition:
    days: int = strawberry.field(description="Days after an object was written.")
    storage_class: str = strawberry.field(description="The S3 storage class, e.g. STANDARD_IA.")


@strawberry.type(description="Object storage of a product.")
class StoragePlan:
    bucket: str = strawberry.field(description="Name of the bucket. Products of a domain share it.")
    prefix: str = strawberry.field(description="Prefix of the product's objects in the bucket, ending in a slash.")
    encryption: str = strawberry.field(description="Server-side encryption, e.g. AES256.")
    versioning: bool = strawberry.field(description="Whether overwritten objects are retained as older versions.")
    transitions: list[StorageTransition] = strawberry.field(description="Changes of storage class, ordered by day.")
    expiration_days: int | None = strawberry.field(
        description="Days after which objects are deleted: the retention of the contract; null if it states none."
    )
    noncurrent_days: int | None = strawberry.field(
        description="Days until an overwritten or expired version is deleted; null without versioning."
    )


@strawberry.type(description="Number of replicas of a workload.")
class AutoscalingPlan:
    min_replicas: int = strawberry.field(description="Minimum number of replicas.")
    max_replicas: int = strawberry.field(description="Maximum number of replicas.")
    target_cpu_percent: int = strawberry.field(description="Target CPU usage, in percent of the requested CPU.")


@strawberry.type(description="The workload that makes and serves a product.")
class ComputePlan:
    namespace: str = strawberry.field(description="Kubernetes namespace. Products of a domain share it.")
    name: str = strawberry.field(description="Name of its Deployment, Service and autoscaler.")
    image: str = strawberry.field(description="Container image.")
    port: int = strawberry.field(description="Port it listens on.")
    cpu_request: str = strawberry.field(description="Requested CPU, a Kubernetes quantity.")
    memory_request: str = strawberry.field(description="Requested memory, a Kubernetes quantity.")
    cpu_limit: str = strawberry.field(description="Limit of CPU, a Kubernetes quantity.")
    memory_limit: str = strawberry.field(description="Limit of memory, a Kubernetes quantity.")
    autoscaling: AutoscalingPlan = strawberry.field(description="Number of replicas.")


@strawberry.type(description="A route to a product's API.")
class RoutePlan:
    host: str | None = strawberry.field(description="Host name; null means any host of the gateway.")
    path: str = strawberry.field(description="Path prefix.")


@strawberry.type(description="The gateway route of a product with an API.")
class GatewayPlan:
    gateway: str = strawberry.field(description="Gateway that the route is attached to.")
    gateway_namespace: str | None = strawberry.field(
        description="Namespace of the gateway; null means the product's namespace."
    )
    routes: list[RoutePlan] = strawberry.field(description="Routes, derived from the API access points.")
    requests_per_minute: int = strawberry.field(description="Rate limit, in requests a minute.")
    authentication: str = strawberry.field(description="Authentication method: OAUTH2.")
    issuer: str | None = strawberry.field(
        description="OAuth2 issuer; null if none is set, and then the route denies every request."
    )
    jwks_uri: str | None = strawberry.field(description="URL of the issuer's keys.")
    audience: str = strawberry.field(description="Audience that a token must have.")


@strawberry.type(description="The topic of a product with a stream.")
class TopicPlan:
    name: str = strawberry.field(description="Name of the Kafka topic.")
    resource: str = strawberry.field(description="Name of its KafkaTopic resource.")
    cluster: str = strawberry.field(description="Name of the Kafka cluster.")
    namespace: str = strawberry.field(description="Namespace that the topic operator watches.")
    partitions: int = strawberry.field(description="Number of partitions.")
    replication: int = strawberry.field(description="Number of replicas of each partition.")
    retention_days: int = strawberry.field(description="Retention of records in days; at most that of the contract.")


@strawberry.type(description="Handling of failed requests to a product's API.")
class ResiliencePlan:
    circuit_breaker: bool = strawberry.field(
        description="Whether the gateway refuses requests while the API is overloaded."
    )
    max_pending_requests: int = strawberry.field(
        description="Number of pending requests at which the gateway starts to refuse."
    )
    retries: int = strawberry.field(description="Number of retries of a failed request.")
    timeout_seconds: int = strawberry.field(description="Timeout of a request in seconds.")


@strawberry.type(description="Routes and topics of a product.")
class NetworkingPlan:
    gateway: GatewayPlan | None = strawberry.field(description="Gateway route; null without an API access point.")
    topic: TopicPlan | None = strawberry.field(description="Topic; null without a STREAMING access point.")
    resilience: ResiliencePlan | None = strawberry.field(
        description="Retries and circuit breaker; null without an API access point."
    )


@strawberry.type(description="The alert of one service level.")
class AlertPlan:
    name: str = strawberry.field(description="Name of the alerting rule.")
    service_level: str = strawberry.field(description="Metric in the contract.")
    metric: str = strawberry.field(description="Prometheus metric that the alert watches.")
    condition: str = strawberry.field(
        description="ABOVE if the alert fires above the threshold (lower is better), otherwise BELOW."
    )
    threshold: float = strawberry.field(description="Threshold in the base unit of the Prometheus metric.")
    target: float = strawberry.field(description="Target in the contract.")
    unit: str | None = strawberry.field(description="Unit in the contract.")
    better: str = strawberry.field(description="Direction in which values are better: HIGHER or LOWER.")
    for_seconds: int = strawberry.field(description="How long the target must be missed before the alert fires.")
    note: str | None = strawberry.field(description="Assumption that the alert makes; null if there is none.")


@strawberry.type(description="Metrics, alerts and dashboard of a product.")
class MonitoringPlan:
    metrics: list[str] = strawberry.field(description="Prometheus metrics that every product has.")
    alerts: list[AlertPlan] = strawberry.field(description="Alerts, one for each service level.")
    log_format: str = strawberry.field(description="Format of logs: json.")
    channels: list[str] = strawberry.field(description="Receivers of the alerts.")
    severity: str = strawberry.field(description="Label of its alerts.")
    dashboard: str = strawberry.field(description="Uid of the Grafana dashboard.")


@strawberry.type(description="A name in the mesh and its form in a target system.")
class NameMapping:
    target: str = strawberry.field(description="What is named, e.g. BUCKET, NAMESPACE or TOPIC.")
    source: str = strawberry.field(description="Name in the mesh.")
    name: str = strawberry.field(description="Name in the target system.")
    reason: str | None = strawberry.field(description="Why the names differ; null if they are the same.")


@strawberry.type(
    description="The infrastructure that the access points require. The same product always gives the same plan."
)
class InfrastructurePlan:
    storage: StoragePlan | None = strawberry.field(description="Object storage; null without a BATCH access point.")
    compute: ComputePlan | None = strawberry.field(description="Workload; null without any access point.")
    networking: NetworkingPlan = strawberry.field(description="Routes and topics.")
    monitoring: MonitoringPlan = strawberry.field(description="Metrics, alerts, dashboard.")
    names: list[NameMapping] = strawberry.field(description="Names in the target systems.")
    notes: list[str] = strawberry.field(
        description="What the plan leaves out and why, and what to know before applying it."
    )


@strawberry.type(description="A rendered file of the plan.")
class InfrastructureFile:
    path: str = strawberry.field(description="Path in the archive.")
    media_type: str = strawberry.field(description="Media type, e.g. application/yaml.")
    content: str = strawberry.field(description="Text of the file.")


@strawberry.type(description="A value of the plan that changed since a past time.")
class InfrastructureChange:
    path: str = strawberry.field(description="Path of the value, e.g. storage.expirationDays.")
    before: JSON | None = strawberry.field(description="Value at the past time; null if there was none.")
    after: JSON | None = strawberry.field(description="Value now; null if there is none.")


@strawberry.type(description="A resource that was requested.")
class InfrastructureResource:
    target: str = strawberry.field(description="System that it is applied to: S3 or KUBERNETES.")
    kind: str = strawberry.field(description="Kind of resource, e.g. BUCKET, LIFECYCLE or Deployment.")
    name: str = strawberry.field(description="Name in the target system.")
    state: ResourceState = strawberry.field(description="State of the resource.")
    reason: str | None = strawberry.field(description="Why it failed; null if it did not.")
    digest: str = strawberry.field(description="SHA-256 of its specification.")
    by: str = strawberry.field(description="Name of the caller who requested it.")
    at: DateTime = strawberry.field(description="Time of the last attempt.")
    since: DateTime = strawberry.field(description="Start of the current state.")


@strawberry.type(description="One run of provisioning.")
class InfrastructureJob:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    targets: list[Target] = strawberry.field(description="Systems that it applies resources to.")
    state: jobs.JobState = strawberry.field(description="State of the job.")
    plan_digest: str = strawberry.field(description="SHA-256 of the plan that it applies.")
    requested_by: str = strawberry.field(description="Name of the caller who requested it.")
    requested_at: DateTime = strawberry.field(description="When it was requested.")
    finished_at: DateTime | None = strawberry.field(description="When it ended; null until then.")
    applied: int | None = strawberry.field(
        description="Number of resources that were applied; null until the job ends."
    )
    failed: int | None = strawberry.field(description="Number of resources that failed; null until the job ends.")


@strawberry.type(description="Whether this server can apply resources to a target.")
class TargetAvailability:
    target: Target = strawberry.field(description="The target.")
    available: bool = strawberry.field(description="True if it can.")
    reason: str | None = strawberry.field(description="Why it cannot; null if it can.")


@strawberry.type(description="What is stored for a product, and the requests to it.")
class InfrastructureUsage:
    objects: int | None = strawberry.field(
        description="Number of objects below the product's prefix; null if they were not counted."
    )
    bytes: BigInt | None = strawberry.field(
        description="Total size of the objects in bytes; null if they were not counted."
    )
    measured_at: DateTime | None = strawberry.field(description="When the objects were last counted; about once a day.")
    storage_reason: str | None = strawberry.field(description="Why the objects were not counted; null if they were.")
    requests: BigInt | None = strawberry.field(description="Number of requests recorded in the last 30 days.")
    transferred: BigInt | None = strawberry.field(description="Number of bytes sent in response to these requests.")
    requests_reason: str | None = strawberry.field(description="Why no requests are known; null if there are some.")


@strawberry.type(description="Monthly cost of a product's infrastructure: unit prices multiplied by measured usage.")
class InfrastructureCost:
    currency: str | None = strawberry.field(description="Currency, ISO 4217; null without a price table.")
    storage: float | None = strawberry.field(
        description="Cost of stored bytes; null if not measured or without a price."
    )
    networking: float | None = strawberry.field(
        description="Cost of requests and of bytes sent; null if not measured or without a price."
    )
    compute: float | None = strawberry.field(
        description="Cost of the workload; always null, because its usage is not measured."
    )
    total: float | None = strawberry.field(description="Sum of the known parts; null if none is known.")
    reasons: list[str] = strawberry.field(description="Why parts of the cost are null.")


@strawberry.type(description="A recorded plan.")
class RecordedPlan:
    digest: str = strawberry.field(description="SHA-256 of the plan as JSON.")
    by: str = strawberry.field(description="Name of the caller who recorded it.")
    at: DateTime = strawberry.field(description="When it was recorded.")


@strawberry.type(description="Resources of the plan that this service applied.")
class ProvisionedInfrastructure:
    state: str = strawberry.field(description="Overall state: NOT_PROVISIONED, PARTIAL or PROVISIONED.")
    message: str = strawberry.field(description="The state as a sentence.")
    resources: list[InfrastructureResource] = strawberry.field(
        description="The resources, ordered by target, kind and name."
    )

    @strawberry.field(description="The plan recorded last; null before the first.")
    def recorded_plan(parent: Parent[queries.Infrastructure]) -> RecordedPlan | None:
        return parent.recorded

    @strawberry.field(description="The latest provisioning job; null before the first.")
    def job(parent: Parent[queries.Infrastructure]) -> InfrastructureJob | None:
        return parent.job

    @strawberry.field(description="Targets, and whether this server can apply resources to them.")
    def targets(parent: Parent[queries.Infrastructure], info: Info) -> list[TargetAvailability]:
        reasons = {target: info.context.process.provisioner.unavailable(target) for target in Target}
        return [TargetAvailability(target=one, available=reasons[one] is None, reason=reasons[one]) for one in Target]


@strawberry.type(description="The infrastructure that a product's contract implies.")
class Infrastructure:
    plan: InfrastructurePlan = strawberry.field(description="The plan: settings of each target system.")

    @strawberry.field(
        description="Files of the plan, ordered by path: Terraform JSON, Kubernetes YAML, Prometheus rules with tests, "
        "Grafana dashboard. As an archive: GET /api/v1/products/{id or urn}/infrastructure.tar.gz."
    )
    async def files(parent: Parent[queries.Infrastructure]) -> list[InfrastructureFile] | None:
        return list(await parent.files())

    @strawberry.field(description="Differences between the plan now and at a past time.")
    async def diff(
        parent: Parent[queries.Infrastructure],
        since: Annotated[DateTime, strawberry.argument(description="The past time.")],
    ) -> list[InfrastructureChange] | None:
        return await parent.changes_since(since)

    @strawberry.field(description="Stored objects, and requests of the last 30 days.")
    async def usage(parent: Parent[queries.Infrastructure], info: Info) -> InfrastructureUsage | None:
        return await info.context.loaders.once(queries.usage_loader).load(parent.product.id) or usage.NOTHING

    @strawberry.field(description="Monthly cost of that usage.")
    async def cost(parent: Parent[queries.Infrastructure], info: Info) -> InfrastructureCost | None:
        stored = await info.context.loaders.once(queries.usage_loader).load(parent.product.id)
        return usage.cost_of(stored or usage.NOTHING, info.context.process.prices)

    @strawberry.field(description="Resources that this service applied or tried to apply.")
    def provisioned(parent: Parent[queries.Infrastructure]) -> ProvisionedInfrastructure:
        return parent
