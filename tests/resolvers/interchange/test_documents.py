"""What is wrong with a document is told in words, whatever it is: by its path, and with what to do."""

import copy
from typing import Any

import pytest

from resolvers.interchange.documents import Bad, Document, read
from tests.resolvers.interchange.meshes import ORDERS, REVENUE, SALES, edge, product, urn

VALUES: list[Any] = [
    *(None, True, 0, -1, 1.5, 2**63, 2**64, -(2**63) - 1, 10**400, float("inf"), "", "x", "\ud800", "\x00"),
    *([], [1], [None], [[]], [{}], ["x"], {}, {"a": 1}, {"": None}, {"a": {"b": [{}]}}, [{"kind": []}]),
]
DOCUMENTS: list[dict[str, Any]] = [
    {
        **SALES,
        "defaults": {
            **SALES["defaults"],
            "binding": ["SLA"],
            "quality": [{"dimension": "completeness", "threshold": 0.9}],
            "infrastructure": {"storage": {"bucketPrefix": "x-"}, "network": {"partitions": 3}},
            "classificationByProduct": [{"product": "orders", "classification": "PUBLIC"}],
            "retentionByProduct": [{"product": "orders", "days": 3}],
        },
        "businessRules": [{"id": "positive", "sql": "amount > 0", "products": ["orders"]}],
    },
    {
        **ORDERS,
        "contract": {**ORDERS["contract"], "without": ["retention"]},
        "template": {"name": "shop", "version": "1.0.0"},
        "qualitySchedules": [{"accessPoint": "batch", "every": "PT6H"}],
        "accessPoints": [{"kind": "BATCH", "uri": "s3://b/o", "name": "o", "format": "csv", "options": {"delim": ";"}}],
        "contractHistory": [{"version": "0.9.0", "format": "json", "jsonSchema": {"type": "object"}}],
    },
    {
        **REVENUE,
        "status": "DEPRECATED",
        "successor": urn("orders"),
        "sunset": "2999-01-01",
        "contract": {
            **REVENUE["contract"],
            "binding": False,
            "sla": [{"metric": "latency", "target": 3, "unit": "ms"}],
            "quality": [
                {"dimension": "validity", "rule": {"id": "r", "metric": "nullValues", "property": "a", "mustBe": 0}}
            ],
            "semanticModel": {"grain": "day"},
        },
    },
    edge(urn("a"), urn("b"), dependencyKind="reads", fields=["x"], contractVersion="1.0.0", origin="BOTH"),
    {
        "kind": "Policy",
        "name": "levels",
        "enforcement": "ADVISORY",
        "domain": "sales",
        "paused": False,
        "effectiveFrom": "2999-01-01T00:00:00Z",
        "rule": {"builtin": {"name": "minimum_sla_requirements", "parameters": {"levels": []}}},
    },
    {"kind": "Policy", "name": "cel", "enforcement": "MANDATORY", "rule": {"expression": "true"}},
    {"kind": "Policy", "name": "graph", "enforcement": "MANDATORY", "rule": {"graphPattern": "MATCH (p) RETURN p.id"}},
    {
        "kind": "Waiver",
        "policy": "cel",
        "policyDomain": "sales",
        "product": urn("a"),
        "reason": "soon",
        "expiresAt": "2999-01-01T00:00:00Z",
    },
    {
        "kind": "Template",
        "name": "shop",
        "version": "1.0.0",
        "configSchema": {"type": "object", "properties": {"name": {"type": "string"}}},
        "body": {"name": "${config.name}", "type": "SOURCE", "contract": {"version": "1.0.0", "jsonSchema": {}}},
    },
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document, whose value may be another."""
    if path and ("jsonSchema" in path or "semanticModel" in path) and path[-1] not in ("jsonSchema", "semanticModel"):
        return []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in items for place in places(inner, (*path, key)))]


def changed(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    made = copy.deepcopy(document)
    at: Any = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return made


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: f"{one['kind']} {one.get('name', '')}")
def test_any_value_at_any_place_is_taken_or_told_with_its_place(document):
    (taken,) = read([Document("m.jsonl:1", document)])
    assert not isinstance(taken, Bad) or document["name"] == "levels", taken
    for path in places(document):
        for value in VALUES:
            (found,) = read([Document("m.jsonl:1", changed(document, path, value))])
            if isinstance(found, Bad):
                assert found.reasons
                assert all(reason.startswith("m.jsonl:1") for reason in found.reasons), (path, value, found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: f"{one['kind']} {one.get('name', '')}")
def test_what_is_beyond_what_the_graph_keeps_is_never_taken(document):
    for path in places(document)[1:]:
        for value in (2**64, -(2**63) - 1, float("inf"), "\ud800"):
            (found,) = read([Document("m.jsonl:1", changed(document, path, value))])
            assert isinstance(found, Bad), (path, value, found)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"name": "sales"},
            "kind: Each document has a `kind`, one of Domain, DataProduct, Dependency, Policy, Waiver, ",
        ),
        ({"kind": "Product"}, "got 'Product'"),
        (product("a", ownerteam="x"), "The document does not know ownerteam (is it ownerTeam?)."),
        (product("a", descripton="x", zzz=1), "does not know descripton (is it description?), zzz."),
        (product("a", template={"name": "x"}), "template: Give the name and the version of a template"),
        (product("a", qualitySchedules=[{"accessPoint": "a", "every": "P1Y"}]), "qualitySchedules.0.every: 'P1Y' is"),
        (product("a", qualitySchedules=[{"accessPoint": "a", "every": "PT1S"}]), "A schedule is from PT1M to P366D."),
        (product("a", contract={"version": "1.0.0", "jsonSchema": {}, "binding": True}), "`binding` is false"),
        (product("a", version="1.0.0\n"), "version: A version is a semantic version"),
        (product("a", contract={"version": "1.0.0\n", "jsonSchema": {}}), "contract.version: is a semantic version"),
        (product("a", status="DEPRECATED", sunset="1969-12-31"), "sunset: '1969-12-31' is out of range"),
        (product("a", status="DEPRECATED", sunset="10000-01-01"), "sunset: '10000-01-01' is not a day"),
    ],
)
def test_a_newcomer_is_told_what_to_do(document, message):
    (found,) = read([Document("m.jsonl:1", document)])
    assert isinstance(found, Bad)
    assert any(message in reason for reason in found.reasons), found.reasons


def test_urns_are_taken_as_people_paste_them():
    document = product(
        "a", dependencies=[{"provider": "URN:MESH:sales:Orders"}, {"provider": "urn%3Amesh%3Asales%3Ab"}]
    )
    (found,) = read([Document("m.jsonl:1", document)])
    assert not isinstance(found, Bad)
    assert [one.provider for one in found.edges] == [urn("orders"), urn("b")]
