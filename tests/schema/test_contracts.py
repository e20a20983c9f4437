"""Contracts as clients see them: publication, what it changes and for whom, asking, checking data, thinking ahead."""

from typing import Any

from resolvers.model.access import ADMINISTRATOR
from resolvers.writes.dependency_edges import DependencyInput
from tests.checksum import checksum
from tests.graphql_execution import ask, ask_wrongly
from tests.resolvers.contracts.test_breaking import FINANCE_OWNER, WITHOUT_TOTAL
from tests.writes import OTHER_OWNER, SALES_OWNER, a_domain, a_product, contract

PUBLISH = """
mutation Publish($product: ID!, $contract: DataContractInput!, $dryRun: Boolean, $ask: ChangeRequestInput) {
  dataContractPublish(productId: $product, contract: $contract, dryRun: $dryRun, openChangeRequest: $ask) {
    contract { version status }
    diff {
      from to breaking requiredVersion
      changes { rule path severity field before reaches { urn } }
      affectedConsumers { basis rules fields product { urn } }
    }
    changeRequest { id status approvals { domain decision products } }
    userErrors { code field message } violations { message } dryRun
  }
}"""
DECIDE = """
mutation Decide($id: ID!, $domain: String!) {
  changeRequestApprove(id: $id, domain: $domain, note: "fine") {
    changeRequest { status approvals { domain decision decidedBy note } } userErrors { code }
  }
}"""
GO = """
mutation Go($id: ID!) {
  changeRequestPublish(id: $id) { contract { version status product { contract { version } } }
    changeRequest { status contract { version } } userErrors { code message } }
}"""


async def orders_with_readers(store: Any) -> str:
    for name in ("sales", "other", "finance"):
        await a_domain(store, name)
    product = await a_product(store, "orders", contract=contract())
    for name, domain, fields in (
        ("bills", "finance", ["total"]),
        ("lake", "other", None),
        ("maps", "other", ["customer"]),
    ):
        uses = [DependencyInput(product.id, fields=fields)]
        await a_product(store, name, domain, type="DERIVED", dependencies=uses)
    return product.id


def breaking(version: str = "2.0.0") -> dict[str, Any]:
    return {"version": version, "format": "json", "jsonSchema": WITHOUT_TOTAL, "classification": "INTERNAL"} | {
        "retention": {"days": 365}
    }


async def test_a_breaking_contract_is_refused_with_its_whole_impact(store):
    product = await orders_with_readers(store)
    before = await checksum(store)
    data = await ask(store, PUBLISH, caller=SALES_OWNER, product=product, contract=breaking())
    answer = data["dataContractPublish"]
    assert answer["userErrors"][0]["code"] == "BREAKING_CHANGE"
    assert answer["contract"] is None
    assert answer["diff"] == {
        "from": "1.0.0",
        "to": "2.0.0",
        "breaking": True,
        "requiredVersion": "2.0.0",
        "changes": [
            {
                "rule": "field_removed",
                "path": ["total"],
                "severity": "BREAKING",
                "field": "total",
                "before": {"type": "number"},
                "reaches": [{"urn": "urn:mesh:finance:bills"}, {"urn": "urn:mesh:other:lake"}],
            }
        ],
        "affectedConsumers": [
            {
                "basis": "DECLARED",
                "rules": ["field_removed"],
                "fields": ["total"],
                "product": {"urn": "urn:mesh:finance:bills"},
            },
            {
                "basis": "UNDECLARED",
                "rules": ["field_removed"],
                "fields": ["total"],
                "product": {"urn": "urn:mesh:other:lake"},
            },
        ],
    }
    assert await checksum(store) == before
    dry = await ask(store, PUBLISH, caller=SALES_OWNER, product=product, contract=breaking(), dryRun=True)
    assert dry["dataContractPublish"]["diff"] == answer["diff"]
    assert dry["dataContractPublish"]["dryRun"] is True


async def test_request_two_approvals_and_publication(store):
    product = await orders_with_readers(store)
    variables = {"product": product, "contract": breaking(), "ask": {"reason": "totals move"}}
    opened = (await ask(store, PUBLISH, caller=SALES_OWNER, **variables))["dataContractPublish"]
    request = opened["changeRequest"]
    assert (opened["contract"], opened["userErrors"], request["status"]) == (None, [], "PENDING")
    listing = '{ changeRequests(filter: {awaiting: "finance"}) { totalCount nodes { id toVersion product { name } } } }'
    assert (await ask(store, listing))["changeRequests"] == {
        "totalCount": 1,
        "nodes": [{"id": request["id"], "toVersion": "2.0.0", "product": {"name": "orders"}}],
    }
    await ask(store, DECIDE, caller=FINANCE_OWNER, id=request["id"], domain="finance")
    assert (await ask(store, listing))["changeRequests"]["totalCount"] == 0
    second = await ask(store, DECIDE, caller=OTHER_OWNER, id=request["id"], domain="other")
    assert second["changeRequestApprove"]["changeRequest"] == {
        "status": "APPROVED",
        "approvals": [
            {"domain": "finance", "decision": "APPROVED", "decidedBy": "fia", "note": "fine"},
            {"domain": "other", "decision": "APPROVED", "decidedBy": "olga", "note": "fine"},
        ],
    }
    published = await ask(store, GO, caller=SALES_OWNER, id=request["id"])
    assert published["changeRequestPublish"] == {
        "contract": {"version": "2.0.0", "status": "ACTIVE", "product": {"contract": {"version": "2.0.0"}}},
        "changeRequest": {"status": "PUBLISHED", "contract": {"version": "2.0.0"}},
        "userErrors": [],
    }
    node = "query($id: ID!) { node(id: $id) { id ... on ChangeRequest { status diff { breaking } proposedContract } } }"
    found = (await ask(store, node, id=request["id"]))["node"]
    assert (found["status"], found["diff"]["breaking"]) == ("PUBLISHED", True)
    assert found["proposedContract"]["jsonSchema"] == WITHOUT_TOTAL


