"""Names of a product in each target system, made valid where the mesh's own name is not.

A name that is valid as it is stays. A name that had to be changed gets six hexadecimal digits of its SHA-256 at its
end, so that two products of different names never share a bucket, a Kubernetes name or a topic.
"""

import re
from hashlib import sha256
from typing import NamedTuple

KUBERNETES = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")  # also as a Service, hence no digit first
# A bucket's name also has none of the prefixes and suffixes that S3 keeps for itself.
BUCKET = re.compile(r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][-a-z0-9]{1,61}[a-z0-9](?<!-s3alias)(?<!--ol-s3)")
TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")
SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
TERRAFORM = re.compile(r"[a-z_][a-z0-9_-]{0,127}")
METRIC = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,127}")
DASHBOARD = re.compile(r"[a-zA-Z0-9_-]{1,40}")


class NameMapping(NamedTuple):
    """What `source`, the mesh's name, is called in `target`; `reason` None: it is used unchanged."""

    target: str
    source: str
    name: str
    reason: str | None


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:6]


def _fit(target: str, source: str, valid: re.Pattern[str], most: int, bad: str, fill: str, why: str) -> NameMapping:
    if valid.fullmatch(source):
        return NameMapping(target, source, source, None)
    end = fill + digest(source)
    base = re.sub(bad, fill, source.lower()).strip("-._")
    if not base or not re.match(r"[a-z]", base):
        base = f"n{fill}{base}" if base else "n"
    name = base[: most - len(end)].rstrip("-._") + end
    return NameMapping(target, source, name, why)


def kubernetes_name(target: str, source: str) -> NameMapping:
    """A DNS label of at most 63 characters that starts with a letter."""
    why = "Kubernetes takes up to 63 lower-case letters, digits and hyphens, a letter first."
    return _fit(target, source, KUBERNETES, 63, r"[^a-z0-9]+", "-", why)


def bucket_name(source: str) -> NameMapping:
    """3 to 63 characters, without dots, which TLS host names of S3 do not take."""
    why = "S3 takes 3 to 63 lower-case letters, digits and hyphens."
    return _fit("BUCKET", source, BUCKET, 63, r"[^a-z0-9]+", "-", why)


def topic_name(source: str) -> NameMapping:
    why = "Kafka takes up to 249 letters, digits, dots, hyphens and underscores."
    return _fit("TOPIC", source, TOPIC, 249, r"[^a-z0-9._-]+", "-", why)


def topic_resource_name(source: str) -> NameMapping:
    """The name of the KafkaTopic resource, which need not be the topic's own."""
    why = "A Kubernetes resource takes lower-case letters, digits, hyphens and dots; the topic keeps its own name."
    return _fit("TOPIC_RESOURCE", source, SUBDOMAIN, 253, r"[^a-z0-9]+", "-", why)


def terraform_name(source: str) -> NameMapping:
    why = "Terraform takes letters, digits, hyphens and underscores, no digit first."
    return _fit("TERRAFORM", source, TERRAFORM, 100, r"[^a-z0-9_-]+", "_", why)


def dashboard_uid(domain: str, name: str) -> NameMapping:
    """`<domain>-<name>`, changed in a domain with a hyphen: `a-b` and `c` would have the name of `a` and `b-c`."""
    why = "Grafana takes up to 40 letters, digits, hyphens and underscores; a hyphen parts domain and name."
    apart = "-" if "-" not in domain else "."
    return _fit("DASHBOARD", f"{domain}{apart}{name}", DASHBOARD, 40, r"[^a-zA-Z0-9_-]+", "-", why)


def metric_part(source: str) -> str:
    """A part of a Prometheus metric name; distinct sources stay distinct."""
    if METRIC.fullmatch(source) and source == source.lower():
        return source
    base = re.sub(r"[^a-z0-9_]+", "_", source.lower()).strip("_") or "level"
    return f"{base[:100]}_{digest(source)}"
