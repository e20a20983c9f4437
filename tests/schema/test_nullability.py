"""An error in one field leaves the others: what a field of its own reads or takes can be null."""

import inspect
from typing import Any

import pytest
from graphql import GraphQLNonNull, GraphQLObjectType

from resolvers.model.access import ADMINISTRATOR
from schema.context import Context
from schema.schema import schema
from tests.graphql_execution import ask, ask_wrongly
from tests.mesh import Mesh
from tests.writes import a_domain, a_product, contract

# What a page is made of: without it there is no page, so the connection is null. The caller is there without a read.
WHOLE = {"nodes", "edges", "pageInfo", "_entities", "_service", "viewer", "may", "catalogEvents", "qualityRunProgress"}

# These compute from what their parent holds, and await nothing but the turns of other requests.
COMPUTED = {"cycles", "byDomain", "byPolicy"}


def own_fields() -> list[Any]:
    """Fields with arguments or an asynchronous resolver, but those that load one record by the key that they hold."""
    found = []
    for kind in schema._schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        described = schema.schema_converter.type_map[kind.name].definition
        for one in described.fields:  # type: ignore[union-attr]
            name = schema.config.name_converter.from_field(one)
            resolver = one.base_resolver
            alone = resolver is not None and inspect.iscoroutinefunction(resolver.wrapped_func)
            root = kind.name in ("Query", "Mutation")
            if (
                (root or kind.fields[name].args or alone)
                and "load" not in one.metadata
                and name not in WHOLE | COMPUTED
            ):
                found.append(pytest.param(kind.fields[name], id=f"{kind.name}.{name}"))
    return found


@pytest.mark.parametrize("field", own_fields())
def test_a_field_that_can_fail_by_itself_is_nullable(field):
    assert not isinstance(field.type, GraphQLNonNull)


async def test_an_error_of_one_root_field_leaves_the_others(store):
    mesh = Mesh()
    mesh.product("lab", "a")
    await mesh.write(store)
    query = """{
      domains { nodes { name } }
      dataProducts(first: 5000) { nodes { name } }
      lineage(roots: ["urn:mesh:lab:none"]) { nodes { distance } }
      complianceReport(scope: {domain: "nowhere"}) { checkedProducts }
      impact(productId: "prd_none", change: {dropProduct: true}) { breaking }
      auditEvents(first: 0) { nodes { id } }
    }"""
    data, errors = await ask_wrongly(store, query)
    assert data.pop("domains") == {"nodes": [{"name": "lab"}]}
    assert data == dict.fromkeys(["dataProducts", "lineage", "complianceReport", "impact", "auditEvents"])
    assert sorted(error["path"] for error in errors) == [[name] for name in sorted(data)]


async def test_an_error_below_a_product_leaves_the_product(store):
    await a_domain(store)
    product = await a_product(store, contract=contract())
    query = """query ($id: ID!) { dataProduct(id: $id) { name contracts(first: 0) { totalCount }
      lineage(depth: 101) { depthReached } contract { version changesFrom(version: "9.9.9") { breaking } } } }"""
    data, errors = await ask_wrongly(store, query, id=product.id)
    assert data["dataProduct"] == {
        "name": "orders",
        "contracts": None,
        "lineage": None,
        "contract": {"version": "1.0.0", "changesFrom": None},
    }
    assert len(errors) == 3


async def test_an_error_of_one_mutation_leaves_what_another_answered(store):
    await a_domain(store)
    mutation = """mutation {
      done: dataProductCreate(input: {domain: "sales", name: "orders", type: SOURCE}) { dataProduct { urn } }
      wrong: dataProductCreate(input: {domain: "sales", name: "bills", type: SOURCE}) {
        dataProduct { urn contracts(first: 0) { totalCount } } }
    }"""
    result = await schema.execute(mutation, context_value=Context(store, ADMINISTRATOR))
    assert result.data == {
        "done": {"dataProduct": {"urn": "urn:mesh:sales:orders"}},
        "wrong": {"dataProduct": {"urn": "urn:mesh:sales:bills", "contracts": None}},
    }
    assert [error.path for error in result.errors or ()] == [["wrong", "dataProduct", "contracts"]]


async def test_a_first_version_has_no_changes_and_no_error(store):
    await a_domain(store)
    await a_product(store, contract=contract())
    query = '{ dataContract(id: "urn:mesh:sales:orders") { changesFrom { breaking } } }'
    assert await ask(store, query) == {"dataContract": {"changesFrom": None}}


async def test_a_lineage_of_the_time_before_a_product_says_so_as_data(store):
    await a_domain(store)
    product = await a_product(store)
    query = """query ($at: DateTime) {
      dataProduct(urn: "urn:mesh:sales:orders") {
        lineage(asOf: $at) { nodes { distance } absent { reason root urn createdAt } }
      }
      lineage(roots: ["urn:mesh:sales:orders"], asOf: $at) {
        roots { id } edges { source } cycles depthReached truncated truncation { reason } absent { reason }
      }
    }"""
    early = "2020-01-01T00:00:00.000000Z"
    data = await ask(store, query, at=early)
    absence = {"reason": "NOT_YET_CREATED", "root": product.id, "urn": product.urn, "createdAt": product.created_at}
    assert data["dataProduct"]["lineage"] == {"nodes": [], "absent": [absence]}
    assert data["lineage"] == {
        "roots": [],
        "edges": [],
        "cycles": [],
        "depthReached": 0,
        "truncated": False,
        "truncation": [],
        "absent": [{"reason": "NOT_YET_CREATED"}],
    }
    assert (await ask(store, query, at=product.created_at))["lineage"]["absent"] == []
