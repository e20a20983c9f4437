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
    PLANNED="Written down, not applied yet.",
    APPLIED="The target system has it as planned.",
    FAILED="The target system refused it; the reason says why.",
    OBSOLETE="It is of an earlier plan; a person removes it.",
    RELEASED="It is no longer managed from here; a person deletes it.",
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
    "Where a provisioning job stands.",
    QUEUED="It waits.",
    RUNNING="It applies resources.",
    FINISHED="Each resource has its outcome.",
)


@strawberry.type(description="When stored objects move to a cheaper storage class.")
class StorageTransition:
    days: int = strawberry.field(description="Days after an object was written.")
    storage_class: str = strawberry.field(description="The S3 storage class, e.g. STANDARD_IA.")


@strawberry.type(description="Object storage of a product.")
class StoragePlan:
    bucket: str = strawberry.field(description="The bucket, one a domain.")
    prefix: str = strawberry.field(description="The folder of the product in it, with a slash at its end.")
    encryption: str = strawberry.field(description="Server-side encryption, e.g. AES256.")
    versioning: bool = strawberry.field(description="Whether overwritten objects stay as older versions.")
    transitions: list[StorageTransition] = strawberry.field(description="Ordered by day.")
    expiration_days: int | None = strawberry.field(
        description="Days after which objects are deleted, the contract's retention; null: it states none."
    )
    noncurrent_days: int | None = strawberry.field(
        description="Days that an overwritten or expired version stays; null without versioning."
    )


@strawberry.type(description="Number of replicas of a workload.")
class AutoscalingPlan:
    min_replicas: int = strawberry.field(description="Minimum.")
    max_replicas: int = strawberry.field(description="Maximum.")
    target_cpu_percent: int = strawberry.field(description="Share of requested CPU that it aims at.")


@strawberry.type(description="The workload that makes and serves a product.")
class ComputePlan:
    namespace: str = strawberry.field(description="Kubernetes namespace, one a domain.")
    name: str = strawberry.field(description="Name of its Deployment, Service and autoscaler.")
    image: str = strawberry.field(description="Container image.")
    port: int = strawberry.field(description="Port it listens on.")
    cpu_request: str = strawberry.field(description="Kubernetes quantity.")
    memory_request: str = strawberry.field(description="Kubernetes quantity.")
    cpu_limit: str = strawberry.field(description="Kubernetes quantity.")
    memory_limit: str = strawberry.field(description="Kubernetes quantity.")
    autoscaling: AutoscalingPlan = strawberry.field(description="Number of replicas.")


@strawberry.type(description="One way to a product's API.")
class RoutePlan:
    host: str | None = strawberry.field(description="Host name; null: any of the gateway.")
    path: str = strawberry.field(description="Prefix of the path.")


@strawberry.type(description="The gateway route of a product with an API.")
class GatewayPlan:
    gateway: str = strawberry.field(description="The Gateway it is attached to.")
    gateway_namespace: str | None = strawberry.field(
        description="Namespace of the gateway; null means the product's namespace."
    )
    routes: list[RoutePlan] = strawberry.field(description="Derived from the API access points.")
    requests_per_minute: int = strawberry.field(description="Rate limit.")
    authentication: str = strawberry.field(description="OAUTH2.")
    issuer: str | None = strawberry.field(
        description="The OAuth2 issuer; null: none is set, and the route denies every request."
    )
    jwks_uri: str | None = strawberry.field(description="URL of the issuer's keys.")
    audience: str = strawberry.field(description="The audience a token must have.")


@strawberry.type(description="The topic of a product with a stream.")
class TopicPlan:
    name: str = strawberry.field(description="The topic in Kafka.")
    resource: str = strawberry.field(description="Name of its KafkaTopic resource.")
    cluster: str = strawberry.field(description="The Kafka cluster.")
    namespace: str = strawberry.field(description="Namespace that the topic operator watches.")
    partitions: int = strawberry.field(description="Partitions.")
    replication: int = strawberry.field(description="Copies of each partition.")
    retention_days: int = strawberry.field(description="Days that records stay; never longer than the contract's.")


@strawberry.type(description="Handling of failed requests to a product's API.")
class ResiliencePlan:
    circuit_breaker: bool = strawberry.field(description="Whether requests are refused while it is overloaded.")
    max_pending_requests: int = strawberry.field(description="Waiting requests from which they are.")
    retries: int = strawberry.field(description="Number of retries of a failed request.")
    timeout_seconds: int = strawberry.field(description="Time a request may take.")


