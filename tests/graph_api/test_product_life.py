"""One product of the customer domain from its template to its retirement, by GraphQL over HTTP.

Its storage is provisioned on a real S3 server, which answers NotImplemented to a part of the plan.
"""

from typing import Any

import httpx
import pytest

from graph_api.app import create_app
from graph_api.neo4j.store import Neo4jStore
from graph_api.provisioning.provisioner import ConfiguredProvisioner
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.access import Caller
from resolvers.mutations.infrastructure_apply import apply_next
from schema.context import Context, Process
from schema.schema import schema
from tests.checksum import checksum
from tests.graph_api.live import listening
from tests.graph_api.provisioning.seaweed import client as s3_client
from tests.graph_api.provisioning.seaweed import in_thread, seaweed
from tests.graph_api.tiny import bearer, settings

CONFIG = {
    "name": "events",
    "event_types": ["SIGNED_IN", "PURCHASED"],
    "api_base": "https://api.example.com",
    "stream": "stream.example.com",
}
MISSING_HERE = ["PUBLIC_ACCESS_BLOCK", "TRANSITIONS", "POLICY"]  # on the S3 server of the tests
ERRORS = "userErrors { code message } violations { policy { name } message }"


class Http:
    """Asks a served application, as the administrator."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = (await self._http.post("/graphql", json={"query": query, "variables": variables})).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def write(self, mutation: str, **variables: Any) -> Any:
        """The payload of a mutation that must have been written."""
        payload = next(iter((await self.ask(mutation, **variables)).values()))
        assert (payload["userErrors"], payload["violations"]) == ([], []), payload
        return payload

    async def move(self, product: str, to: str) -> Any:
        mutation = f"""mutation($id: ID!, $to: DataProductStatus!) {{ dataProductTransition(id: $id, to: $to) {{
          dataProduct {{ status }} {ERRORS} }} }}"""
        return (await self.ask(mutation, id=product, to=to))["dataProductTransition"]

    async def actions(self, product: str) -> list[str]:
        """What the audit log has of the product, the oldest first."""
        query = "query($id: ID!) { node(id: $id) { ... on DataProduct { auditEvents { nodes { action } } } } }"
        found = (await self.ask(query, id=product))["node"]["auditEvents"]["nodes"]
        return [one["action"] for one in reversed(found)]

    async def lineage(self, root: str, at: str | None = None) -> tuple[set[str], set[tuple[str, str]]]:
        """Names of the products, and edges by urn, in both directions."""
        query = """query($root: ID!, $at: DateTime) { lineage(roots: [$root], direction: BOTH, asOf: $at) {
          nodes { product { name } } edges { sourceUrn targetUrn } } }"""
        graph = (await self.ask(query, root=root, at=at))["lineage"]
        edges = {(edge["sourceUrn"], edge["targetUrn"]) for edge in graph["edges"]}
        return {node["product"]["name"] for node in graph["nodes"]}, edges


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with seaweed(tmp_path_factory.mktemp("seaweed")) as given:
        yield given


@pytest.fixture
async def http(tmp_path, driver, clean_database, s3):
    process = Process(provisioner=ConfiguredProvisioner(s3))

    def context(store: Store, caller: Caller) -> Context:
        return Context(store, caller, process)

    def open_store(bookmarks: tuple[str, ...] = ()) -> Store:
        return Neo4jStore(driver, clean_database.database, bookmarks, patient=True)

    app = create_app(settings(tmp_path, request_seconds=500), schema, open_store, context)
    async with (
        listening(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=bearer(), timeout=500) as opened,
    ):
        yield Http(opened)


async def test_a_life(store, http, s3):
    urn = "urn:mesh:customer:events"
    await http.write(f"""mutation {{ domainRegister(input: {{name: "customer", ownerTeam: "customer-team"}}) {{
      {ERRORS} }} }}""")
    rule = {"builtin": {"name": "infrastructure_provisioned", "parameters": {"optional_kinds": MISSING_HERE}}}
    guard = {"name": "applied", "enforcement": "MANDATORY", "rule": rule}
    await http.write(f"mutation($input: PolicyInput!) {{ policyDefine(input: $input) {{ {ERRORS} }} }}", input=guard)

    # Template
    assert "customer_events" in [one["name"] for one in (await http.ask("{ templates { name } }"))["templates"]]
    create = f"""mutation($config: JSON!, $name: String, $dry: Boolean) {{
      dataProductCreateFromTemplate(template: "customer_events", domain: "customer", config: $config, name: $name,
        dryRun: $dry) {{ dataProduct {{ id urn status classification }} {ERRORS} }} }}"""
    before = await checksum(store)
    await http.write(create, config=CONFIG, dry=True)
    wrong = (await http.ask(create, config={"colour": "red"}))["dataProductCreateFromTemplate"]
    assert [error["code"] for error in wrong["userErrors"]] == ["INVALID_INPUT"] * len(wrong["userErrors"])
    assert await checksum(store) == before
    made = (await http.write(create, config=CONFIG))["dataProduct"]
    assert {key: made[key] for key in ("urn", "status", "classification")} == {
        "urn": urn,
        "status": "DEVELOPMENT",
        "classification": "CONFIDENTIAL",
    }
    product = made["id"]
    assert await http.actions(product) == ["dataProductCreateFromTemplate"]

    # Requirements
    (asked,) = (
        await http.ask("""{ requirements(domain: "customer", type: SOURCE, status: PRODUCTION) {
          rule enforcement parameters fields } }""")
    )["requirements"]
    assert (asked["rule"], asked["enforcement"], asked["fields"]) == (
        "infrastructure_provisioned",
        "MANDATORY",
        ["accessPoints"],
    )
    assert asked["parameters"]["optional_kinds"] == MISSING_HERE

    # Initialize
    begun = await http.write(
        f"mutation($id: ID!) {{ dataProductInitialize(id: $id) {{ dataProduct {{ status }} {ERRORS} }} }}", id=product
    )
    assert begun["dataProduct"] == {"status": "TESTING"}

    # Refused by the guard
    before = await checksum(store)
    refused = await http.move(product, "PRODUCTION")
    assert refused["violations"] == [
        {
            "policy": {"name": "applied"},
            "message": "Nothing is known of the product's infrastructure: none of it was applied.",
        }
    ]
    assert await checksum(store) == before

    # Provision, as far as the server can
    job = await http.write(
        f"""mutation($id: ID!) {{ infrastructureProvision(productId: $id, targets: [S3]) {{
          job {{ state targets }} resources {{ kind }} {ERRORS} }} }}""",
        id=product,
    )
    assert job["job"] == {"state": "QUEUED", "targets": ["S3"]}
    assert await apply_next(store, ConfiguredProvisioner(s3)) is True
    seen = """query($id: ID!) { node(id: $id) { ... on DataProduct { infrastructure { provisioned {
      state job { state } recordedPlan { by } resources { kind state reason } } } } } }"""
    provisioned = (await http.ask(seen, id=product))["node"]["infrastructure"]["provisioned"]
    assert (provisioned["state"], provisioned["job"]["state"]) == ("PARTIAL", "FINISHED")
    failed = {one["kind"]: one["reason"] for one in provisioned["resources"] if one["state"] == "FAILED"}
    assert failed.keys() <= set(MISSING_HERE)
    assert "NotImplemented" in failed["TRANSITIONS"]
    rules = (await in_thread(s3_client(s3).get_bucket_lifecycle_configuration, Bucket="data-mesh-customer"))["Rules"]
    assert [(one["ID"], one["Expiration"]["Days"]) for one in rules] == [("events-expiration", 2555)]

    # Passing
    assert (await http.move(product, "PRODUCTION"))["dataProduct"] == {"status": "PRODUCTION"}
    assert await http.actions(product) == [
        "dataProductCreateFromTemplate",
        "dataProductInitialize",
        "infrastructureProvision",
        "infrastructureOutcomeRecord",
        "dataProductTransition",
    ]
    user = (
        await http.write(
            f"""mutation($input: DataProductInput!) {{ dataProductCreate(input: $input) {{
              dataProduct {{ id urn }} {ERRORS} }} }}""",
            input={
                "domain": "customer",
                "name": "visits",
                "type": "DERIVED",
                "dependencies": [{"provider": product, "fields": ["customer_id"]}],
            },
        )
    )["dataProduct"]
    served = clock.now()
    assert await http.lineage(product) == ({"events", "visits"}, {(urn, user["urn"])})

    # Deprecate with a successor
    after = (await http.write(create, config={**CONFIG, "name": "events_v2"}))["dataProduct"]
    await http.write(
        f"""mutation($id: ID!, $to: ID!) {{ dataProductTransition(id: $id, to: DEPRECATED, successor: $to,
          sunset: "2999-12-31") {{ {ERRORS} }} }}""",
        id=product,
        to=after["urn"],
    )
    told = await http.ask(
        """query($id: ID!) { node(id: $id) { ... on DataProduct { dependencies { nodes {
          provider { status sunset successor { name } } providerHealth { deprecated } } } } } }""",
        id=user["id"],
    )
    assert told["node"]["dependencies"]["nodes"] == [
        {
            "provider": {"status": "DEPRECATED", "sunset": "2999-12-31", "successor": {"name": "events_v2"}},
            "providerHealth": {"deprecated": True},
        }
    ]

    # Retire
    retire = f"mutation($id: ID!) {{ dataProductRetire(id: $id) {{ dataProduct {{ status }} {ERRORS} }} }}"
    before = await checksum(store)
    used = (await http.ask(retire, id=product))["dataProductRetire"]
    assert [error["code"] for error in used["userErrors"]] == ["INVALID_TRANSITION"]
    assert user["urn"] in used["userErrors"][0]["message"]
    assert await checksum(store) == before
    ends = {"from": user["id"], "to": product}
    await http.write(
        f"""mutation($from: ID!, $to: ID!) {{ dependencyRetire(consumerId: $from, providerId: $to) {{
          {ERRORS} }} }}""",
        **ends,
    )
    assert (await http.write(retire, id=product))["dataProduct"] == {"status": "RETIRED"}
    again = (
        await http.ask(
            f"""mutation($from: ID!, $to: ID!) {{ dependencyDeclare(consumerId: $from, providerId: $to, input: {{}}) {{
              {ERRORS} }} }}""",
            **ends,
        )
    )["dependencyDeclare"]
    assert [error["code"] for error in again["userErrors"]] == ["NOT_FOUND"]
    assert (await http.lineage(user["id"])) == ({"visits"}, set())
    assert await http.lineage(user["id"], served) == ({"events", "visits"}, {(urn, user["urn"])})
    report = (await http.ask("{ complianceReport { checkedProducts } }"))["complianceReport"]
    assert report == {"checkedProducts": 2}
    assert (await http.actions(product))[-2:] == ["dataProductTransition", "dataProductRetire"]
    left = await http.write(
        f"""mutation($id: ID!) {{ infrastructureDeprovision(productId: $id) {{
          leftovers {{ kind name holdsData command }} {ERRORS} }} }}""",
        id=product,
    )
    assert left["leftovers"][0] == {
        "kind": "OBJECTS",
        "name": "s3://data-mesh-customer/events/",
        "holdsData": True,
        "command": "aws s3 rm --recursive s3://data-mesh-customer/events/",
    }
    events = await store.read("MATCH (e:AuditEvent) WITH e ORDER BY e.seq RETURN collect([e.seq, e.actor])")
    assert [seq for seq, _ in events] == list(range(1, len(events) + 1))
