"""`_entities` as a gateway sends them."""

import copy

import pytest

from resolvers.model.access import ADMINISTRATOR, ANONYMOUS, Caller, Role
from resolvers.model.errors import StoreError
from resolvers.mutations.data_contract_publish import ChangeRequestInput, publish_contract
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.waiver_grant import grant_waiver
from resolvers.mutations.webhook_register import WebhookInput, register_webhook
from resolvers.writes.dependency_edges import DependencyInput
from schema.context import Context
from schema.entities import resolve_entities
from tests.counting_store import CountingStore
from tests.graphql_execution import ask, ask_wrongly
from tests.mesh import Mesh
from tests.policies import a_policy
from tests.writes import SALES_OWNER, a_domain, a_product, contract, done

ENTITIES = """query ($given: [_Any!]!) { _entities(representations: $given) { __typename
  ... on DataProduct { urn } ... on Domain { ownerTeam } ... on DataContract { version } } }"""

ENTITIES_KNOWN = "AuditEvent, ChangeRequest, DataContract, DataProduct, Domain, Policy, Waiver, Webhook"


@pytest.fixture
async def shop(store):
    mesh = Mesh()
    mesh.contract(mesh.product("sales", "orders"), "1.2.0")
    await mesh.write(store)
    return store


async def test_entities_are_found_by_every_key_in_the_order_asked(shop):
    given = [
        {"__typename": "DataProduct", "urn": "urn:mesh:sales:orders"},
        {"__typename": "Domain", "name": "sales"},
        {"__typename": "DataContract", "id": "ctr_sales.orders@1.2.0"},
        {"__typename": "DataProduct", "id": "prd_none"},
        {"__typename": "Domain", "id": "dom_sales"},
        {"__typename": "DataProduct", "id": "prd_sales.orders", "urn": "another subgraph's field"},
    ]
    before = copy.deepcopy(given)
    product = {"__typename": "DataProduct", "urn": "urn:mesh:sales:orders"}
    domain = {"__typename": "Domain", "ownerTeam": "sales-team"}
    contract = {"__typename": "DataContract", "version": "1.2.0"}
    assert await ask(shop, ENTITIES, given=given) == {"_entities": [product, domain, contract, None, domain, product]}
    assert given == before


async def test_a_bad_representation_is_an_error_at_its_index_alone(shop):
    good = {"__typename": "Domain", "name": "sales"}
    bad = {
        1: (
            {"__typename": "Nobody", "id": "x"},
            f"needs a `__typename` that is one of {ENTITIES_KNOWN}.",
        ),
        2: ({"id": "prd_sales.orders"}, f"needs a `__typename` that is one of {ENTITIES_KNOWN}."),
        3: ({"__typename": "DataProduct"}, "is a DataProduct without a key: it needs `id` or `urn`."),
        5: ({"__typename": "DataProduct", "id": {"a": 1}}, "has a `id` that is not a string."),
        6: (7, 'is not an object: give {"__typename": …} and the fields of a @key.'),
        7: ({"__typename": ["Domain"]}, f"needs a `__typename` that is one of {ENTITIES_KNOWN}."),
        8: (
            {"__typename": "Query", "id": "x"},
            f"needs a `__typename` that is one of {ENTITIES_KNOWN}.",
        ),
        9: ({"__typename": "Domain", "name": None}, "is a Domain without a key: it needs `id` or `name`."),
    }
    given = [bad[place][0] if place in bad else good for place in range(10)]
    before = copy.deepcopy(given)
    data, errors = await ask_wrongly(shop, ENTITIES, given=given)
    assert given == before
    domain = {"__typename": "Domain", "ownerTeam": "sales-team"}
    assert data == {"_entities": [None if place in bad else domain for place in range(10)]}
    told = {error["path"][1]: error["message"] for error in errors}
    assert told == {place: f"representations[{place}] {message}" for place, (_, message) in bad.items()}
    assert {error["extensions"]["code"] for error in errors} == {"INVALID_INPUT"}


ORDERS = {"__typename": "DataProduct", "id": "prd_sales.orders"}
ANOTHER = {"__typename": "Domain", "name": "sales"}


@pytest.mark.parametrize(
    "given",
    [
        [],
        [ORDERS],
        [ORDERS, {"__typename": "DataProduct", "id": "prd_none"}, ORDERS],
        [ORDERS, {"__typename": "DataProduct", "id": 7}],
        [ORDERS, {"__typename": "DataProduct", "urn": "urn:mesh:sales:orders"}],
        [ORDERS, {"__typename": "Domain", "id": "dom_sales"}],
        [ORDERS, {"id": "prd_sales.orders"}],
        [{"__typename": "Nobody", "id": "x"}],
        [ORDERS, "prd_sales.orders"],
        [{"__typename": ["DataProduct"], "id": "prd_sales.orders"}] * 2,
    ],
)
async def test_a_batch_of_one_kind_is_answered_like_any_other(shop, given):
    alike = await resolve_entities(Context(shop), given)
    mixed = await resolve_entities(Context(shop), [*given, ANOTHER])
    assert list(map(told, alike)) == list(map(told, mixed[:-1]))