@strawberry.type(description="Routes and topics of a product.")
class NetworkingPlan:
    gateway: GatewayPlan | None = strawberry.field(description="Null without an API access point.")
    topic: TopicPlan | None = strawberry.field(description="Null without a STREAMING access point.")
    resilience: ResiliencePlan | None = strawberry.field(description="Null without an API access point.")


@strawberry.type(description="The alert of one service level.")
class AlertPlan:
    name: str = strawberry.field(description="Name of the alerting rule.")
    service_level: str = strawberry.field(description="The contract's metric.")
    metric: str = strawberry.field(description="The Prometheus metric that is watched.")
    condition: str = strawberry.field(description="ABOVE where lower is better, BELOW where higher is.")
    threshold: float = strawberry.field(description="Threshold in the base unit of the Prometheus metric.")
    target: float = strawberry.field(description="Target in the contract.")
    unit: str | None = strawberry.field(description="Unit in the contract.")
    better: str = strawberry.field(description="HIGHER or LOWER.")
    for_seconds: int = strawberry.field(description="How long the target must be missed before the alert fires.")
    note: str | None = strawberry.field(description="Assumption that was made; null if there was none.")


@strawberry.type(description="Metrics, alerts and dashboard of a product.")
class MonitoringPlan:
    metrics: list[str] = strawberry.field(description="Prometheus metrics that every product has.")
    alerts: list[AlertPlan] = strawberry.field(description="One for each service level.")
    log_format: str = strawberry.field(description="json: structured logs.")
    channels: list[str] = strawberry.field(description="Receiver of the alerts.")
    severity: str = strawberry.field(description="Label of its alerts.")
    dashboard: str = strawberry.field(description="Uid of the Grafana dashboard.")


@strawberry.type(description="A name of the mesh and its form in a target system.")
class NameMapping:
    target: str = strawberry.field(description="E.g. BUCKET, NAMESPACE, TOPIC.")
    source: str = strawberry.field(description="The name in the mesh.")
    name: str = strawberry.field(description="The name there.")
    reason: str | None = strawberry.field(description="Why it is another one; null when it is the same.")


@strawberry.type(description="Only what the access points call for is planned; the same product gives the same plan.")
class InfrastructurePlan:
    storage: StoragePlan | None = strawberry.field(description="Null without a BATCH access point.")
    compute: ComputePlan | None = strawberry.field(description="Null without any access point.")
    networking: NetworkingPlan = strawberry.field(description="Routes and topics.")
    monitoring: MonitoringPlan = strawberry.field(description="Metrics, alerts, dashboard.")
    names: list[NameMapping] = strawberry.field(description="Names in the target systems.")
    notes: list[str] = strawberry.field(
        description="What the plan leaves out and why, and what to know before applying it."
    )


@strawberry.type(description="A rendered file of the plan.")
class InfrastructureFile:
    path: str = strawberry.field(description="Path in the archive.")
    media_type: str = strawberry.field(description="E.g. application/yaml.")
    content: str = strawberry.field(description="Its text.")


@strawberry.type(description="A value of the plan that is another one now.")
class InfrastructureChange:
    path: str = strawberry.field(description="E.g. storage.expirationDays.")
    before: JSON | None = strawberry.field(description="Null: it was not there.")
    after: JSON | None = strawberry.field(description="Null: it is not there.")


@strawberry.type(description="A resource that was requested.")
class InfrastructureResource:
    target: str = strawberry.field(description="S3 or KUBERNETES.")
    kind: str = strawberry.field(description="E.g. BUCKET, LIFECYCLE, Deployment.")
    name: str = strawberry.field(description="Its name there.")
    state: ResourceState = strawberry.field(description="State of the resource.")
    reason: str | None = strawberry.field(description="Why it failed.")
    digest: str = strawberry.field(description="SHA-256 of its specification.")
    by: str = strawberry.field(description="Name of the caller who requested it.")
    at: DateTime = strawberry.field(description="Time of the last attempt.")
    since: DateTime = strawberry.field(description="Since when it is in that state.")


@strawberry.type(description="One run of provisioning.")
class InfrastructureJob:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    targets: list[Target] = strawberry.field(description="Where it applies to.")
    state: jobs.JobState = strawberry.field(description="Where it stands.")
    plan_digest: str = strawberry.field(description="SHA-256 of the plan that it applies.")
    requested_by: str = strawberry.field(description="Who asked for it.")
    requested_at: DateTime = strawberry.field(description="When.")
    finished_at: DateTime | None = strawberry.field(description="When it ended.")
    applied: int | None = strawberry.field(description="Resources that are as planned; null before its end.")
    failed: int | None = strawberry.field(description="Resources that are not; null before its end.")


