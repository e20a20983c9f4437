"""Rendered files, checked by the tools and schemas of those who will read them."""

import io
import json
import tarfile

import pytest

from resolvers.infrastructure.files import File, archive, render_files
from resolvers.infrastructure.terraform import BucketRule
from tests.resolvers.infrastructure import checkers
from tests.resolvers.infrastructure.plans import ALL, BATCH, STREAM, a_plan

PATHS = [
    "grafana/dashboard.json",
    "kubernetes/gateway.yaml",
    "kubernetes/topic.yaml",
    "kubernetes/workload.yaml",
    "prometheus/rules.test.yaml",
    "prometheus/rules.yaml",
    "terraform/storage.tf.json",
]
ODD = [
    {"metric": "Error rate %", "target": 0, "unit": None, "better": "LOWER"},
    {"metric": "größe {{ x }}", "target": 1e9, "unit": "Zeilen/Tag", "better": "HIGHER"},
    {"metric": "availability", "target": 99.95, "unit": "%", "better": "HIGHER"},
    {"metric": "Availability", "target": 0.9, "unit": None, "better": "HIGHER"},
    {"metric": "freshness_minutes", "target": 0.1, "unit": None, "better": "LOWER"},
]
CASES = {
    "default": {},
    "feature": {"type": "ML_FEATURE", "settings": {"network": {"oauth2Issuer": "https://login.example.com"}}},
    "odd levels": {"sla": ODD},
    "no levels": {"sla": []},
    "long names": {"name": "n" * 128, "domain": "d" * 128},
    "odd names": {"name": "0_-_", "domain": "9"},
    "short retention": {"days": 7},
    "odd uris": {
        "access": (
            {"kind": "API", "uri": "https://10.0.0.1:8443/a//b/../c"},
            {"kind": "API", "uri": "https://API.example.com:8443/%2F?x=1#y"},
            {"kind": "API", "uri": "https://other.example.com"},
            {"kind": "BATCH", "uri": "gs://elsewhere/x"},
        )
    },
    "many routes": {"access": tuple({"kind": "API", "uri": f"https://h{i}.example.com/p{i}"} for i in range(90))},
    "only a topic": {"access": (STREAM,)},
}


@pytest.mark.parametrize("case", CASES)
def test_every_file_passes_its_checker(case, tmp_path):
    files = render_files(a_plan(**CASES[case]))
    assert checkers.problems(files, tmp_path / "rules") == []


def test_all_files_of_a_product_with_all_access_points():
    assert [file.path for file in render_files(a_plan())] == PATHS


def test_files_follow_what_is_planned():
    paths = [file.path for file in render_files(a_plan(access=(BATCH,)))]
    assert "kubernetes/topic.yaml" not in paths
    assert "kubernetes/gateway.yaml" not in paths
    paths = [file.path for file in render_files(a_plan(access=()))]
    assert paths == ["grafana/dashboard.json", "prometheus/rules.test.yaml", "prometheus/rules.yaml"]


def test_the_gateway_carries_limits_retries_and_authentication():
    files = {file.path: file for file in render_files(a_plan(**CASES["feature"]))}
    route, traffic, security = checkers.documents(files["kubernetes/gateway.yaml"])
    assert route["spec"]["hostnames"] == ["api.example.com"]
    assert "retry" not in route["spec"]["rules"][0]
    assert traffic["spec"]["rateLimit"]["local"]["rules"] == [{"limit": {"requests": 1000, "unit": "Minute"}}]
    assert traffic["spec"]["retry"] == {"numRetries": 3}
    assert traffic["spec"]["timeout"] == {"http": {"requestTimeout": "30s"}}
    assert security["spec"]["jwt"]["providers"][0]["issuer"] == "https://login.example.com"


def test_a_route_without_an_issuer_denies_every_request():
    files = {file.path: file for file in render_files(a_plan())}
    assert checkers.documents(files["kubernetes/gateway.yaml"])[2]["spec"]["authorization"] == {"defaultAction": "Deny"}


def test_equal_plans_give_equal_bytes_and_an_archive_without_times():
    files = render_files(a_plan())
    assert files == render_files(a_plan())
    packed = archive(files, "events")
    assert packed == archive(render_files(a_plan()), "events")
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        members = tar.getmembers()
        assert [member.name for member in members] == [f"events/{path}" for path in PATHS]
        assert {(member.mtime, member.uid, member.uname) for member in members} == {(0, 0, "")}
        content = tar.extractfile("events/grafana/dashboard.json")
        assert content is not None
        assert json.loads(content.read())["title"] == "customer / events"


def _planted(path: str, old: str, new: str) -> File:
    file = next(file for file in render_files(a_plan(access=ALL)) if file.path == path)
    assert old in file.content
    return file._replace(content=file.content.replace(old, new, 1))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("kubernetes/workload.yaml", "minReplicas: 1", "minReplicas: 20"),
        ("kubernetes/workload.yaml", "cpu: 100m", "cpu: 2 cores"),
        ("kubernetes/workload.yaml", "minReplicas:", "minReplica:"),
        ("kubernetes/workload.yaml", "name: data-mesh-customer", "name: Data_Mesh"),
        ("kubernetes/gateway.yaml", "value: /customer", "value: //customer"),
        ("kubernetes/gateway.yaml", "port: 8080", "prt: 8080"),
        ("kubernetes/gateway.yaml", "numRetries: 3", "numRetry: 3"),
        ("kubernetes/gateway.yaml", "unit: Minute", "unit: Minutes"),
        ("kubernetes/topic.yaml", "partitions: 6", "partitions: 0"),
        ("kubernetes/topic.yaml", "replicas: 3", "replica: 3"),
    ],
)
def test_the_kubernetes_checker_finds_planted_faults(path, old, new):
    assert checkers.kubernetes_problems(_planted(path, old, new)) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [('"bucket":', '"buckt":'), ('"days": 30', '"days": "soon"'), ('"days": 30', '"days": 80'), ("STANDARD_IA", "IA")],
)
def test_the_terraform_checker_finds_planted_faults(old, new):
    assert checkers.terraform_problems(_planted("terraform/storage.tf.json", old, new)) != []


def test_the_dashboard_checker_finds_a_planted_fault():
    assert checkers.grafana_problems(_planted("grafana/dashboard.json", '"refresh"', '"refrsh"')) == ["/refrsh"]


@pytest.mark.parametrize(("old", "new"), [(" < 0.999", " > 0.999"), (" > 7200", " < 7200"), (" > 0.5", " >> 0.5")])
def test_promtool_finds_a_wrong_direction(old, new, tmp_path):
    files = [
        _planted(file.path, old, new) if file.path == "prometheus/rules.yaml" else file
        for file in render_files(a_plan())
    ]
    assert checkers.prometheus_problems(files, tmp_path) != []


def test_products_of_a_bucket_have_one_terraform_file_with_all_rules():
    plans = [a_plan(name="events"), a_plan(name="returns", days=25), a_plan(name="forever", days=None)]
    shared = [BucketRule(plan.product, plan.storage) for plan in plans]
    first, *others = [render_files(plan, shared)[-1] for plan in plans]
    assert {file.content for file in others} == {first.content}
    assert checkers.terraform_problems(first) == []
    (lifecycle,) = json.loads(first.content)["resource"]["aws_s3_bucket_lifecycle_configuration"].values()
    assert [(rule["id"], rule.get("expiration", {}).get("days")) for rule in lifecycle["rule"]] == [
        ("events", 2555),
        ("forever", None),
        ("returns", 25),
    ]