def told(entity):
    return (type(entity), str(entity)) if isinstance(entity, Exception) else entity


class Failing(CountingStore):
    async def read(self, query, /, **parameters):
        raise StoreError("The database is unavailable: try again.")


@pytest.mark.parametrize("given", [[ORDERS, ORDERS], [ORDERS, ANOTHER]])
async def test_what_keeps_a_batch_from_being_read_is_told_of_each(shop, given):
    data, errors = await ask_wrongly(Failing(shop), ENTITIES, given=given)
    assert data == {"_entities": [None, None]}
    assert [error["path"] for error in errors] == [["_entities", 0], ["_entities", 1]]
    assert {error["extensions"]["code"] for error in errors} == {"UNAVAILABLE"}


async def test_representations_may_be_written_into_the_query(shop):
    query = '{ _entities(representations: [{__typename: "Domain", name: "sales"}]) { ... on Domain { id } } }'
    assert await ask(shop, query) == {"_entities": [{"id": "dom_sales"}]}


async def test_the_subgraph_says_what_it_is(store):
    text = (await ask(store, "{ _service { sdl } }"))["_service"]["sdl"]
    assert '@link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])' in text
    assert 'type Domain implements Node @key(fields: "id") @key(fields: "name") {' in text
    assert 'type DataProduct implements Node @key(fields: "id") @key(fields: "urn") {' in text
    for name in ("AuditEvent", "ChangeRequest", "DataContract", "Policy"):
        assert f'type {name} implements Node @key(fields: "id") {{' in text
    for name in ("Waiver", "Webhook"):
        assert f'type {name} @key(fields: "id") {{' in text
    assert "type PageInfo @shareable {" in text


HOOK = WebhookInput("https://93.184.216.34/", ("ALL",), "sales")
GOVERNED = """query ($given: [_Any!]!) { _entities(representations: $given) { __typename
  ... on Policy { id name } ... on ChangeRequest { id toVersion } ... on AuditEvent { id action }
  ... on Waiver { id reason product { urn } } ... on Webhook { id url } } }"""


async def test_policies_requests_events_waivers_and_webhooks_are_entities_by_id(store):
    await a_domain(store)
    await a_domain(store, "other")
    product = await a_product(store, contract=contract("1.0.0"))
    consumer = await a_product(store, "reports", "other")
    done(await declare_dependency(store, ADMINISTRATOR, consumer.id, product.id, DependencyInput(product.id)))
    policy = await a_policy(store, "owner_required")
    waiver = done(await grant_waiver(store, ADMINISTRATOR, policy.id, product.id, "A while.", "2999-01-01T00:00:00Z"))
    webhook = done(await register_webhook(store, SALES_OWNER, HOOK))
    text = contract("2.0.0", jsonSchema={"type": "object", "properties": {"order_id": {"type": "integer"}}})
    asked = ChangeRequestInput("Numbers.")
    opened = await publish_contract(store, ADMINISTRATOR, product.id, text, change_request=asked)
    request = opened.extra["change_request"]
    event, action = await store.read("MATCH (e:AuditEvent {seq: 1}) RETURN [e.id, e.action]")
    given = [
        {"__typename": "Policy", "id": policy.id},
        {"__typename": "ChangeRequest", "id": request.id},
        {"__typename": "AuditEvent", "id": event},
        {"__typename": "Waiver", "id": waiver.id},
        {"__typename": "Webhook", "id": webhook.id},
        {"__typename": "Policy", "id": "pol_none"},
        {"__typename": "Waiver", "id": "wvr_none"},
    ]
    found = [
        {"__typename": "Policy", "id": policy.id, "name": "owner_required"},
        {"__typename": "ChangeRequest", "id": request.id, "toVersion": "2.0.0"},
        {"__typename": "AuditEvent", "id": event, "action": action},
        {"__typename": "Waiver", "id": waiver.id, "reason": "A while.", "product": {"urn": product.urn}},
        {"__typename": "Webhook", "id": webhook.id, "url": "https://93.184.216.34/"},
        None,
        None,
    ]
    assert await ask(store, GOVERNED, caller=ADMINISTRATOR, given=given) == {"_entities": found}
    assert await ask(store, GOVERNED, caller=SALES_OWNER, given=given) == {"_entities": found}


async def test_a_webhook_is_for_those_whom_the_root_field_shows_it(store):
    await a_domain(store)
    webhook = done(await register_webhook(store, SALES_OWNER, HOOK))
    given = [{"__typename": "Webhook", "id": webhook.id}, {"__typename": "Domain", "name": "sales"}]
    another = Caller("olaf", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"sales"}))
    domain = {"__typename": "Domain"}
    assert await ask(store, GOVERNED, caller=another, given=given) == {"_entities": [None, domain]}
    data, errors = await ask_wrongly(store, GOVERNED, given=given)
    assert data == {"_entities": [None, domain]}
    assert [(error["path"], error["extensions"]["code"]) for error in errors] == [(["_entities", 0], "UNAUTHENTICATED")]
    assert ANONYMOUS.anonymous
