"""dataProductCreate: a product with its contract and dependencies, or nothing at all."""

import asyncio

import orjson
import pytest

from resolvers.graph.product_snapshot import snapshot_of
from resolvers.model.access import ADMINISTRATOR, ANONYMOUS
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.inputs import ProductInput
from resolvers.writes.dependency_edges import DependencyInput
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.counting_store import CountingStore
from tests.writes import (
    OTHER_OWNER,
    READER,
    SALES_OWNER,
    a_domain,
    a_product,
    audit_actions,
    contract,
    done,
    faults,
)

ONE = (
    "MATCH (p:DataProduct {id: $id})-[:IN_DOMAIN]->(d) "
    "RETURN [properties(p), d.name, COLLECT { MATCH (p)-[:HAS_REVISION]->(r) RETURN properties(r) }]"
)


async def test_creates_a_product_with_all_it_says(store):
    domain = await a_domain(store)
    given = ProductInput(
        "sales",
        "daily_orders",
        "SOURCE",
        description=" Orders as placed. ",
        tags=["core", "orders", "core"],
        metadata={"tier": 1, "who": {"deep": [1, None]}},
        access_points=[{"kind": "API", "uri": "https://api.example.com/orders"}],
    )
    product = done(await create_product(store, SALES_OWNER, given))
    stored, domain_name, revisions = await store.read(ONE, id=product.id)
    assert stored == {
        "id": product.id,
        "urn": "urn:mesh:sales:daily_orders",
        "name": "daily_orders",
        "searchKeys": [
            f"={product.id}",
            "=urn:mesh:sales:daily_orders",
            "=sales:daily_orders",
            "=daily-orders",
        ],
        "searchWords": "daily orders dailyorders",
        "descriptionWords": "orders as placed",
        "tagWords": ["core", "orders"],
        "tagKeys": ["core", "orders"],
        "ownerWords": "sales team",
        "snapshot": snapshot_of(product),
        "description": "Orders as placed.",
        "domain": "sales",
        "domainId": domain.id,
        "ownerTeam": "sales-team",
        "type": "SOURCE",
        "status": "DEVELOPMENT",
        "version": "1.0.0",
        "tags": ["core", "orders"],
        "metadataJson": '{"tier":1,"who":{"deep":[1,null]}}',
        "accessPointsJson": '[{"kind":"API","uri":"https://api.example.com/orders"}]',
        "revision": 1,
        "createdAt": product.created_at,
        "updatedAt": product.created_at,
    }
    assert domain_name == "sales"
    assert [(r["revision"], r["validFrom"], r.get("validTo"), r["status"]) for r in revisions] == [
        (1, product.created_at, None, "DEVELOPMENT")
    ]
    assert orjson.loads(revisions[0]["documentJson"])["metadata"] == {"tier": 1, "who": {"deep": [1, None]}}


async def test_creates_contract_and_dependencies_in_the_same_write(store):
    await a_domain(store)
    source = await a_product(store, "orders", contract=contract())
    given = ProductInput(
        "sales",
        "revenue",
        "AGGREGATE",
        contract=contract("2.0.0", classification="CONFIDENTIAL"),
        dependencies=[DependencyInput(source.id, ["total", "customer.id"], "1.0.0")],
    )
    outcome = await create_product(store, SALES_OWNER, given)
    product = done(outcome)
    assert product.classification == "CONFIDENTIAL"
    assert product.contract_id == outcome.extra["contract"].id
    assert outcome.extra["contract"].version == "2.0.0"
    edge = await store.read(
        "MATCH (:DataProduct {id: $id})-[r:DEPENDS_ON]->(b) RETURN [b.id, properties(r)]", id=product.id
    )
    assert edge == [
        source.id,
        {
            "kind": "feeds",
            "origin": "DECLARED",
            "since": product.created_at,
            "fields": ["total", "customer.id"],
            "contractVersion": "1.0.0",
        },
    ]
    assert await store.read("MATCH (r:ProductRevision {productId: $id}) RETURN r.contractId", id=product.id) == (
        product.contract_id
    )
    assert await audit_actions(store) == ["domainRegister", "dataProductCreate", "dataProductCreate"]


