"""Fields that look at the whole mesh are priced by what they read, and equal ones read once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from graphql import FragmentDefinitionNode, parse

from graph_api.app import create_app
from graph_api.execution.cost import CostModel
from graph_api.neo4j.store import READS_AT_ONCE, Neo4jStore
from schema.context import Context
from schema.entities import MAX_FAULTS
from schema.schema import schema
from tests.graph_api.tiny import client, settings
from tests.writes import a_domain, a_product

GRAPHQL = schema._schema


def price(text: str, **variables: Any) -> float:
    document = parse(text)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    return CostModel(GRAPHQL, fragments, 200_000).price(document.definitions[0], variables)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("{ complianceReport { checkedProducts } }", {}, 50_001.1),
        ('{ complianceReport(scope: {domain: "d"}) { checkedProducts } }', {}, 3_001.1),
        ('{ complianceReport(scope: {products: ["a", "b"]}) { checkedProducts } }', {}, 21.1),
        ("query($s: ComplianceScopeInput) { complianceReport(scope: $s) { checkedProducts } }", {}, 50_001.1),
        (
            "query($i: [ID!]) { complianceReport(scope: {products: $i}) { checkedProducts } }",
            {"i": ["a"] * 100},
            1_001.1,
        ),
        ("{ complianceHistory { note } }", {}, 7_001.1),
        ("{ dataProducts(first: 1) { totalCount } }", {}, 501.1),
        ("{ dataProducts(first: 1) { ...C } } fragment C on DataProductConnection { totalCount }", {}, 501.1),
        ("{ dataProducts(first: 1) { facets { type { count } } } }", {}, 6_001 + 1 + 10 * 1.1),
        ("{ dataProducts(first: 1, filter: {compliant: true}) { pageInfo { hasNextPage } } }", {}, 25_002.1),
        (
            "query($f: DataProductFilter) { dataProducts(filter: $f) { totalCount } }",
            {"f": {"compliant": False}},
            25_501.1,
        ),
        ("query($f: DataProductFilter) { dataProducts(filter: $f) { totalCount } }", {"f": {}}, 501.1),
        ("{ dataProducts(first: 2) { nodes { compliance { checkedProducts } } } }", {}, 1 + 2 * 12.1),
        ("{ domains(first: 2) { nodes { dataProducts(first: 1) { totalCount } } } }", {}, 1 + 2 * (1 + 1 + 10 + 0.1)),
        ('{ lineage(roots: ["a"], asOf: "2026-01-01T00:00:00Z") { truncated } }', {}, 8_001.1),
        ('{ lineage(roots: ["a"]) { truncated } }', {}, 1.1),
    ],
)
def test_what_looks_at_the_mesh_is_priced_by_that(text: str, variables: dict[str, Any], expected: float) -> None:
    assert price(text, **variables) == pytest.approx(expected)


def test_prices_by_variables_are_not_remembered() -> None:
    [operation] = parse("query($f: DataProductFilter) { dataProducts(filter: $f) { totalCount } }").definitions
    model = CostModel(GRAPHQL, {}, 200_000)
    model.price(operation, {})  # type: ignore[arg-type]
    assert model.sized_by_variables


class Counting(Neo4jStore):
    """Counts its reads, and the most that ran at once."""

    reads = running = most = 0

    async def _read_once(self, *given: Any) -> Any:
        Counting.reads += 1
        return await super()._read_once(*given)


@pytest.fixture
def counting(store: Neo4jStore) -> type[Counting]:
    Counting.reads = 0
    return Counting


async def ask(app: Any, query: str, **variables: Any) -> Any:
    async with client(app) as http:
        return (await http.post("/graphql", json={"query": query, "variables": variables})).json()


def app_of(tmp_path: Path, store: Neo4jStore, **changes: Any) -> Any:
    def open_store(bookmarks: tuple[str, ...]) -> Counting:
        return Counting(store._driver, store._database, bookmarks)

    return create_app(settings(tmp_path, **changes), schema, open_store, Context)


@pytest.mark.parametrize("field", ["complianceReport { checkedProducts }", "dataProducts { totalCount }"])
async def test_fifty_mesh_wide_aliases_are_refused_or_few(tmp_path: Path, store: Neo4jStore, field: str) -> None:
    query = "{ " + " ".join(f"a{number}: {field}" for number in range(50)) + " }"
    answer = await ask(app_of(tmp_path, store, max_cost=20_000), query)
    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("complianceReport { checkedProducts }", {"checkedProducts": 1}),
        ("complianceHistory { note }", {"note": None}),
        ("dataProducts(filter: {status: [DEVELOPMENT]}) { totalCount }", {"totalCount": 1}),
        ("dataProducts(filter: {compliant: true}) { totalCount }", {"totalCount": 1}),
        ("dataProducts { facets { domain { count } } }", {"facets": {"domain": [{"count": 1}]}}),
        ('impact(productId: "urn:mesh:sales:orders", change: {dropProduct: true}) { breaking }', {"breaking": False}),
        ('lineage(roots: ["urn:mesh:sales:orders"]) { truncated }', {"truncated": False}),
        (
            'lineage(roots: ["urn:mesh:sales:orders"], asOf: "2020-01-01T00:00:00Z") { absent { reason } }',
            {"absent": [{"reason": "NOT_YET_CREATED"}]},
        ),
    ],
)
async def test_equal_ones_in_an_operation_are_made_once(
    tmp_path: Path, store: Neo4jStore, counting: type[Counting], field: str, expected: Any
) -> None:
    await a_domain(store)
    await a_product(store)
    app = app_of(tmp_path, store, max_cost=3_000_000)
    one = await ask(app, f"{{ a0: {field} }}")
    if "note" not in expected:
        assert one == {"data": {"a0": expected}}
    reads, counting.reads = counting.reads, 0
    many = await ask(app, "{ " + " ".join(f"a{number}: {field}" for number in range(50)) + " }")
    assert many == {"data": {f"a{number}": one["data"]["a0"] for number in range(50)}}
    assert counting.reads == reads


async def test_one_request_has_few_reads_at_once(store: Neo4jStore) -> None:
    running, most = 0, 0

    class Watched(Neo4jStore):
        def _session(self, access_mode: str | None = None):
            nonlocal running, most
            running += 1
            most = max(most, running)
            return super()._session(access_mode)

        async def _read_once(self, *given: Any) -> Any:
            nonlocal running
            try:
                return await super()._read_once(*given)
            finally:
                running -= 1

    watched = Watched(store._driver, store._database)
    assert await asyncio.gather(*(watched.read("RETURN $n", n=n) for n in range(20))) == list(range(20))
    assert most <= READS_AT_ONCE


async def test_many_representations_that_cannot_be_read_are_one_error(tmp_path: Path, store: Neo4jStore) -> None:
    query = "query($r: [_Any!]!) { _entities(representations: $r) { __typename } }"
    app = app_of(tmp_path, store, max_body_bytes=10_000_000)
    bad = {"__typename": "Nothing", "id": "x"}
    answer = await ask(app, query, r=[bad] * 30_000)
    [error] = answer["errors"]
    assert error["message"].startswith(
        "30,000 of 30,000 representations cannot be read; the first: representations[0] needs"
    )
    assert error["extensions"]["code"] == "INVALID_INPUT"
    few = await ask(app, query, r=[bad] * MAX_FAULTS)
    assert [error["path"] for error in few["errors"]] == [["_entities", place] for place in range(MAX_FAULTS)]


async def test_the_filter_compliant_gives_way(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from resolvers.discovery.noncompliant import offending_ids
    from resolvers.governance.engine import evaluate
    from tests.policies import a_policy

    await a_domain(store)
    await a_policy(store, "owner_required", "ADVISORY")
    for number in range(3):
        await a_product(store, f"p{number}")
    await a_policy(store, "data_classification_required", "MANDATORY")
    monkeypatch.setattr(evaluate, "PORTION", 1)
    turns = 0

    async def given_way(_seconds: float) -> None:
        nonlocal turns
        turns += 1

    monkeypatch.setattr(evaluate, "sleep", given_way)
    assert len(await offending_ids(store)) == 3
    assert turns == 3
