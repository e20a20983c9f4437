"""The whole way, over HTTP and on the real database: a mutation, its refusal, the lineage answer."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from neo4j import AsyncDriver

from graph_api.app import create_app
from graph_api.auth.tokens import MISS_SECONDS, Tokens
from graph_api.database import Database
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.migrate import migrate
from graph_api.neo4j.store import Neo4jStore
from resolvers.model.access import Role
from schema.context import Context
from schema.schema import schema
from tests.graph_api.tiny import bearer, client, settings

Ask = Callable[..., Awaitable[dict[str, Any]]]

REGISTER = "mutation($i: DomainInput!) { domainRegister(input: $i) { domain { id } userErrors { code message } } }"
CREATE = """mutation($i: DataProductInput!) {
  dataProductCreate(input: $i) { dataProduct { id urn } userErrors { code field } violations { message } }
}"""
LINEAGE = """query($roots: [ID!]!) {
  lineage(roots: $roots, direction: DOWNSTREAM) { nodes { distance product { urn } } edges { source target } truncated }
}"""


@pytest.fixture
async def http(tmp_path: Path, clean_database: Endpoint, driver: AsyncDriver) -> AsyncIterator[httpx.AsyncClient]:
    await migrate(driver, clean_database.database)
    database = Database(driver, clean_database.database)
    async with client(
        create_app(settings(tmp_path), schema, database.store, Context, access=database.store())
    ) as opened:
        yield opened


@pytest.fixture
def ask(http: httpx.AsyncClient) -> Ask:
    async def run(query: str, *, token: dict[str, str] | None = None, **variables: Any) -> dict[str, Any]:
        response = await http.post("/graphql", json={"query": query, "variables": variables}, headers=token or {})
        assert response.status_code == 200
        body = response.json()
        assert "errors" not in body, body
        return body["data"]

    return run


@pytest.fixture
def checksum(cypher: Callable[..., Awaitable[list[dict[str, Any]]]]) -> Callable[[], Awaitable[str]]:
    """Of all nodes and edges with their properties."""

    async def compute() -> str:
        rows = await cypher(
            "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) WITH n, r, m ORDER BY elementId(n), elementId(r) RETURN "
            "labels(n) AS labels, properties(n) AS node, type(r) AS kind, properties(r) AS edge, elementId(m) AS m"
        )
        return hashlib.sha256(json.dumps(rows, sort_keys=True, default=str).encode()).hexdigest()

    return compute


async def test_products_and_their_dependency_come_back_as_lineage(ask: Ask) -> None:
    admin = bearer()
    registered = await ask(REGISTER, token=admin, i={"name": "sales", "ownerTeam": "sales-team"})
    assert registered["domainRegister"]["userErrors"] == []
    ids, provider = {}, []
    for name in ("orders", "revenue", "forecast"):
        product = {"domain": "sales", "name": name, "type": "DERIVED", "dependencies": provider}
        created = (await ask(CREATE, token=admin, i=product))["dataProductCreate"]
        assert (created["userErrors"], created["violations"]) == ([], [])
        ids[name] = created["dataProduct"]["id"]
        provider = [{"provider": ids[name]}]
    graph = (await ask(LINEAGE, roots=[ids["orders"]]))["lineage"]
    assert sorted((n["distance"], n["product"]["urn"]) for n in graph["nodes"]) == [
        (0, "urn:mesh:sales:orders"),
        (1, "urn:mesh:sales:revenue"),
        (2, "urn:mesh:sales:forecast"),
    ]
    assert {(edge["source"], edge["target"]) for edge in graph["edges"]} == {
        (ids["orders"], ids["revenue"]),
        (ids["revenue"], ids["forecast"]),
    }
    assert graph["truncated"] is False


async def test_a_refused_write_leaves_no_trace(
    tmp_path: Path, ask: Ask, http: httpx.AsyncClient, store: Neo4jStore, checksum: Callable[[], Awaitable[str]]
) -> None:
    await ask(REGISTER, token=bearer(), i={"name": "sales", "ownerTeam": "sales-team"})
    await ask(REGISTER, token=bearer(), i={"name": "orders", "ownerTeam": "orders-team"})
    reader = bearer(await Tokens(settings(tmp_path), store).issue("rita", [Role.READER]))
    stranger = bearer(await Tokens(settings(tmp_path), store).issue("olga", [Role.DOMAIN_OWNER], ["orders"]))
    product = {"domain": "sales", "name": "orders", "type": "SOURCE"}
    before = await checksum()
    for token, code in ((None, "UNAUTHENTICATED"), (reader, "FORBIDDEN"), (stranger, "FORBIDDEN")):
        refused = (await ask(CREATE, token=token, i=product))["dataProductCreate"]
        assert refused == {"dataProduct": None, "userErrors": [{"code": code, "field": None}], "violations": []}
    wrong = await http.post("/graphql", json={"query": CREATE, "variables": {"i": product}}, headers=bearer("wrong"))
    assert wrong.status_code == 401
    got = await http.get(
        "/graphql", params={"query": CREATE, "variables": json.dumps({"i": product})}, headers=bearer()
    )
    assert got.status_code == 405
    assert await checksum() == before
    owner = bearer(await Tokens(settings(tmp_path), store).issue("sam", [Role.DOMAIN_OWNER], ["sales"]))
    await asyncio.sleep(MISS_SECONDS)  # how often an unknown token has the list read again
    assert (await ask(CREATE, token=owner, i=product))["dataProductCreate"]["userErrors"] == []
    assert await checksum() != before


async def test_the_viewer_is_the_caller(tmp_path: Path, ask: Ask, store: Neo4jStore) -> None:
    query = "{ viewer { name } }"
    token = bearer(await Tokens(settings(tmp_path), store).issue("ann", [Role.READER]))
    assert (await ask(query, token=token))["viewer"] == {"name": "ann"}
    assert (await ask(query))["viewer"] == {"name": "anonymous"}


@pytest.mark.parametrize("value", ["nonsense", "prd_" + "0" * 32, "", "'} DETACH DELETE n //", "\u0000"])
async def test_ids_that_are_none_are_answered_with_null(ask: Ask, value: str) -> None:
    assert await ask("query($i: ID!) { dataProduct(id: $i) { id } }", i=value) == {"dataProduct": None}


async def test_introspection_passes_over_http(ask: Ask) -> None:
    from graphql import build_client_schema, get_introspection_query

    built = build_client_schema(await ask(get_introspection_query()))  # type: ignore[arg-type]
    assert {"Query", "Mutation", "DataProduct", "Domain"} <= set(built.type_map)