async def test_takes_over_the_defaults_of_its_domain(store):
    defaults = {
        "classification": "INTERNAL",
        "classificationByProduct": {"pii": "CONFIDENTIAL"},
        "retention": {"days": 1095},
        "retentionByProduct": {"events": {"days": 2555}},
        "sla": [{"metric": "availability", "target": 0.999}],
        "quality": [{"dimension": "completeness", "threshold": 0.95}],
        "format": "parquet",
        "accessPoints": [{"kind": "BATCH", "uri": "s3://data-mesh-{domain}/{name}/"}],
    }
    await a_domain(store, defaults=defaults)
    bare = {"version": "1.0.0", "jsonSchema": {"type": "object"}}
    given = [ProductInput("sales", name, "SOURCE", contract=bare) for name in ("pii", "events")]
    pii, events = [await create_product(store, SALES_OWNER, one) for one in given]
    assert pii.thing.classification == "CONFIDENTIAL"
    assert events.thing.classification == "INTERNAL"
    assert pii.extra["contract"].format == "parquet"
    assert [orjson.loads(one.extra["contract"].retention_json)["days"] for one in (pii, events)] == [1095, 2555]
    assert orjson.loads(events.extra["contract"].quality_json)[0]["dimension"] == "completeness"
    assert orjson.loads(events.thing.access_points_json) == [{"kind": "BATCH", "uri": "s3://data-mesh-sales/events/"}]


async def test_what_a_contract_says_comes_before_the_defaults(store):
    await a_domain(store, defaults={"retention": {"days": 10}, "sla": [{"metric": "availability", "target": 0.9}]})
    given = ProductInput("sales", "orders", "SOURCE", contract=contract(sla=[]))
    made = (await create_product(store, SALES_OWNER, given)).extra["contract"]
    assert orjson.loads(made.retention_json) == {"days": 365}
    assert orjson.loads(made.sla_json) == []


async def test_tells_every_fault_at_once(store):
    await a_domain(store)
    before = await checksum(store)
    given = ProductInput(
        "sales",
        "Bad Name",
        "SOURCE",
        version="1",
        tags=["", "x" * 65],
        metadata=[1],
        access_points=[{"kind": "API", "uri": "s3://bucket"}, {"kind": "BATCH", "uri": "nowhere"}],
        contract={"version": "x", "format": "json", "jsonSchema": {"type": "wrong"}},
        dependencies=[DependencyInput(None), DependencyInput("prd_1", fields=[])],
    )
    outcome = await create_product(store, SALES_OWNER, given)
    assert outcome.thing is None
    told = [field for _, field in faults(outcome)]
    assert {code for code, _ in faults(outcome)} == {"INVALID_INPUT", "INVALID_CONTRACT"}
    for path in (
        ("input", "name"),
        ("input", "version"),
        ("input", "tags", "0"),
        ("input", "tags", "1"),
        ("input", "metadata"),
        ("input", "accessPoints", "0", "uri"),
        ("input", "accessPoints", "1", "uri"),
        ("input", "contract", "version"),
        ("input", "dependencies", "0", "provider"),
        ("input", "dependencies", "1", "fields"),
    ):
        assert path in told
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"domain": "nowhere"}, ("NOT_FOUND", ("input", "domain"))),
        ({"dependencies": [DependencyInput("prd_none")]}, ("NOT_FOUND", ("input", "dependencies", "0", "provider"))),
        ({"name": "orders"}, ("ALREADY_EXISTS", ("input", "name"))),
        ({"name": "a\n"}, ("INVALID_INPUT", ("input", "name"))),
        ({"name": "x" * 129}, ("INVALID_INPUT", ("input", "name"))),
        ({"description": "x" * 10_001}, ("INVALID_INPUT", ("input", "description"))),
        ({"description": "\ud800"}, ("INVALID_INPUT", ("input", "description"))),
        ({"owner_team": " "}, ("INVALID_INPUT", ("input", "ownerTeam"))),
        ({"tags": [str(i) for i in range(51)]}, ("INVALID_INPUT", ("input", "tags"))),
        ({"metadata": {"x": "y" * 65_536}}, ("INVALID_INPUT", ("input", "metadata"))),
        ({"metadata": {"x": float("inf")}}, ("INVALID_INPUT", ("input", "metadata", "x"))),
        ({"metadata": {"x": 10**40}}, ("INVALID_INPUT", ("input", "metadata", "x"))),
    ],
)
async def test_refuses_and_leaves_no_trace(store, changes, expected):
    await a_domain(store)
    await a_product(store, "orders")
    before = await checksum(store)
    given = ProductInput("sales", "fresh", "SOURCE")._replace(**changes)
    outcome = await create_product(store, ADMINISTRATOR, given)
    assert outcome.thing is None
    assert faults(outcome) == [expected]
    assert await checksum(store) == before


