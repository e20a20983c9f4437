"""Arguments that name a product take its id and its urn alike."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.writes.dependency_edges import DependencyInput
from schema.context import Context
from schema.schema import schema
from tests.graphql_execution import ask, ask_wrongly
from tests.policies import a_policy
from tests.writes import a_domain, a_product, contract

ORDERS, BILLS = "urn:mesh:sales:orders", "urn:mesh:sales:bills"

# Every argument and input field of type ID, and what it names.
PRODUCTS = {
    "Query.dataProduct(id)",
    "Query.lineage(roots)",
    "Query.dataProductPreview(id)",
    "Query.impact(productId)",
    "Mutation.dataProductUpdate(id)",
    "Mutation.dataProductTransition(id)",
    "Mutation.dataProductInitialize(id)",
    "Mutation.dataProductRetire(id)",
    "Mutation.dataProductRestore(id)",
    "Mutation.dataContractPublish(productId)",
    "Mutation.dataProductTransition(successor)",
    "Mutation.qualityRunStart(productId)",
    "Mutation.qualityReportSubmit(productId)",
    "Mutation.qualityScheduleSet(productId)",
    "Mutation.infrastructureProvision(productId)",
    "Mutation.infrastructureDeprovision(productId)",
    "DataProductUpdateInput.successor",
    "Mutation.requestsRecord(productId)",
    "Mutation.dependencyDeclare(consumerId)",
    "Mutation.dependencyDeclare(providerId)",
    "Mutation.dependencyRetire(consumerId)",
    "Mutation.dependencyRetire(providerId)",
    "Mutation.waiverGrant(productId)",
    "AuditFilter.subjectId",
    "ChangeRequestFilter.product",
    "ComplianceScopeInput.products",
    "DependencyInput.provider",
    "PolicyInput.product",
    "PolicyScopeInput.product",
}
OTHERS = {
    "Query.node(id)",
    "Query.dataContract(id)",
    "Query.webhook(id)",
    "Mutation.domainUpdate(id)",
    "Mutation.dataContractWithdraw(id)",
    "Mutation.changeRequestApprove(id)",
    "Mutation.changeRequestReject(id)",
    "Mutation.changeRequestPublish(id)",
    "Mutation.changeRequestWithdraw(id)",
    "Mutation.qualityRunCancel(id)",
    "Subscription.qualityRunProgress(id)",
    "ProductQuality.runs(after)",
    "Mutation.policyRetire(id)",
    "Mutation.waiverGrant(policyId)",
    "Mutation.webhookRetire(id)",
    "Mutation.webhookRotateSecret(id)",
    "Mutation.webhookRedeliver(id)",
}


def test_every_id_argument_is_one_that_takes_urns_or_names_something_else():
    found = set()
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            found |= {
                f"{kind.name}.{name}" for name, one in kind.fields.items() if get_named_type(one.type).name == "ID"
            }
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                ids = [one for one, given in field.args.items() if get_named_type(given.type).name == "ID"]
                found |= {f"{kind.name}.{name}({one})" for one in ids}
    assert found == PRODUCTS | OTHERS


@pytest.fixture
async def ids(store) -> dict[str, str]:
    """`bills` consumes `orders`, whose contract is in version 1.1.0."""
    await a_domain(store)
    orders = await a_product(store, "orders", contract=contract())
    await publish_contract(store, ADMINISTRATOR, orders.id, contract("1.1.0"))
    bills = await a_product(store, "bills", type="DERIVED", dependencies=[DependencyInput(orders.id)])
    return {ORDERS: orders.id, BILLS: bills.id}


READS = {
    "dataProduct": "query ($p: ID!) { dataProduct(id: $p) { name } }",
    "with dependencies": "query ($p: ID!) { dataProduct(id: $p) { consumers { nodes { consumer { name } } } } }",
    "node": "query ($p: ID!) { node(id: $p) { id ... on DataProduct { name } } }",
    "impact": "query ($p: ID!) { impact(productId: $p, change: {dropProduct: true}) {"
    " affectedConsumers { product { name } } } }",
    "lineage": "query ($p: ID!) { lineage(roots: [$p]) { nodes { product { name } } } }",
    "auditEvents": "query ($p: ID!) { auditEvents(filter: {subjectId: $p}) { nodes { seq action } } }",
    "complianceReport": "query ($p: ID!) { complianceReport(scope: {products: [$p]}) { checkedProducts } }",
    "policies": "query ($p: ID!) { policies(scope: {product: $p}) { nodes { name } } }",
    "changeRequests": "query ($p: ID!) { changeRequests(filter: {product: $p}) { totalCount nodes { id } } }",
}


@pytest.mark.parametrize("query", READS.values(), ids=READS)
async def test_a_read_answers_alike_for_id_and_urn(store, ids, query):
    await a_policy(store, "owner_required", product=ids[ORDERS])
    by_id = await ask(store, query, caller=ADMINISTRATOR, p=ids[ORDERS])
    assert by_id
    for pasted in (ORDERS, ORDERS.upper(), ORDERS.replace(":", "%3A"), f" {ORDERS}"):
        assert await ask(store, query, caller=ADMINISTRATOR, p=pasted) == by_id
    unknown = await ask_either(store, query, "urn:mesh:sales:none")
    assert unknown == await ask_either(store, query, "prd_none", "urn:mesh:sales:none")


async def ask_either(store: Any, query: str, product: str, called: str | None = None) -> tuple[Any, list[Any]]:
    """The data and the messages, in which `product` reads `called`."""
    result = await schema.execute(query, {"p": product}, Context(store, ADMINISTRATOR))
    messages = [
        error.message.replace(product, called or product).replace("with urn", "with id")
        for error in result.errors or ()
    ]
    return result.data, messages


# Arguments, and what to select of the payload besides its errors.
WRITES = {
    "dataProductUpdate": ('id: $p, input: {description: "x"}', "dataProduct { name }"),
    "dataProductTransition": ("id: $p, to: TESTING", "dataProduct { name }"),
    "dataProductRetire": ("id: $p", "dataProduct { name }"),
    "dataProductRestore": ("id: $p", "dataProduct { name }"),
    "dataProductInitialize": ("id: $p", "dataProduct { name }"),
    "dataContractPublish": (
        'productId: $p, contract: {version: "1.2.0", format: "json", jsonSchema: {type: "object"}}',
        "diff { breaking }",
    ),
    "infrastructureProvision": ("productId: $p", "job { id }"),
    "infrastructureDeprovision": ("productId: $p", "leftovers { name }"),
    "qualityScheduleSet": ('productId: $p, accessPoint: "none", every: "PT6H"', "qualitySchedule { accessPoint }"),
    "qualityReportSubmit": (
        'productId: $p, report: {origin: "soda", checks: [{id: "rows", passed: true}]}',
        "qualityRun { accessPoint }",
    ),
    "qualityRunStart": ('productId: $p, accessPoint: "none"', "qualityRun { id }"),
    "dependencyRetire": ("consumerId: $b, providerId: $p", "dependency { kind }"),
    "dependencyDeclare": (
        'consumerId: $b, providerId: $p, input: {kind: "reads", provider: $p}',
        "dependency { kind provider { name } }",
    ),
    "policyDefine": (
        'input: {name: "one", product: $p, enforcement: ADVISORY, rule: {builtin: {name: "owner_required"}}}',
        "policy { scope { product { name } } }",
    ),
    "dataProductCreate": (
        'input: {domain: "sales", name: "new", type: DERIVED, dependencies: [{provider: $p}]}',
        "dataProduct { urn }",
    ),
}


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_answers_alike_for_id_and_urn(store, ids, name):
    arguments, fields = WRITES[name]
    variables = "$p: ID!, $b: ID!" if "$b" in arguments else "$p: ID!"
    payload = f"{fields} userErrors {{ message }}"
    mutation = f"mutation ({variables}) {{ it: {name}({arguments}, dryRun: true) {{ {payload} }} }}"
    both = {"b": BILLS} if "$b" in arguments else {}
    by_id = await ask(store, mutation, caller=ADMINISTRATOR, p=ids[ORDERS], **both)
    by_urn = await ask(store, mutation, caller=ADMINISTRATOR, p=ORDERS, **both)
    assert by_urn == by_id
    assert "There is no data product" not in str(by_id)
    unknown = await ask(store, mutation, caller=ADMINISTRATOR, p="urn:mesh:sales:none", **both)
    assert "There is no data product 'urn:mesh:sales:none'" in unknown["it"]["userErrors"][0]["message"]


async def test_requests_are_recorded_by_urn(store, ids):
    mutation = """mutation ($p: ID!) { requestsRecord(productId: $p, records: [
      {time: "2026-01-01T00:00:00Z", duration: 0.1}]) { recorded replayed userErrors { message } } }"""
    by_urn = await ask(store, mutation, caller=ADMINISTRATOR, p=ORDERS)
    assert by_urn["requestsRecord"] == {"recorded": 1, "replayed": False, "userErrors": []}
    by_id = await ask(store, mutation, caller=ADMINISTRATOR, p=ids[ORDERS])
    assert by_id["requestsRecord"] == {"recorded": 1, "replayed": True, "userErrors": []}


async def test_a_waiver_names_its_product_by_urn(store, ids):
    policy = await a_policy(store, "owner_required", product=ids[ORDERS])
    mutation = """mutation ($p: ID!, $policy: ID!) { waiverGrant(policyId: $policy, productId: $p, reason: "soon",
      expiresAt: "2999-01-01T00:00:00Z") { waiver { product { urn } } userErrors { message } } }"""
    answer = await ask(store, mutation, caller=ADMINISTRATOR, p=ORDERS, policy=policy.id)
    assert answer["waiverGrant"] == {"waiver": {"product": {"urn": ORDERS}}, "userErrors": []}
    wrong = await ask(store, mutation, caller=ADMINISTRATOR, p="urn:mesh:sales:none", policy=policy.id)
    assert wrong["waiverGrant"]["userErrors"] == [{"message": "There is no data product 'urn:mesh:sales:none'."}]


async def test_a_write_by_urn_and_its_replay_by_id_are_the_same(store, ids):
    mutation = """mutation ($p: ID!) { dataProductUpdate(id: $p, input: {description: "new"}, idempotencyKey: "k") {
      dataProduct { revision } userErrors { message } } }"""
    first = await ask(store, mutation, caller=ADMINISTRATOR, p=ORDERS)
    assert first["dataProductUpdate"]["userErrors"] == []
    assert await ask(store, mutation, caller=ADMINISTRATOR, p=ids[ORDERS]) == first


async def test_contracts_are_named_by_urn_and_version(store, ids):
    query = "query ($c: ID!) { dataContract(id: $c) { version product { urn } } }"

    async def version(reference: str) -> Any:
        found = (await ask(store, query, c=reference))["dataContract"]
        return found and found["version"]

    assert await version(ORDERS) == "1.1.0"
    assert await version(f"{ORDERS}@1.0.0") == "1.0.0"
    assert await version(f"{ORDERS.upper()}%401.0.0") == await version("urn%3Amesh%3Asales%3Aorders@1.0.0") == "1.0.0"
    assert await version(f"{ORDERS}@9.0.0") is None
    assert await version(BILLS) is None
    withdraw = "mutation ($c: ID!) { dataContractWithdraw(id: $c) { userErrors { code message } } }"
    active = await ask(store, withdraw, caller=ADMINISTRATOR, c=f"{ORDERS}@1.0.0")
    assert active["dataContractWithdraw"]["userErrors"][0]["code"] == "INVALID_TRANSITION"
    none = await ask(store, withdraw, caller=ADMINISTRATOR, c=f"{ORDERS}@9.0.0")
    assert f"{ORDERS}@9.0.0" in none["dataContractWithdraw"]["userErrors"][0]["message"]


async def test_domains_are_named_by_id_and_name(store, ids):
    mutation = """mutation ($d: ID!) { domainUpdate(id: $d, input: {description: "Sells"}) {
      domain { name } userErrors { code message } } }"""
    answer = await ask(store, mutation, caller=ADMINISTRATOR, d="sales")
    assert answer["domainUpdate"] == {"domain": {"name": "sales"}, "userErrors": []}
    wrong = await ask(store, mutation, caller=ADMINISTRATOR, d="nowhere")
    assert wrong["domainUpdate"]["userErrors"][0]["code"] == "NOT_FOUND"
    assert "'nowhere'" in wrong["domainUpdate"]["userErrors"][0]["message"]


async def test_a_preview_says_which_product_there_is_not(store, ids):
    query = '{ dataProductPreview(id: "urn:mesh:sales:none", accessPoint: "api") { masked } }'
    data, errors = await ask_wrongly(store, query)
    assert data == {"dataProductPreview": None}
    assert errors[0]["message"] == "There is no data product 'urn:mesh:sales:none'."