@strawberry.type(description="Whether this server can apply to a target.")
class TargetAvailability:
    target: Target = strawberry.field(description="The target.")
    available: bool = strawberry.field(description="Whether it can.")
    reason: str | None = strawberry.field(description="Why not.")


@strawberry.type(description="What is stored for a product, and the requests to it.")
class InfrastructureUsage:
    objects: int | None = strawberry.field(description="Objects below its prefix; null: not counted.")
    bytes: BigInt | None = strawberry.field(description="Their size; null: not counted.")
    measured_at: DateTime | None = strawberry.field(description="When they were counted; about once a day.")
    storage_reason: str | None = strawberry.field(description="Why they were not.")
    requests: BigInt | None = strawberry.field(description="Recorded requests of the last 30 days.")
    transferred: BigInt | None = strawberry.field(description="Bytes that they sent.")
    requests_reason: str | None = strawberry.field(description="Why there are none.")


@strawberry.type(description="What a product's infrastructure costs a month: unit prices times what was measured.")
class InfrastructureCost:
    currency: str | None = strawberry.field(description="ISO 4217; null without a price table.")
    storage: float | None = strawberry.field(description="Of stored bytes; null: not measured, or no price.")
    networking: float | None = strawberry.field(description="Of requests and bytes sent; null: the same.")
    compute: float | None = strawberry.field(description="Of the workload; null, since nothing measures it.")
    total: float | None = strawberry.field(description="Of the parts that are known; null when none is.")
    reasons: list[str] = strawberry.field(description="Why parts are not known.")


@strawberry.type(description="A plan that was written down.")
class RecordedPlan:
    digest: str = strawberry.field(description="SHA-256 of its JSON.")
    by: str = strawberry.field(description="Name of the caller who recorded it.")
    at: DateTime = strawberry.field(description="When it was recorded.")


@strawberry.type(description="Resources of the plan that this service applied.")
class ProvisionedInfrastructure:
    state: str = strawberry.field(description="NOT_PROVISIONED, PARTIAL or PROVISIONED.")
    message: str = strawberry.field(description="The same in words.")
    resources: list[InfrastructureResource] = strawberry.field(description="Ordered by target, kind and name.")

    @strawberry.field(description="The plan recorded last; null: none was.")
    def recorded_plan(parent: Parent[queries.Infrastructure]) -> RecordedPlan | None:
        return parent.recorded

    @strawberry.field(description="The latest provisioning job; null before the first.")
    def job(parent: Parent[queries.Infrastructure]) -> InfrastructureJob | None:
        return parent.job

    @strawberry.field(description="Which targets this server can apply to.")
    def targets(parent: Parent[queries.Infrastructure], info: Info) -> list[TargetAvailability]:
        reasons = {target: info.context.process.provisioner.unavailable(target) for target in Target}
        return [TargetAvailability(target=one, available=reasons[one] is None, reason=reasons[one]) for one in Target]


@strawberry.type(description="The infrastructure that a product's contract implies.")
class Infrastructure:
    plan: InfrastructurePlan = strawberry.field(description="Settings of each target.")

    @strawberry.field(
        description="Terraform JSON, Kubernetes YAML, Prometheus rules with their tests, Grafana dashboard, by path. "
        "The same as an archive: GET /api/v1/products/{id or urn}/infrastructure.tar.gz."
    )
    async def files(parent: Parent[queries.Infrastructure]) -> list[InfrastructureFile] | None:
        return list(await parent.files())

    @strawberry.field(description="Differences between the plan now and at a past time.")
    async def diff(
        parent: Parent[queries.Infrastructure],
        since: Annotated[DateTime, strawberry.argument(description="The past time.")],
    ) -> list[InfrastructureChange] | None:
        return await parent.changes_since(since)

    @strawberry.field(description="What is stored, and the requests of the last 30 days.")
    async def usage(parent: Parent[queries.Infrastructure], info: Info) -> InfrastructureUsage | None:
        return await info.context.loaders.once(queries.usage_loader).load(parent.product.id) or usage.NOTHING

    @strawberry.field(description="What that costs a month.")
    async def cost(parent: Parent[queries.Infrastructure], info: Info) -> InfrastructureCost | None:
        stored = await info.context.loaders.once(queries.usage_loader).load(parent.product.id)
        return usage.cost_of(stored or usage.NOTHING, info.context.process.prices)

    @strawberry.field(description="Resources that were applied.")
    def provisioned(parent: Parent[queries.Infrastructure]) -> ProvisionedInfrastructure:
        return parent
