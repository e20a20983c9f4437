"""Manifests on a Kubernetes cluster, by server-side apply as the field manager `meshweave`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from resolvers.infrastructure.provisioner import ApplyError
from resolvers.infrastructure.resources import NAMESPACE, PlannedResource

MANAGER = "meshweave"
MANAGED_BY = "app.kubernetes.io/managed-by"
SECONDS = 15.0
# Kinds that are planned: (group, version, kind, plural).
KINDS = (
    ("apps", "v1", "Deployment", "deployments"),
    ("", "v1", "Service", "services"),
    ("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    ("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes"),
    ("gateway.envoyproxy.io", "v1alpha1", "BackendTrafficPolicy", "backendtrafficpolicies"),
    ("gateway.envoyproxy.io", "v1alpha1", "SecurityPolicy", "securitypolicies"),
    ("kafka.strimzi.io", "v1beta2", "KafkaTopic", "kafkatopics"),
)


class Kubernetes:
    """The cluster of one context of a kubeconfig."""

    def __init__(self, kubeconfig: Path, context: str | None = None) -> None:
        self._kubeconfig = kubeconfig
        self._context = context

    async def apply(self, resource: PlannedResource) -> bool:
        """False when the cluster had it as planned. Raises `ApplyError`."""
        import httpx2
        from lightkube import AsyncClient, KubeConfig
        from lightkube.core.exceptions import ApiError, ConfigError

        desired = classes()[resource.kind](resource.document)
        try:
            config = KubeConfig.from_file(self._kubeconfig).get(context_name=self._context)
            client = AsyncClient(config=config, timeout=httpx2.Timeout(SECONDS), trust_env=False)
        except (ConfigError, OSError, ValueError, KeyError) as error:
            raise ApplyError("The kubeconfig of this server cannot be read.") from error
        try:
            live = await _live(client, desired)
            if resource.kind == NAMESPACE and live is not None:
                check_ours(live, resource.name)
            if live is not None and within(resource.document, live):
                return False
            await client.apply(desired, field_manager=MANAGER)
        except ApiError as error:
            raise ApplyError(_words(error, resource)) from error
        except httpx2.HTTPError as error:
            raise ApplyError(f"The cluster cannot be reached: {type(error).__name__}.") from error
        finally:
            await client.close()
        return True


@cache
def classes() -> dict[str, Any]:
    """By kind. They take objects as they are: what a cluster adds to them is not looked at."""
    from lightkube.generic_resource import create_global_resource, create_namespaced_resource

    namespaced = {kind[2]: create_namespaced_resource(*kind) for kind in KINDS}
    return {NAMESPACE: create_global_resource("", "v1", NAMESPACE, "namespaces"), **namespaced}


async def _live(client: Any, desired: Any) -> Mapping[str, Any] | None:
    from lightkube.core.exceptions import ApiError

    meta = desired.metadata
    place = {"namespace": meta.namespace} if meta.namespace else {}
    try:
        live = await client.get(type(desired), meta.name, **place)
    except ApiError as error:
        if error.response.status_code == 404:
            return None
        raise
    return live.to_dict()


def check_ours(there: Mapping[str, Any], name: str) -> None:
    """A namespace that another manager owns is not taken over. Raises `ApplyError`."""
    labels = (there.get("metadata") or {}).get("labels") or {}
    if labels.get(MANAGED_BY) != MANAGER:
        raise ApplyError(
            f"Namespace {name} exists without the label {MANAGED_BY}={MANAGER}: label it to have it managed."
        )


def within(desired: Any, there: Any) -> bool:
    """True if the cluster has everything that is planned; what the cluster adds does not count."""
    if isinstance(desired, Mapping):
        return isinstance(there, Mapping) and all(within(value, there.get(key)) for key, value in desired.items())
    if isinstance(desired, list | tuple):
        same_length = isinstance(there, list | tuple) and len(desired) == len(there)
        return same_length and all(map(within, desired, there))
    return desired == there


def _words(error: Any, resource: PlannedResource) -> str:
    message = str(error)[:300]
    if error.response.status_code == 404:
        version = resource.document["apiVersion"]
        return f"The cluster knows no {resource.kind} of {version}, or its namespace is not there: {message}"
    if error.response.status_code == 409:
        return f"Somebody else manages a field of it: {message}"
    return f"The cluster answered {error.response.status_code}: {message}"
