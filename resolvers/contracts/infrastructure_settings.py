"""Infrastructure settings of a domain, which its products' infrastructure plans use."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

QUANTITY = re.compile(r"(?:0|[1-9]\d{0,8})(?:\.\d{1,3})?(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?")
DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
BUCKET_PREFIX = re.compile(r"[a-z0-9][-a-z0-9]{0,29}")
HTTPS_URL = re.compile(r"https://[^/?#@\s]+(?:/[^?#\s]*)?")
FACTORS = {"": 1.0, "m": 0.001, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12} | {
    f"{letter}i": 1024.0**power for power, letter in enumerate("KMGT", 1)
}
Count = Annotated[int, Field(ge=1, le=10_000)]
Days = Annotated[int, Field(ge=1, le=36_525)]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, allow_inf_nan=False
    )


def amount(quantity: str) -> float:
    """The value of a Kubernetes quantity: `100m` is 0.1, `1Gi` is 1073741824."""
    number = quantity.rstrip("mkMGTi")
    return float(number) * FACTORS[quantity[len(number) :]]


class StorageSettings(_Part):
    """`infrequent_access_days` and `glacier_days` count from an object's creation; None leaves the transition out."""

    bucket_prefix: str = "data-mesh-"
    versioning: bool = True
    infrequent_access_days: Annotated[int, Field(ge=30, le=36_525)] | None = 30
    glacier_days: Days | None = 90
    noncurrent_days: Days = 30

    @field_validator("bucket_prefix")
    @classmethod
    def _prefix(cls, prefix: str) -> str:
        if not BUCKET_PREFIX.fullmatch(prefix):
            raise ValueError("must have 1 to 30 lower-case letters, digits and hyphens, e.g. data-mesh-")
        return prefix

    @model_validator(mode="after")
    def _ordered(self) -> "StorageSettings":
        first, second = self.infrequent_access_days, self.glacier_days
        if first is not None and second is not None and second < first + 30:
            raise ValueError("glacierDays is at least 30 days after infrequentAccessDays: S3 accepts nothing shorter")
        return self


class Resources(_Part):
    """Kubernetes quantities such as 100m or 2 (cores), 256Mi or 1Gi (bytes)."""

    cpu_request: str = "100m"
    memory_request: str = "256Mi"
    cpu_limit: str = "1"
    memory_limit: str = "2Gi"

    @field_validator("cpu_request", "memory_request", "cpu_limit", "memory_limit")
    @classmethod
    def _quantity(cls, quantity: str) -> str:
        if not QUANTITY.fullmatch(quantity) or amount(quantity) <= 0:
            raise ValueError("must be a Kubernetes quantity, e.g. 500m, 2, 256Mi or 1Gi")
        return quantity

    @model_validator(mode="after")
    def _bounded(self) -> "Resources":
        for what, request, limit in (
            ("cpu", self.cpu_request, self.cpu_limit),
            ("memory", self.memory_request, self.memory_limit),
        ):
            if amount(request) > amount(limit):
                raise ValueError(f"the {what} request {request} is above its limit {limit}")
        return self


ML_RESOURCES = Resources(cpu_request="500m", memory_request="1Gi", cpu_limit="2", memory_limit="4Gi")


class ComputeSettings(_Part):
    """`image` may hold `{domain}`, `{name}` and `{version}`, which stand for the product's."""

    namespace_prefix: str = "data-mesh-"
    image: Annotated[str, Field(min_length=1, max_length=256)] = "{domain}/{name}:{version}"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8080
    resources: Resources = Resources()
    ml_feature_resources: Resources = ML_RESOURCES
    min_replicas: Count = 1
    max_replicas: Count = 10
    target_cpu_percent: Annotated[int, Field(ge=1, le=100)] = 70

    @field_validator("namespace_prefix")
    @classmethod
    def _prefix(cls, prefix: str) -> str:
        if prefix and not BUCKET_PREFIX.fullmatch(prefix):
            raise ValueError("must have up to 30 lower-case letters, digits and hyphens, e.g. data-mesh-")
        return prefix

    @field_validator("image")
    @classmethod
    def _image(cls, image: str) -> str:
        bare = image.replace("{domain}", "d").replace("{name}", "n").replace("{version}", "1")
        if not re.fullmatch(r"[a-z0-9][a-z0-9._:/-]*(@sha256:[0-9a-f]{64})?", bare):
            raise ValueError("must be an image reference, e.g. registry.example.com/{domain}/{name}:{version}")
        return image

    @model_validator(mode="after")
    def _ordered(self) -> "ComputeSettings":
        if self.min_replicas > self.max_replicas:
            raise ValueError(f"minReplicas {self.min_replicas} is above maxReplicas {self.max_replicas}")
        return self


class NetworkSettings(_Part):
    """`oauth2_issuer` is an https URL; without one the route denies every request until it is set. `jwks_uri` is where
    the issuer's keys are; None stands for `<issuer>/.well-known/jwks.json`."""

    gateway: str = "mesh-gateway"
    gateway_namespace: str | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000
    oauth2_issuer: Annotated[str, Field(max_length=2_048)] | None = None
    jwks_uri: Annotated[str, Field(max_length=2_048)] | None = None
    kafka_cluster: str = "mesh"
    kafka_namespace: str = "kafka"
    partitions: Count = 6
    replication: Annotated[int, Field(ge=1, le=100)] = 3
    topic_retention_days: Days = 7
    max_pending_requests: Count = 100
    retries: Annotated[int, Field(ge=0, le=100)] = 3
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 30

    @field_validator("gateway", "gateway_namespace", "kafka_cluster", "kafka_namespace")
    @classmethod
    def _label(cls, name: str | None) -> str | None:
        if name is not None and not DNS_LABEL.fullmatch(name):
            raise ValueError(
                "must be a Kubernetes name: 1 to 63 lower-case letters, digits and hyphens, e.g. mesh-gateway"
            )
        return name

    @field_validator("oauth2_issuer", "jwks_uri")
    @classmethod
    def _url(cls, url: str | None) -> str | None:
        if url is not None and not HTTPS_URL.fullmatch(url):
            raise ValueError(
                "must be an https URL without query or fragment, e.g. https://login.example.com/realms/mesh"
            )
        return url


class MonitoringSettings(_Part):
    """`alert_for_seconds`: how long a level must be missed before its alert fires."""

    alert_for_seconds: Annotated[int, Field(ge=0, le=86_400)] = 300
    severity: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")] = "warning"
    channels: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")], ...], Field(max_length=20)] = (
        "slack",
        "email",
    )


class InfrastructureSettings(_Part):
    storage: StorageSettings = StorageSettings()
    compute: ComputeSettings = ComputeSettings()
    network: NetworkSettings = NetworkSettings()
    monitoring: MonitoringSettings = MonitoringSettings()


DEFAULT_SETTINGS = InfrastructureSettings()