async def test_refuses_promises_its_provider_never_made(store):
    await a_domain(store)
    bare, full = await a_product(store, "bare"), await a_product(store, "full", contract=contract())
    before = await checksum(store)
    edges = [
        DependencyInput(bare.id, ["total"]),
        DependencyInput(full.id, ["total", "nothing"]),
    ]
    outcome = await create_product(store, SALES_OWNER, ProductInput("sales", "x", "DERIVED", dependencies=edges))
    assert faults(outcome) == [
        ("INVALID_INPUT", ("input", "dependencies", "0", "fields")),
        ("NOT_FOUND", ("input", "dependencies", "1", "fields", "1")),
    ]
    pin = [DependencyInput(full.id, None, "9.0.0")]
    outcome = await create_product(store, SALES_OWNER, ProductInput("sales", "x", "DERIVED", dependencies=pin))
    assert faults(outcome) == [("NOT_FOUND", ("input", "dependencies", "0", "contractVersion"))]
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("caller", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (READER, "FORBIDDEN"), (OTHER_OWNER, "FORBIDDEN")]
)
async def test_denies_and_leaves_no_trace(store, caller, code):
    await a_domain(store)
    before = await checksum(store)
    outcome = await create_product(store, caller, ProductInput("sales", "orders", "SOURCE", contract=contract()))
    assert outcome.thing is None
    assert faults(outcome) == [(code, ())]
    assert await checksum(store) == before


async def test_a_dry_run_answers_and_leaves_no_trace(store):
    await a_domain(store)
    before = await checksum(store)
    given = ProductInput("sales", "orders", "SOURCE", contract=contract())
    outcome = await create_product(store, SALES_OWNER, given, WriteOptions(dry_run=True, idempotency_key="k"))
    assert done(outcome).urn == "urn:mesh:sales:orders"
    assert outcome.dry_run
    assert await checksum(store) == before


async def test_only_one_of_two_at_once_gets_the_name(store):
    await a_domain(store)
    given = ProductInput("sales", "orders", "SOURCE", contract=contract())
    outcomes = await asyncio.gather(*(create_product(store, SALES_OWNER, given) for _ in range(6)))
    assert sorted(faults(outcome) for outcome in outcomes) == [[]] + [[("ALREADY_EXISTS", ("input", "name"))]] * 5
    assert await store.read("MATCH (p:DataProduct) RETURN count(p)") == 1
    assert await store.read("MATCH (c:DataContract) RETURN count(c)") == 1


async def test_a_governed_create_takes_few_statements(store):
    await a_domain(store)
    source = await a_product(store, "orders", contract=contract())
    counting = CountingStore(store)
    given = ProductInput(
        "sales", "revenue", "AGGREGATE", contract=contract(), dependencies=[DependencyInput(source.id)]
    )
    done(await create_product(counting, SALES_OWNER, given))
    assert len(counting.statements) <= 10
    bare = CountingStore(store)
    done(await create_product(bare, SALES_OWNER, ProductInput("sales", "bare", "SOURCE")))
    assert len(bare.statements) <= 8
