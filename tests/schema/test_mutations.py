"""Mutations as clients send them."""

from typing import Any

from resolvers.model.access import ADMINISTRATOR, Caller
from schema.context import Context
from schema.schema import schema
from tests.checksum import checksum
from tests.writes import ORDER_SCHEMA, READER

ERRORS = "userErrors { code message field currentRevision }"
CREATE = f"""
mutation Create($input: DataProductInput!, $dryRun: Boolean, $key: String) {{
  dataProductCreate(input: $input, dryRun: $dryRun, idempotencyKey: $key) {{
    dataProduct {{
      id urn name status revision version ownerTeam tags metadata classification
      accessPoints {{ kind uri }}
      domain {{ name }}
      contract {{ version format retention {{ days }} fields {{ path type }} }}
      dependencies {{ nodes {{ kind fields contractVersion provider {{ urn }} }} }}
    }}
    violations {{ message product {{ urn }} policy {{ name }} }} warnings {{ message }} dryRun {ERRORS}
  }}
}}"""


async def ask(store: Any, query: str, caller: Caller = ADMINISTRATOR, **variables: Any) -> Any:
    result = await schema.execute(query, variables, context_value=Context(store, caller))
    assert result.errors is None, result.errors
    assert result.data is not None
    (answer,) = result.data.values()
    return answer


async def registered(store: Any, name: str = "sales", **given: Any) -> Any:
    shown = f"domain {{ id name ownerTeam }} {ERRORS}"
    query = f"mutation($input: DomainInput!) {{ domainRegister(input: $input) {{ {shown} }} }}"
    return await ask(store, query, input={"name": name, "ownerTeam": "team", **given})


async def created(store: Any, name: str, **given: Any) -> Any:
    answer = await ask(store, CREATE, input={"domain": "sales", "name": name, "type": "SOURCE", **given})
    assert answer["userErrors"] == []
    return answer["dataProduct"]


def contract_input(**given: Any) -> dict[str, Any]:
    return {"version": "1.0.0", "format": "json", "jsonSchema": ORDER_SCHEMA, **given}


async def test_a_mutation_creates_a_product_with_contract_and_dependency(store):
    defaults = {"retentionByProduct": [{"product": "revenue", "days": 30}], "classification": "INTERNAL"}
    answer = await registered(store, defaults=defaults)
    assert (answer["domain"]["name"], answer["userErrors"]) == ("sales", [])
    orders = await created(store, "orders", contract=contract_input())
    revenue = await created(
        store,
        "revenue",
        tags=["money"],
        metadata={"tier": 1},
        accessPoints=[{"kind": "BATCH", "uri": "s3://sales/revenue/"}],
        contract=contract_input(classification="CONFIDENTIAL"),
        dependencies=[{"provider": orders["id"], "fields": ["total"], "contractVersion": "1.0.0"}],
    )
    identifier = revenue.pop("id")
    assert identifier.startswith("prd_")
    assert revenue == {
        "urn": "urn:mesh:sales:revenue",
        "name": "revenue",
        "status": "DEVELOPMENT",
        "revision": 1,
        "version": "1.0.0",
        "ownerTeam": "team",
        "tags": ["money"],
        "metadata": {"tier": 1},
        "classification": "CONFIDENTIAL",
        "accessPoints": [{"kind": "BATCH", "uri": "s3://sales/revenue/"}],
        "domain": {"name": "sales"},
        "contract": {
            "version": "1.0.0",
            "format": "json",
            "retention": {"days": 30},
            "fields": [
                {"path": "order_id", "type": "string"},
                {"path": "total", "type": "number"},
                {"path": "customer", "type": "object"},
                {"path": "customer.id", "type": "string"},
            ],
        },
        "dependencies": {
            "nodes": [
                {
                    "kind": "feeds",
                    "fields": ["total"],
                    "contractVersion": "1.0.0",
                    "provider": {"urn": "urn:mesh:sales:orders"},
                }
            ]
        },
    }


async def test_a_dry_run_shows_the_contract_that_would_be(store):
    await registered(store)
    before = await checksum(store)
    given = {"domain": "sales", "name": "orders", "type": "SOURCE", "contract": contract_input()}
    answer = await ask(store, CREATE, input=given, dryRun=True)
    assert answer["dryRun"] is True
    assert answer["dataProduct"]["contract"]["fields"][0] == {"path": "order_id", "type": "string"}
    assert await checksum(store) == before


async def test_the_same_key_replays_the_same_answer(store):
    await registered(store)
    given = {"domain": "sales", "name": "orders", "type": "SOURCE", "contract": contract_input()}
    first, again = [await ask(store, CREATE, input=given, key="once") for _ in range(2)]
    assert again == first


async def test_faults_are_data_with_their_places(store):
    await registered(store)
    answer = await ask(store, CREATE, input={"domain": "sales", "name": "No", "type": "SOURCE", "version": "1"})
    assert answer["dataProduct"] is None
    assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [
        ("INVALID_INPUT", ["input", "name"]),
        ("INVALID_INPUT", ["input", "version"]),
    ]
    refused = await ask(store, CREATE, READER, input={"domain": "sales", "name": "orders", "type": "SOURCE"})
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("FORBIDDEN", None)]


async def test_update_and_transition_within_one_request_see_each_other(store):
    await registered(store)
    orders = await created(store, "orders", description="old")
    query = f"""
    mutation($id: ID!) {{
      one: dataProductUpdate(id: $id, input: {{description: "new", tags: null}}, expectedRevision: 1) {{
        dataProduct {{ description tags revision }} {ERRORS} }}
      two: dataProductTransition(id: $id, to: TESTING, expectedRevision: 2) {{
        dataProduct {{ description status revision auditEvents {{ totalCount }} }} {ERRORS} }}
      three: dataProductTransition(id: $id, to: DEVELOPMENT, expectedRevision: 2) {{
        dataProduct {{ status }} {ERRORS} }}
    }}"""
    result = await schema.execute(query, {"id": orders["id"]}, context_value=Context(store, ADMINISTRATOR))
    assert result.errors is None
    data: Any = result.data
    assert data["one"]["dataProduct"] == {"description": "new", "tags": [], "revision": 2}
    assert data["two"]["dataProduct"] == {
        "description": "new",
        "status": "TESTING",
        "revision": 3,
        "auditEvents": {"totalCount": 3},
    }
    (conflict,) = data["three"]["userErrors"]
    assert data["three"]["dataProduct"] is None
    assert (conflict["code"], conflict["currentRevision"]) == ("REVISION_CONFLICT", 3)
    assert conflict["field"] == ["expectedRevision"]


async def test_a_dependency_is_declared_and_retired(store):
    await registered(store)
    orders, revenue = await created(store, "orders"), await created(store, "revenue")
    ends = {"a": revenue["id"], "b": orders["id"]}
    shown = f"dependency {{ kind origin consumer {{ name }} provider {{ name }} }} {ERRORS}"
    for field, given in (("dependencyDeclare", ', input: {kind: "joins"}'), ("dependencyRetire", "")):
        query = f"mutation($a: ID!, $b: ID!) {{ {field}(consumerId: $a, providerId: $b{given}) {{ {shown} }} }}"
        answer = await ask(store, query, **ends)
        assert answer["userErrors"] == []
        assert answer["dependency"] == {
            "kind": "joins",
            "origin": "DECLARED",
            "consumer": {"name": "revenue"},
            "provider": {"name": "orders"},
        }
    left = "query($id: ID!) { dataProduct(id: $id) { dependencies { totalCount } } }"
    assert await ask(store, left, id=revenue["id"]) == {"dependencies": {"totalCount": 0}}
