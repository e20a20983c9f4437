"""Infrastructure plans: the values, what the access points call for, names, alerts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from resolvers.contracts.infrastructure_settings import InfrastructureSettings
from resolvers.infrastructure import names
from resolvers.infrastructure.diff import PlanChange, plan_changes
from resolvers.infrastructure.plan import Transition, make_plan
from tests.resolvers.infrastructure.plans import ALL, API, BATCH, STREAM, a_plan, records

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,127}", fullmatch=True)


def test_a_product_with_all_access_points_has_the_default_values():
    plan = a_plan()
    storage, compute, network = plan.storage, plan.compute, plan.networking
    assert storage is not None
    assert storage._asdict() == {
        "bucket": "data-mesh-customer",
        "prefix": "events/",
        "encryption": "AES256",
        "versioning": True,
        "transitions": (Transition(30, "STANDARD_IA"), Transition(90, "GLACIER")),
        "expiration_days": 2555,
        "noncurrent_days": 30,
    }
    assert compute is not None
    assert (compute.namespace, compute.name, compute.image) == (
        "data-mesh-customer",
        "events",
        "customer/events:1.0.0",
    )
    assert compute[4:8] == ("100m", "256Mi", "1", "2Gi")
    assert compute.autoscaling == (1, 10, 70)
    assert network.gateway is not None
    assert network.gateway.routes == (("api.example.com", "/customer/events/v1"),)
    assert (network.gateway.requests_per_minute, network.gateway.authentication) == (1_000, "OAUTH2")
    assert network.topic is not None
    assert (network.topic.name, network.topic.partitions, network.topic.replication) == ("customer.events", 6, 3)
    assert network.resilience == (True, 100, 3, 30)
    assert plan.monitoring.metrics == ("data_freshness_seconds", "data_quality_score", "sla_compliance_percentage")
    assert plan.notes == ("No OAuth2 issuer is set for the domain: the route denies every request until there is one.",)


def test_a_feature_product_gets_the_larger_resources():
    compute = a_plan(type="ML_FEATURE").compute
    assert compute is not None
    assert compute[4:8] == ("500m", "1Gi", "2", "4Gi")


@pytest.mark.parametrize(
    ("access", "planned"),
    [
        ((), (False, False, False, False)),
        ((API,), (False, True, True, False)),
        ((STREAM,), (False, True, False, True)),
        ((BATCH,), (True, True, False, False)),
        (({"kind": "DATABASE", "uri": "postgresql://db.example.com/events"},), (False, True, False, False)),
        (ALL, (True, True, True, True)),
    ],
)
def test_only_what_the_access_points_call_for_is_planned(access, planned):
    plan = a_plan(access=access)
    parts = (plan.storage, plan.compute, plan.networking.gateway, plan.networking.topic)
    assert tuple(part is not None for part in parts) == planned


@pytest.mark.parametrize(
    ("days", "transitions"),
    [(7, ()), (30, ()), (31, (30,)), (90, (30,)), (91, (30, 90)), (None, (30, 90))],
)
def test_no_transition_comes_after_the_expiration(days, transitions):
    storage = a_plan(days=days).storage
    assert storage is not None
    assert tuple(one.days for one in storage.transitions) == transitions
    assert storage.expiration_days == days
    assert storage.noncurrent_days == (7 if days == 7 else 30)


def test_a_topic_keeps_nothing_longer_than_the_contract_does():
    topics = [a_plan(days=days).networking.topic for days in (3, 2555)]
    assert [topic.retention_days for topic in topics if topic] == [3, 7]


@pytest.mark.parametrize(
    ("level", "metric", "condition", "threshold"),
    [
        (("availability", 0.999, "ratio", "HIGHER"), "data_availability_ratio", "BELOW", 0.999),
        (("availability", 99.9, "%", "HIGHER"), "data_availability_ratio", "BELOW", 0.999),
        (("availability", 99.9, None, "HIGHER"), "data_availability_ratio", "BELOW", 0.999),
        (("latency_p95", 500, "ms", "LOWER"), "data_latency_p95_seconds", "ABOVE", 0.5),
        (("latency_ms", 500, None, "LOWER"), "data_latency_seconds", "ABOVE", 0.5),
        (("freshness", 2, "h", "LOWER"), "data_freshness_seconds", "ABOVE", 7200),
        (("freshness", 300, None, "LOWER"), "data_freshness_seconds", "ABOVE", 300),
        (("throughput", 40, "rows/s", "HIGHER"), None, "BELOW", 40),
    ],
)
def test_an_alert_fires_on_the_wrong_side_of_its_target(level, metric, condition, threshold):
    named = dict(zip(("metric", "target", "unit", "better"), level, strict=True))
    (alert,) = a_plan(sla=[named]).monitoring.alerts
    assert (alert.condition, alert.threshold) == (condition, threshold)
    assert metric is None or alert.metric == metric


def test_settings_of_the_domain_replace_the_defaults():
    plan = a_plan(
        {
            "storage": {"bucketPrefix": "lake-", "glacierDays": None},
            "compute": {"image": "registry.example.com/mesh/{name}:{version}", "maxReplicas": 3},
            "network": {"oauth2Issuer": "https://login.example.com/mesh", "partitions": 12},
        },
        domain="order_desk",
    )
    assert plan.storage is not None
    assert (plan.storage.bucket, plan.storage.transitions) == (
        "lake-order-desk-" + names.digest("lake-order_desk"),
        ((30, "STANDARD_IA"),),
    )
    assert plan.compute is not None
    assert (plan.compute.image, plan.compute.autoscaling) == ("registry.example.com/mesh/events:1.0.0", (1, 3, 70))
    assert plan.networking.gateway is not None
    assert plan.networking.gateway.jwks_uri == "https://login.example.com/mesh/.well-known/jwks.json"
    assert plan.networking.topic is not None
    assert plan.networking.topic.partitions == 12


@pytest.mark.parametrize(
    "settings",
    [
        {"storage": {"infrequentAccessDays": 10}},
        {"storage": {"infrequentAccessDays": 30, "glacierDays": 40}},
        {"storage": {"bucketPrefix": "Data_"}},
        {"compute": {"resources": {"cpuRequest": "2 cores"}}},
        {"compute": {"resources": {"cpuRequest": "2", "cpuLimit": "1"}}},
        {"compute": {"minReplicas": 5, "maxReplicas": 2}},
        {"network": {"oauth2Issuer": "http://login.example.com"}},
        {"network": {"unknown": 1}},
    ],
)
def test_settings_that_no_target_would_take_are_refused(settings):
    with pytest.raises(ValidationError):
        InfrastructureSettings.model_validate(settings)


@given(NAMES, NAMES)
def test_names_are_valid_and_distinct_products_have_distinct_ones(one, other):
    for make, valid in (
        (lambda name: names.kubernetes_name("WORKLOAD", name), names.KUBERNETES),
        (lambda name: names.bucket_name(f"data-mesh-{name}"), names.BUCKET),
        (lambda name: names.topic_name(f"customer.{name}"), names.TOPIC),
        (names.topic_resource_name, names.SUBDOMAIN),
        (names.terraform_name, names.TERRAFORM),
        (lambda name: names.dashboard_uid("customer", name), names.DASHBOARD),
        (lambda name: names.dashboard_uid(name, "events"), names.DASHBOARD),
    ):
        assert valid.fullmatch(make(one).name), make(one)
        assert (make(one).reason is None) == (make(one).name == make(one).source)
        assert one == other or make(one).name != make(other).name


def test_a_hyphen_between_domain_and_name_is_no_hyphen_in_one_of_them():
    pairs = [("a", "b-c"), ("a-b", "c"), ("a", "b-c-d"), ("a-b", "c-d"), ("a-b-c", "d")]
    uids = [names.dashboard_uid(*pair).name for pair in pairs]
    assert uids[0] == "a-b-c"
    assert len(set(uids)) == len(pairs)


def test_names_that_differ_in_an_underscore_do_not_collide():
    told = [names.kubernetes_name("WORKLOAD", name).name for name in ("daily-orders", "daily_orders", "daily__orders")]
    assert told[0] == "daily-orders"
    assert told[1].startswith("daily-orders-")
    assert len(set(told)) == 3


def test_the_difference_of_two_plans_names_each_value():
    old, new = a_plan(days=2555), a_plan(days=60, access=(API, BATCH))
    assert plan_changes(old, old) == ()
    changes = {change.path: change for change in plan_changes(old, new)}
    assert changes["storage.expirationDays"] == PlanChange("storage.expirationDays", 2555, 60)
    assert changes["storage.transitions"].after == [{"days": 30, "storage_class": "STANDARD_IA"}]
    assert changes["networking.topic"].before["name"] == "customer.events"
    assert changes["networking.topic"].after is None
    assert not any(path.startswith("compute") for path in changes)


def test_a_product_without_a_contract_has_a_plan_that_says_so():
    product, _ = records()
    plan = make_plan(product, None, InfrastructureSettings())
    assert plan.classification is None
    assert plan.monitoring.alerts == ()
    assert "The product has no contract: no retention, classification or service level is known." in plan.notes
