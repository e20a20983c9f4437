"""Kubernetes YAML of a product's workload, gateway route and topic.

The route is a Gateway API HTTPRoute. Rate limit, retries, timeout, circuit breaker and OAuth2 have no place in it and
are Envoy Gateway policies; the topic is Strimzi's KafkaTopic.
"""

from typing import Any

from resolvers.infrastructure.documents import to_yaml
from resolvers.infrastructure.plan import ComputePlan, GatewayPlan, InfrastructurePlan, ResiliencePlan, TopicPlan

MATCHES = 64  # that one rule of an HTTPRoute takes
HOSTS = 16
DAY_MS = 86_400_000


def render(plan: InfrastructurePlan) -> dict[str, str]:
    """File name without its ending -> YAML."""
    files: dict[str, str] = {}
    compute, network = plan.compute, plan.networking
    if compute is not None:
        files["workload"] = to_yaml(*workload(plan, compute))
        if network.gateway is not None and network.resilience is not None:
            files["gateway"] = to_yaml(*route(plan, compute, network.gateway, network.resilience))
    if network.topic is not None:
        files["topic"] = to_yaml(topic(plan, network.topic))
    return files


def labels(plan: InfrastructurePlan, name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "meshweave"}


def annotations(plan: InfrastructurePlan) -> dict[str, str]:
    return {"meshweave.io/urn": plan.urn, "meshweave.io/owner-team": plan.owner_team}


def workload(plan: InfrastructurePlan, compute: ComputePlan) -> list[dict[str, Any]]:
    """Namespace, Deployment, Service and HorizontalPodAutoscaler."""
    meta = {
        "name": compute.name,
        "namespace": compute.namespace,
        "labels": labels(plan, compute.name),
        "annotations": annotations(plan),
    }
    selector = {"app.kubernetes.io/name": compute.name}
    container = {
        "name": compute.name,
        "image": compute.image,
        "ports": [{"name": "http", "containerPort": compute.port}],
        "env": [{"name": "LOG_FORMAT", "value": plan.monitoring.log_format}],
        "resources": {
            "requests": {"cpu": compute.cpu_request, "memory": compute.memory_request},
            "limits": {"cpu": compute.cpu_limit, "memory": compute.memory_limit},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    scrape = {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(compute.port),
        "prometheus.io/path": "/metrics",
    }
    scaling = compute.autoscaling
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": compute.namespace, "labels": {"app.kubernetes.io/managed-by": "meshweave"}},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta,
            # No replicas: the autoscaler's number would be overwritten by every apply.
            "spec": {
                "selector": {"matchLabels": selector},
                "template": {
                    "metadata": {"labels": labels(plan, compute.name), "annotations": {**annotations(plan), **scrape}},
                    "spec": {"automountServiceAccountToken": False, "containers": [container]},
                },
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {
                "selector": selector,
                "ports": [{"name": "http", "port": compute.port, "targetPort": "http"}],
            },
        },
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": meta,
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": compute.name},
                "minReplicas": scaling.min_replicas,
                "maxReplicas": scaling.max_replicas,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {
                            "name": "cpu",
                            "target": {"type": "Utilization", "averageUtilization": scaling.target_cpu_percent},
                        },
                    }
                ],
            },
        },
    ]


def route(
    plan: InfrastructurePlan, compute: ComputePlan, gateway: GatewayPlan, resilience: ResiliencePlan
) -> list[dict[str, Any]]:
    """HTTPRoute, BackendTrafficPolicy and SecurityPolicy."""
    meta = {
        "name": compute.name,
        "namespace": compute.namespace,
        "labels": labels(plan, compute.name),
        "annotations": annotations(plan),
    }
    target = [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": compute.name}]
    parent = {"name": gateway.gateway}
    if gateway.gateway_namespace is not None:
        parent["namespace"] = gateway.gateway_namespace
    hosts = list(dict.fromkeys(match.host for match in gateway.routes if match.host is not None))
    all_named = bool(hosts) and all(match.host is not None for match in gateway.routes) and len(hosts) <= HOSTS
    paths = list(dict.fromkeys(match.path for match in gateway.routes))
    rules = [
        {
            "matches": [{"path": {"type": "PathPrefix", "value": path}} for path in paths[at : at + MATCHES]],
            "backendRefs": [{"name": compute.name, "port": compute.port}],
        }
        for at in range(0, len(paths), MATCHES)
    ]
    seconds = f"{resilience.timeout_seconds}s"
    security: dict[str, Any] = {"targetRefs": target}
    if gateway.issuer is None:
        security["authorization"] = {"defaultAction": "Deny"}
    else:
        provider = {
            "name": "oauth2",
            "issuer": gateway.issuer,
            "audiences": [gateway.audience],
            "remoteJWKS": {"uri": gateway.jwks_uri},
        }
        security["jwt"] = {"providers": [provider]}
    return [
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": meta,
            "spec": {"parentRefs": [parent], **({"hostnames": hosts} if all_named else {}), "rules": rules},
        },
        {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "BackendTrafficPolicy",
            "metadata": meta,
            "spec": {
                "targetRefs": target,
                "rateLimit": {
                    "type": "Local",
                    "local": {"rules": [{"limit": {"requests": gateway.requests_per_minute, "unit": "Minute"}}]},
                },
                "circuitBreaker": {"maxPendingRequests": resilience.max_pending_requests},
                "retry": {"numRetries": resilience.retries},
                "timeout": {"http": {"requestTimeout": seconds}},
            },
        },
        {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "SecurityPolicy",
            "metadata": meta,
            "spec": security,
        },
    ]


def topic(plan: InfrastructurePlan, topic: TopicPlan) -> dict[str, Any]:
    return {
        "apiVersion": "kafka.strimzi.io/v1beta2",
        "kind": "KafkaTopic",
        "metadata": {
            "name": topic.resource,
            "namespace": topic.namespace,
            "labels": {"strimzi.io/cluster": topic.cluster, "app.kubernetes.io/managed-by": "meshweave"},
            "annotations": annotations(plan),
        },
        "spec": {
            "topicName": topic.name,
            "partitions": topic.partitions,
            "replicas": topic.replication,
            "config": {
                "retention.ms": topic.retention_days * DAY_MS,
                "min.insync.replicas": max(1, topic.replication - 1),
            },
        },
    }
