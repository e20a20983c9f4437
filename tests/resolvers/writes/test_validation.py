"""Checks of what callers give."""

import pytest

from resolvers.writes import validation


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        ("API", "https://api.example.com/v1/{id}?x=1"),
        ("API", "grpc://host:50051"),
        ("STREAMING", "kafka://broker:9092/customer.events"),
        ("STREAMING", "https://stream.example.com/events"),
        ("BATCH", "s3://data-mesh-customer/events/"),
        ("BATCH", "abfss://container@account.dfs.core.windows.net/path"),
        ("DATABASE", "jdbc:postgresql://db/mesh"),
        ("DATABASE", "postgres://reader@db/mesh"),
        ("DATABASE", "bigquery:project.dataset.table"),
    ],
)
def test_access_points_that_are_taken(kind, uri):
    faults = validation.Faults()
    assert validation.access_points(faults, [{"kind": kind, "uri": uri}], ("x",)) == [{"kind": kind, "uri": uri}]
    assert faults.found == []


@pytest.mark.parametrize(
    ("kind", "uri", "place"),
    [
        ("API", "s3://bucket", "uri"),
        ("API", "api.example.com", "uri"),
        ("BATCH", "", "uri"),
        ("BATCH", "s3://a bucket", "uri"),
        ("BATCH", "s3:", "uri"),
        ("BATCH", "s3://" + "x" * 2_048, "uri"),
        ("STREAMING", "javascript:alert(1)", "uri"),
        ("STREAMING", "JavaScript:alert(1)", "uri"),
        ("DATABASE", "postgres://reader:secret@db/mesh", "uri"),
        ("FAX", "tel:1", "kind"),
    ],
)
def test_access_points_that_are_not(kind, uri, place):
    faults = validation.Faults()
    validation.access_points(faults, [{"kind": "BATCH", "uri": "s3://ok"}, {"kind": kind, "uri": uri}], ("x",))
    assert [fault.field for fault in faults.found] == [("x", "1", place)]


def test_the_same_access_point_twice_is_one():
    point = {"kind": "BATCH", "uri": "s3://bucket"}
    assert validation.access_points(validation.Faults(), [point, point], ()) == [point]


@pytest.mark.parametrize("name", ["a", "0", "customer_events", "a-b_c9", "x" * 128])
def test_names_that_are_taken(name):
    faults = validation.Faults()
    assert validation.name(faults, name, ()) == name
    assert faults.found == []


@pytest.mark.parametrize("name", ["", "A", "_a", "-a", "a b", "a.b", "a\n", "ä", "x" * 129, None, 5])
def test_names_that_are_not(name):
    faults = validation.Faults()
    validation.name(faults, name, ("name",))
    assert [fault.field for fault in faults.found] == [("name",)]


def test_depth_costs_no_stack():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    faults = validation.Faults()
    validation.metadata(faults, {"x": deep}, ("metadata",))
    assert faults.found[0].message == "Metadata is nested at most 16 levels."
    while deep:  # a list this deep cannot be freed by itself without recursion
        deep = deep[0]


def test_metadata_as_deep_as_allowed_is_taken():
    value: dict = {}
    for _ in range(validation.MAX_METADATA_DEPTH - 1):
        value = {"x": value}
    faults = validation.Faults()
    assert validation.metadata(faults, value, ()).count("x") == validation.MAX_METADATA_DEPTH - 1
    assert faults.found == []
