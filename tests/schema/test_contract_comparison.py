"""Contracts compared in a graph: whose fields a change hits, schemas of several resources, and large ones."""

import threading
from typing import Any

import pytest

from resolvers.contracts import diff
from resolvers.contracts.comparison.comparison import TOO_LARGE
from resolvers.interchange import import_mesh
from resolvers.model.access import ADMINISTRATOR
from resolvers.writes.dependency_edges import DependencyInput
from tests.checksum import checksum
from tests.graphql_execution import ask
from tests.resolvers.contracts.comparison.test_seen import ORDER, doubled
from tests.writes import SALES_OWNER, a_domain, a_product, contract

IMPACT = """query($id: ID!, $contract: DataContractInput!) {
  impact(productId: $id, change: {contract: $contract}) {
    breaking
    affectedConsumers { product { name } basis hits { rule field declared witness message } }
    diff { changes { rule field severity message witness } }
  }
}"""
PUBLISH = """mutation($id: ID!, $contract: DataContractInput!) {
  dataContractPublish(productId: $id, contract: $contract) { contract { version } userErrors { code message } }
}"""
PRODUCT = "query($id: ID!) { dataProduct(id: $id) { contract { version fields { path required } } } }"


def flat(*names: str, **others: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {**{name: {"type": "string"} for name in names}, **others}}


async def provider(store: Any, schema: dict[str, Any], **consumers: list[str]) -> str:
    """A product with that schema, and consumers by name with the fields they declare."""
    for name in ("sales", "finance"):
        await a_domain(store, name)
    made = await a_product(store, "orders", contract=contract(jsonSchema=schema))
    for name, fields in consumers.items():
        await a_product(store, name, "finance", type="DERIVED", dependencies=[DependencyInput(made.id, fields=fields)])
    return made.id


async def hits(store: Any, product: str, schema: dict[str, Any]) -> dict[str, list[Any]]:
    impact = (await ask(store, IMPACT, id=product, contract=contract("2.0.0", jsonSchema=schema)))["impact"]
    return {
        one["product"]["name"]: [(hit["rule"], hit["field"], hit["declared"]) for hit in one["hits"]]
        for one in impact["affectedConsumers"]
    }


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.b", "['a.b']"),
        ("pairs[0]", "['pairs[0]']"),
        ("it's", "['it\\'s']"),
        ('say "x"', "['say \"x\"']"),
        ("map{}", "['map{}']"),
        ("back\\slash.", "['back\\\\slash.']"),
    ],
)
async def test_a_field_with_a_mark_in_its_name_is_found_behind_its_consumer(store, name, path):
    product = await provider(store, flat(name, "id"), reader=[path], other=["id"])

    assert await hits(store, product, flat("id")) == {"reader": [("field_removed", path, [path])]}
    refused = await ask(
        store, PUBLISH, caller=SALES_OWNER, id=product, contract=contract("2.0.0", jsonSchema=flat("id"))
    )
    assert refused["dataContractPublish"]["userErrors"][0]["code"] == "BREAKING_CHANGE"


async def test_the_flat_field_and_the_nested_one_have_each_their_consumer(store):
    nested = {"type": "object", "properties": {"b": {"type": "string"}}}
    product = await provider(store, flat("a.b", a=nested), flat_reader=["['a.b']"], nested_reader=["a.b"])

    assert await hits(store, product, flat(a=nested)) == {
        "flat_reader": [("field_removed", "['a.b']", ["['a.b']"])],
    }
    assert await hits(store, product, flat("a.b", a={"type": "object", "properties": {}})) == {
        "nested_reader": [("field_removed", "a.b", ["a.b"])],
    }


async def test_an_element_is_one_of_the_elements_that_a_consumer_declared(store):
    def pair(first: str) -> dict[str, Any]:
        return flat(pair={"type": "array", "prefixItems": [flat(x={"type": first}), flat("y")]})

    product = await provider(store, pair("integer"), reader=["pair[].x"], other=["pair[].y"])

    assert await hits(store, product, pair("number")) == {"reader": [("type_widened", "pair[0].x", ["pair[].x"])]}