async def test_changes_between_published_versions(store):
    await a_domain(store)
    product = await a_product(store, "orders", contract=contract())
    await ask(store, PUBLISH, caller=ADMINISTRATOR, product=product.id, contract=breaking())
    query = """query($id: ID!, $from: String!) { dataProduct(id: $id) { contract {
      changesFrom(version: $from) { breaking requiredVersion changes { rule field }
      affectedConsumers { basis } } } } }"""
    data = await ask(store, query, id=product.id, **{"from": "1.0.0"})
    assert data["dataProduct"]["contract"]["changesFrom"] == {
        "breaking": True,
        "requiredVersion": "2.0.0",
        "changes": [{"rule": "field_removed", "field": "total"}],
        "affectedConsumers": [],
    }
    shorter = query.replace(", $from: String!", "").replace("(version: $from)", "")
    assert (await ask(store, shorter, id=product.id))["dataProduct"]["contract"]["changesFrom"]["breaking"] is True
    first = "{ dataContract(id: %s) { changesFrom { breaking } } }"
    ids = await store.read("MATCH (c:DataContract {version: '1.0.0'}) RETURN c.id")
    assert await ask(store, first % f'"{ids}"') == {"dataContract": {"changesFrom": None}}
    data, errors = await ask_wrongly(store, query, id=product.id, **{"from": "0.9.0"})
    assert errors[0]["extensions"]["code"] == "NOT_FOUND"
    assert errors[0]["message"] == "This product has published no contract version '0.9.0'."
    assert data == {"dataProduct": {"contract": {"changesFrom": None}}}


async def test_data_are_checked_one_or_many(store):
    await a_domain(store)
    product = await a_product(store, "orders", contract=contract())
    query = """query($id: ID!, $payload: JSON, $payloads: [JSON!]) { dataProduct(id: $id) { contract {
      validate(payload: $payload, payloads: $payloads) { valid checked truncated
        errors { document path keyword message } } } } }"""

    async def of(**given: Any) -> Any:
        return (await ask(store, query, id=product.id, **given))["dataProduct"]["contract"]["validate"]

    async def check(payloads: list[Any]) -> Any:
        return await of(payloads=payloads)

    assert await of(payload={"order_id": "a"}) == {"valid": True, "checked": 1, "truncated": False, "errors": []}
    one = await of(payload=[{"order_id": "a"}])  # one document that is a list
    assert (one["checked"], one["errors"][0]["keyword"]) == (1, "type")
    assert [(await of(payload=value))["checked"] for value in (None, 5, "x", True)] == [1, 1, 1, 1]
    assert await check([]) == {"valid": True, "checked": 0, "truncated": False, "errors": []}
    for neither_or_both in ({}, {"payload": {}, "payloads": [{}]}):
        _, errors = await ask_wrongly(store, query, id=product.id, **neither_or_both)
        assert errors[0]["extensions"]["code"] == "INVALID_INPUT"
    assert await check([{"order_id": "a"}, {"total": "x", "customer": {"id": 1}}]) == {
        "valid": False,
        "checked": 2,
        "truncated": False,
        "errors": [
            {"document": 1, "path": [], "keyword": "required", "message": '"order_id" is a required property'},
            {"document": 1, "path": ["total"], "keyword": "type", "message": '"x" is not of type "number"'},
            {"document": 1, "path": ["customer", "id"], "keyword": "type", "message": '1 is not of type "string"'},
        ],
    }
    many = await check([{}] * 1500)
    assert (many["valid"], many["checked"], many["truncated"], len(many["errors"])) == (False, 1500, True, 1000)


IMPACT = """query($id: ID!, $change: ImpactChangeInput!) { impact(productId: $id, change: $change) {
  product { name } breaking domains affectedConsumers { basis product { urn } } diff { requiredVersion } } }"""


async def test_thinking_a_change_through(store):
    product = await orders_with_readers(store)

    async def impact(change: dict[str, Any]) -> Any:
        return (await ask(store, IMPACT, id=product, change=change))["impact"]

    dropped = await impact({"dropProduct": True})
    assert [one["product"]["urn"] for one in dropped["affectedConsumers"]] == [
        "urn:mesh:finance:bills",
        "urn:mesh:other:lake",
        "urn:mesh:other:maps",
    ]
    assert (dropped["domains"], dropped["breaking"], dropped["diff"]) == (["finance", "other"], True, None)
    field = await impact({"field": "customer.id"})
    assert [(one["product"]["urn"], one["basis"]) for one in field["affectedConsumers"]] == [
        ("urn:mesh:other:lake", "UNDECLARED"),
        ("urn:mesh:other:maps", "DECLARED"),
    ]
    published = await impact({"contract": breaking()})
    assert (published["domains"], published["diff"]) == (["finance", "other"], {"requiredVersion": "2.0.0"})


async def test_thinking_about_what_is_not_there(store):
    product = await orders_with_readers(store)
    for change, field in (({"field": "nope"}, ["change", "field"]), ({"dropProduct": False}, ["change"])):
        _, errors = await ask_wrongly(store, IMPACT, id=product, change=change)
        assert errors[0]["extensions"]["field"] == field
    _, errors = await ask_wrongly(store, IMPACT, id="prd_none", change={"dropProduct": True})
    assert errors[0]["extensions"]["code"] == "NOT_FOUND"
