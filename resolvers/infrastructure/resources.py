"""The resources of a plan that can be applied: object storage by S3's API, the rest on Kubernetes."""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from resolvers.infrastructure import kubernetes, terraform
from resolvers.infrastructure.plan import InfrastructurePlan, StoragePlan

NAMESPACE = "Namespace"


class Target(StrEnum):
    S3 = "S3"
    KUBERNETES = "KUBERNETES"


class StorageKind(StrEnum):
    """Parts of a bucket, each applied and recorded by itself. BUCKET comes first and holds the others."""

    BUCKET = "BUCKET"
    VERSIONING = "VERSIONING"
    ENCRYPTION = "ENCRYPTION"
    PUBLIC_ACCESS_BLOCK = "PUBLIC_ACCESS_BLOCK"
    EXPIRATION = "EXPIRATION"
    TRANSITIONS = "TRANSITIONS"
    POLICY = "POLICY"


class PlannedResource(NamedTuple):
    """`document` is what the target shall have: a manifest of Kubernetes, or the settings of one part of a bucket.
    `within` is the (kind, name) of the resource that must be there first."""

    target: str
    kind: str
    name: str
    document: Mapping[str, Any]
    within: tuple[str, str] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the document's JSON with sorted keys."""
        return sha256(orjson.dumps(self.document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def resources_of(plan: InfrastructurePlan) -> tuple[PlannedResource, ...]:
    """In the order in which they are applied. Alert rules and dashboards are files alone."""
    storage = _storage(plan, plan.storage) if plan.storage else ()
    return (*storage, *_cluster(plan))


def _storage(plan: InfrastructurePlan, storage: StoragePlan) -> tuple[PlannedResource, ...]:
    bucket, place = storage.bucket, f"{storage.bucket}/{storage.prefix}"
    parts: tuple[tuple[StorageKind, str, dict[str, Any]], ...] = (
        (StorageKind.BUCKET, bucket, {"tags": terraform.tags(plan)}),
        (StorageKind.VERSIONING, bucket, {"status": "Enabled" if storage.versioning else "Suspended"}),
        (StorageKind.ENCRYPTION, bucket, {"algorithm": storage.encryption}),
        (StorageKind.PUBLIC_ACCESS_BLOCK, bucket, {"block": True}),
        (StorageKind.EXPIRATION, place, {"rule": _expiration(plan, storage)}),
        (StorageKind.TRANSITIONS, place, {"rule": _transitions(plan, storage)}),
        (StorageKind.POLICY, bucket, terraform.tls_only(f"arn:aws:s3:::{bucket}")),
    )
    return tuple(
        PlannedResource(
            Target.S3,
            kind,
            name,
            {"bucket": bucket, **document},
            None if kind is StorageKind.BUCKET else (StorageKind.BUCKET, bucket),
        )
        for kind, name, document in parts
    )


def _rule(plan: InfrastructurePlan, storage: StoragePlan, what: str) -> dict[str, Any]:
    """Products of a domain share its bucket, so each has rules of its own, named for it."""
    return {"ID": f"{plan.product}-{what}", "Status": "Enabled", "Filter": {"Prefix": storage.prefix}}


def _expiration(plan: InfrastructurePlan, storage: StoragePlan) -> dict[str, Any]:
    """A rule without an action is one that is not there."""
    rule = _rule(plan, storage, "expiration")
    if storage.expiration_days is not None:
        rule["Expiration"] = {"Days": storage.expiration_days}
    if storage.noncurrent_days is not None:
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": storage.noncurrent_days}
    return rule


def _transitions(plan: InfrastructurePlan, storage: StoragePlan) -> dict[str, Any]:
    rule = _rule(plan, storage, "transitions")
    if storage.transitions:
        rule["Transitions"] = [{"Days": one.days, "StorageClass": one.storage_class} for one in storage.transitions]
    return rule


def _cluster(plan: InfrastructurePlan) -> tuple[PlannedResource, ...]:
    compute, network = plan.compute, plan.networking
    manifests = kubernetes.workload(plan, compute) if compute else []
    if compute and network.gateway and network.resilience:
        manifests += kubernetes.route(plan, compute, network.gateway, network.resilience)
    if network.topic:
        manifests.append(kubernetes.topic(plan, network.topic))
    made = {one["metadata"]["name"] for one in manifests if one["kind"] == NAMESPACE}
    return tuple(_manifest(one, made) for one in manifests)


def _manifest(manifest: dict[str, Any], namespaces: set[str]) -> PlannedResource:
    meta = manifest["metadata"]
    namespace = meta.get("namespace")
    name = f"{namespace}/{meta['name']}" if namespace else meta["name"]
    within = (NAMESPACE, namespace) if namespace in namespaces else None
    return PlannedResource(Target.KUBERNETES, manifest["kind"], name, manifest, within)


# What holds data that would be lost.
HOLDING_DATA = frozenset({StorageKind.BUCKET, "KafkaTopic"})
# What the other products of a domain use as well.
SHARED = frozenset(
    {
        StorageKind.BUCKET,
        StorageKind.VERSIONING,
        StorageKind.ENCRYPTION,
        StorageKind.PUBLIC_ACCESS_BLOCK,
        StorageKind.POLICY,
        NAMESPACE,
    }
)