async def test_each_consumer_is_told_its_rule_its_fields_and_a_document(store):
    count = {"type": "integer", "minimum": 1}
    old = flat("id", lines={"type": "array", "items": flat("sku", count=count)}, total={"type": "number"})
    new = flat("id", lines={"type": "array", "items": flat("sku", count={"type": "integer", "minimum": 0})})
    product = await provider(store, old, counts=["lines[].count", "id"], totals=["total"], names=["id"])

    impact = (await ask(store, IMPACT, id=product, contract=contract("2.0.0", jsonSchema=new)))["impact"]
    counts, totals = impact["affectedConsumers"]

    assert [one["product"]["name"] for one in (counts, totals)] == ["counts", "totals"]
    (hit,) = counts["hits"]
    assert (hit["rule"], hit["field"], hit["declared"]) == ("constraint_loosened", "lines[].count", ["lines[].count"])
    assert hit["witness"] == {"lines": [{"count": 0}]}
    assert hit["message"].startswith("Field 'lines[].count' had minimum 1, now 0.")
    assert [(one["rule"], one["declared"]) for one in totals["hits"]] == [("field_removed", ["total"])]


async def test_a_schema_of_several_resources_is_created_published_and_imported(store):
    expected = [("ship_to", False), ("ship_to.town", True), ("ship_to.country", False)]
    product = await provider(store, ORDER, reader=["ship_to.town"])

    def told(answer: Any) -> list[tuple[str, bool]]:
        return [(one["path"], one["required"]) for one in answer["dataProduct"]["contract"]["fields"]]

    assert told(await ask(store, PRODUCT, id=product)) == expected
    published = await ask(
        store, PUBLISH, caller=SALES_OWNER, id=product, contract=contract("1.1.0", jsonSchema={**ORDER, "title": "O"})
    )
    assert published["dataContractPublish"] == {"contract": {"version": "1.1.0"}, "userErrors": []}
    looser = {**ORDER, "$defs": {"place": {**ORDER["$defs"]["place"], "required": []}}}
    assert await hits(store, product, looser) == {
        "reader": [("field_became_optional", "ship_to.town", ["ship_to.town"])]
    }

    document = {"kind": "DataProduct", "domain": "sales", "name": "parcels", "type": "SOURCE"}
    document["contract"] = contract(jsonSchema=ORDER)
    imported = await import_mesh(store, ADMINISTRATOR, [document])
    assert imported.products == 1
    rows = await store.read("MATCH (p:DataProduct {name: 'parcels'}) RETURN p.id")
    assert told(await ask(store, PRODUCT, id=rows)) == expected


async def test_a_schema_of_an_own_scheme_is_taken(store):
    child = {"child": {"$id": "schema:/child", "type": "string"}}
    schema = {**flat(a={"$ref": "./child"}), "$id": "schema:/main", "$defs": child}
    product = await provider(store, schema)

    answer = await ask(store, PRODUCT, id=product)
    assert answer["dataProduct"]["contract"]["fields"] == [{"path": "a", "required": False}]


async def test_what_is_too_large_to_compare_is_answered_beside_the_event_loop(store, monkeypatch):
    threads = []
    compare = diff.compare_schemas

    def noting(*given: Any) -> Any:
        threads.append(threading.get_ident())
        return compare(*given)

    monkeypatch.setattr(diff, "compare_schemas", noting)
    product = await provider(store, {**flat("id"), "additionalProperties": {"$ref": "#"}}, reader=["id"])
    before = await checksum(store)

    large = contract("2.0.0", jsonSchema=doubled({"type": "string"}, 40))
    impact = (await ask(store, IMPACT, id=product, contract=large))["impact"]

    assert impact["breaking"] is True
    assert impact["diff"]["changes"][0]["message"].startswith(TOO_LARGE)
    assert [one["product"]["name"] for one in impact["affectedConsumers"]] == ["reader"]
    assert threads
    assert threading.get_ident() not in threads
    assert await checksum(store) == before
