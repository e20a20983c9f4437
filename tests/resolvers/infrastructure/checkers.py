"""Every checker of rendered infrastructure files, for one file each: what it finds, or nothing."""

import itertools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from resolvers.contracts.infrastructure_settings import QUANTITY, amount
from resolvers.infrastructure.files import File
from tests.resolvers.infrastructure import crds

KUBERNETES = "1.37"
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
TERRAFORM = Path(__file__).with_name("aws_s3.schema.json")


def documents(file: File) -> list[Any]:
    return list(yaml.load_all(file.content, Loader=yaml.CSafeLoader))


def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not here (Debian package prometheus)")
    return found


def prometheus_problems(files: Sequence[File], folder: Path) -> list[str]:
    """Of rules and their tests, which are written to the empty `folder`."""
    for file in files:
        if file.path.startswith("prometheus/"):
            (folder / file.path.rpartition("/")[2]).write_text(file.content)
    runs = (["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"], ["test", "rules", "rules.test.yaml"])
    done = [subprocess.run([promtool(), *run], cwd=folder, capture_output=True, text=True, check=False) for run in runs]
    return [f"{one.args[1:3]}: {one.stdout}{one.stderr}" for one in done if one.returncode != 0]


@cache
def terraform_schema() -> Any:
    return jsonschema_rs.validator_for(json.loads(TERRAFORM.read_text()))


def terraform_problems(file: File) -> list[str]:
    document = json.loads(file.content)
    found = [f"/{'/'.join(map(str, e.instance_path))} {e.message}" for e in terraform_schema().iter_errors(document)]
    if found:
        return found
    for resources in document["resource"].values():
        for resource in resources.values():
            for rule in resource.get("rule", ()):
                found += lifecycle_problems(rule)
    return found


def lifecycle_problems(rule: dict[str, Any]) -> list[str]:
    """What S3 refuses and no schema says: the order of transitions and expiration, and the enumerated values."""
    days = [one["days"] for one in rule.get("transition", ())]
    end = rule.get("expiration", {}).get("days")
    found = []
    if days != sorted(days) or any(later - earlier < 30 for earlier, later in itertools.pairwise(days)):
        found.append(f"transitions at {days}")
    if end is not None and any(day >= end for day in days):
        found.append(f"transitions at {days}, expiration at {end}")
    if "status" in rule and rule["status"] not in ("Enabled", "Disabled"):
        found.append(f"status {rule['status']}")
    classes = {one["storage_class"] for one in rule.get("transition", ())}
    return found + ([f"storage classes {classes}"] if classes - {"STANDARD_IA", "GLACIER"} else [])


def kubernetes_problems(file: File) -> list[str]:
    found = []
    for document in documents(file):
        if document["kind"] in ("HTTPRoute", "BackendTrafficPolicy", "SecurityPolicy", "KafkaTopic"):
            found += [f"{document['kind']}: {problem}" for problem in crds.problems(document)]
        else:
            found += core_problems(document)
        found += name_problems(document)
    return found


def core_problems(document: dict[str, Any]) -> list[str]:
    import kubernetes_validate

    try:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{document['kind']}: {error}"[:500]]
    checks = {"Deployment": deployment_problems, "HorizontalPodAutoscaler": scaling_problems}
    return checks.get(document["kind"], lambda _: [])(document.get("spec", {}))


def deployment_problems(spec: dict[str, Any]) -> list[str]:
    found = []
    wanted, there = spec["selector"]["matchLabels"], spec["template"]["metadata"]["labels"]
    if any(there.get(key) != value for key, value in wanted.items()):
        found.append(f"selector {wanted} does not match {there}")
    for container in spec["template"]["spec"]["containers"]:
        for kind in ("cpu", "memory"):
            request, limit = (container["resources"][side][kind] for side in ("requests", "limits"))
            if not (QUANTITY.fullmatch(request) and QUANTITY.fullmatch(limit)) or amount(request) > amount(limit):
                found.append(f"{kind} {request} to {limit}")
        if not re.fullmatch(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+:[\w][\w.-]{0,127}", container["image"]):
            found.append(f"image {container['image']}")
    return found


def scaling_problems(spec: dict[str, Any]) -> list[str]:
    bounds = spec["minReplicas"], spec["maxReplicas"]
    return [] if 1 <= bounds[0] <= bounds[1] else [f"replicas {bounds}"]


def name_problems(document: dict[str, Any]) -> list[str]:
    meta = document["metadata"]
    valid = SUBDOMAIN if document["kind"] == "KafkaTopic" else LABEL
    found = [] if valid.fullmatch(meta["name"]) else [meta["name"]]
    if "namespace" in meta and not LABEL.fullmatch(meta["namespace"]):
        found.append(meta["namespace"])
    if document["kind"] == "Service" and not meta["name"][0].isalpha():
        found.append(meta["name"])
    return [*found, *(value for value in meta.get("labels", {}).values() if not VALUE.fullmatch(value))]


def grafana_problems(file: File) -> list[str]:
    """Paths of what Grafana's own model does not know or holds otherwise."""
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models.dashboard import Dashboard

    ours = json.loads(file.content)
    theirs = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(ours)))
    return lost(ours, theirs, "")


def lost(ours: Any, theirs: Any, path: str) -> list[str]:
    if isinstance(ours, dict):
        return [
            problem
            for key, value in ours.items()
            for problem in (
                lost(value, theirs[key], f"{path}/{key}")
                if isinstance(theirs, dict) and key in theirs
                else [f"{path}/{key}"]
            )
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [
            problem for at, pair in enumerate(zip(ours, theirs, strict=True)) for problem in lost(*pair, f"{path}/{at}")
        ]
    return [] if ours == theirs else [path]


def problems(files: Sequence[File], folder: Path) -> list[str]:
    """Of all files of one plan; `folder` is made and must not exist."""
    os.makedirs(folder)
    found = prometheus_problems(files, folder)
    for file in files:
        if file.path.startswith("terraform/"):
            found += terraform_problems(file)
        elif file.path.startswith("kubernetes/"):
            found += kubernetes_problems(file)
        elif file.path.startswith("grafana/"):
            found += grafana_problems(file)
    return found
