"""Any operation on the whole schema: compiled or by graphql-core, the same bytes."""

import asyncio
import math
from typing import Any, LiteralString

import pytest
from graphql import (
    REMOVE,
    ArgumentNode,
    DocumentNode,
    NameNode,
    ObjectFieldNode,
    OperationType,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from graph_api.execution.engine import Engine, Operation
from graph_api.execution.limits import limits_of
from graph_api.settings import Settings
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from schema.context import Context
from schema.schema import schema
from tests.graph_api.execution.compiled.answers import assert_alike
from tests.mesh import AT, Mesh

NOW = "2026-06-01T00:00:00.000000Z"
IDS = st.sampled_from(
    [
        "prd_sales.orders",
        "prd_sales.revenue",
        "prd_finance.bills",
        "dom_sales",
        "ctr_sales.orders@1.0.0",
        "pol_1",
        "evt_1",
    ]
)


def as_object(given: dict[str, str]) -> nodes.Object:
    fields = [ObjectFieldNode(name=NameNode(value=name), value=nodes.String(value)) for name, value in given.items()]
    return nodes.Object(tuple(fields))


SCALARS = {
    "JSON": st.sampled_from(["a", "b"]).map(nodes.String),
    "DateTime": st.sampled_from([AT, "2026-05-01T00:00:00Z"]).map(nodes.String),
    "Duration": st.just("P1D").map(nodes.String),
    "_Any": st.sampled_from(
        [
            {"__typename": "DataProduct", "id": "prd_sales.orders"},
            {"__typename": "DataProduct", "urn": "urn:mesh:finance:bills"},
            {"__typename": "DataProduct", "id": "prd_none"},
            {"__typename": "Domain", "name": "sales"},
            {"__typename": "DataContract", "id": "ctr_sales.orders@1.0.0"},
            {"__typename": "Elsewhere", "id": "x"},
        ]
    ).map(as_object),
    "ID": IDS.map(nodes.String),
}


# Arguments that a random value makes an error of, which both sides then tell alike; some runs are to get further.
PLAIN = {
    "version": nodes.String("1.0.0"),
    "productId": nodes.String("prd_sales.orders"),
    "roots": nodes.List((nodes.String("prd_sales.orders"),)),
    "name": nodes.String("sales"),
}
DROPPED = frozenset({"first", "after", "urn", "depth", "maxNodes", "search", "scope", "asOf"})


class Tamed(Visitor):
    def enter_argument(self, node: ArgumentNode, *_: Any) -> Any:
        if node.name.value in DROPPED:
            return REMOVE
        plain = PLAIN.get(node.name.value)
        return ArgumentNode(name=node.name, value=plain) if plain is not None else None


def tamed(document: DocumentNode) -> str:
    return print_ast(visit(document, Tamed()))


def a_mesh() -> Mesh:
    mesh = Mesh()
    orders = mesh.product("sales", "orders", tags=["core"], access=[{"kind": "API", "uri": "https://a/b"}])
    revenue = mesh.product("sales", "revenue", type="AGGREGATE", status="DEPRECATED", metadata={"tier": [1, None]})
    bills = mesh.product("finance", "bills", type="DERIVED")
    mesh.contract(orders, fields=["order_id:string", "lines[].sku:string"], retention_json='{"days":30}')
    mesh.contract(
        bills, classification=None, sla_json='[{"metric":"freshness","target":2,"unit":"h","better":"LOWER"}]'
    )
    for consumer, provider in ((revenue, orders), (bills, revenue), (orders, bills), (bills, orders)):
        mesh.depends(consumer, provider, fields=["order_id"])
    mesh.depends(revenue, bills, valid_to="2026-02-01T00:00:00.000000Z")
    mesh.policy("data_classification_required", enforcement="MANDATORY")
    mesh.policy("retention_policy_required", domain="finance")
    mesh.event("dataProductCreate", "DATA_PRODUCT", orders.id, "sales")
    mesh.event("dataProductUpdate", "DATA_PRODUCT", orders.id, "sales", before_json='{"a": 1}')
    return mesh


@pytest.fixture
async def filled(store, monkeypatch):
    await a_mesh().write(store)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return store


def engine() -> Engine:
    lax = Settings(_env_file=None).model_copy(update={"max_cost": math.inf, "max_depth": 500, "max_aliases": 10**6})  # type: ignore[call-arg]
    return Engine(schema, limits_of(lax), seconds=120)


class InTurn:
    """Reads one at a time, in the order asked. Of several faults below one null only the first is told, which would
    else be that of the quicker read."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._turn = asyncio.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def read(self, query: LiteralString, /, **parameters: Any) -> Any:
        async with self._turn:
            return await self._store.read(query, **parameters)

    async def read_within(self, seconds: float, query: LiteralString, /, **parameters: Any) -> Any:
        async with self._turn:
            return await self._store.read_within(seconds, query, **parameters)


async def answer(runs: Engine, store: Any, query: str, compiles: bool) -> tuple[dict[str, Any], int]:
    runs.compiles = compiles
    prepared = runs.prepare(Operation(query, {}, None, {}), "id")
    found = await runs.run(prepared, Context(InTurn(store), ADMINISTRATOR), "id")
    return found.payload(), prepared.document.compiled.hits


COUNTS = {"hits": 0, "runs": 0}


@settings(
    max_examples=150,
    phases=[Phase.explicit, Phase.generate],  # shrinking a whole operation takes longer than reading it
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
@given(
    query=st.one_of(
        queries(schema._schema, custom_scalars=SCALARS, allow_x00=False, codec="ascii"),
        queries(schema._schema, custom_scalars=SCALARS, allow_x00=False, codec="ascii", print_ast=tamed),
        queries(schema._schema, custom_scalars=SCALARS, allow_x00=False, codec="ascii", print_ast=tamed),
    )
)
async def test_generated_operations(filled, query):
    assert parse(query).definitions[0].operation is OperationType.QUERY
    runs = engine()
    if runs.documents.get(query).errors:  # the generator knows nothing of @oneOf
        reject()
    stock, _ = await answer(runs, filled, query, False)
    compiled, hits = await answer(runs, filled, query, True)
    assert_alike(stock, compiled)
    COUNTS["runs"] += 1
    COUNTS["hits"] += hits


def test_nearly_all_generated_operations_ran_compiled():
    """Else the test above compared graphql-core with itself."""
    assert COUNTS["runs"] >= 150, COUNTS
    assert COUNTS["hits"] >= 0.9 * COUNTS["runs"], COUNTS
