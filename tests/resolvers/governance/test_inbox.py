"""An inbox holds what waits for its caller, and nothing of others."""

from datetime import timedelta
from typing import Any

import pytest

from graph_api.neo4j.store import Neo4jStore
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR, Caller, Role
from schema.context import Context
from schema.schema import schema
from tests.writes import a_domain, a_product, contract

INBOX = """{ viewer { inbox {
  domains
  approvals { toVersion product { urn } approvals { domain decision } }
  findings { enforcement policy { name } product { urn } waivedBy { reason } }
  waivers { policyName reason product { urn } }
  deprecatedProviders { consumer { urn } provider { urn } }
} } }"""
OWNER = Caller("olga", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"other", "unregistered"}))
SALES = Caller("sam", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"sales"}))
EMPTY: dict[str, Any] = {"approvals": [], "findings": [], "waivers": [], "deprecatedProviders": []}


async def ask(store: Neo4jStore, caller: Caller, query: str = INBOX, **variables: Any) -> Any:
    result = await schema.execute(query, variable_values=variables, context_value=Context(store, caller))
    assert result.errors is None, result.errors
    return result.data


async def inbox(store: Neo4jStore, caller: Caller) -> Any:
    return (await ask(store, caller))["viewer"]["inbox"]


@pytest.fixture
async def mesh(store: Neo4jStore) -> Neo4jStore:
    """`other:reports` reads `sales:orders` and the deprecated `sales:old`; it states no
    retention, which a mandatory policy asks for; a waiver of that ends in ten days."""
    await a_domain(store)
    await a_domain(store, "other")
    orders = await a_product(store, contract=contract())
    old = await a_product(store, "old", contract=contract())
    reports = await a_product(store, "reports", "other", type="DERIVED", contract=contract(retention=None))
    declare = (
        "mutation($c: ID!, $p: ID!) { dependencyDeclare(consumerId: $c, providerId: $p) { userErrors { message } } }"
    )
    for provider in (orders, old):
        await ask(store, ADMINISTRATOR, declare, c=reports.id, p=provider.id)
    move = (
        "mutation($id: ID!, $to: DataProductStatus!) "
        "{ dataProductTransition(id: $id, to: $to) { userErrors { message } } }"
    )
    for status in ("TESTING", "PRODUCTION", "DEPRECATED"):
        await ask(store, ADMINISTRATOR, move, id=old.id, to=status)
    await ask(
        store,
        ADMINISTRATOR,
        """mutation { policyDefine(input: {name: "retention-stated", description: "Stated", enforcement: MANDATORY,
        rule: {builtin: {name: "retention_policy_required"}}}) { userErrors { message } } }""",
    )
    return store


async def test_owners_see_what_waits_for_their_domains_and_others_do_not(mesh: Neo4jStore) -> None:
    assert await inbox(mesh, OWNER) == {
        **EMPTY,
        "domains": ["other", "unregistered"],
        "findings": [
            {
                "enforcement": "MANDATORY",
                "policy": {"name": "retention-stated"},
                "product": {"urn": "urn:mesh:other:reports"},
                "waivedBy": None,
            }
        ],
        "deprecatedProviders": [
            {"consumer": {"urn": "urn:mesh:other:reports"}, "provider": {"urn": "urn:mesh:sales:old"}}
        ],
    }
    assert await inbox(mesh, SALES) == {**EMPTY, "domains": ["sales"]}
    assert await inbox(mesh, Caller("rita")) == {**EMPTY, "domains": []}
    everywhere = await inbox(mesh, ADMINISTRATOR)
    assert everywhere["domains"] is None
    assert len(everywhere["findings"]) == len(everywhere["deprecatedProviders"]) == 1


@pytest.mark.parametrize(("days", "listed"), [(29, ["retention-stated"]), (31, [])])
async def test_waivers_are_listed_thirty_days_before_their_end(mesh: Neo4jStore, days: int, listed: list[str]) -> None:
    found = await ask(
        mesh, ADMINISTRATOR, '{ dataProduct(urn: "urn:mesh:other:reports") { id } policies { nodes { id } } }'
    )
    until = clock.to_text(clock.from_text(clock.now()) + timedelta(days=days))
    granted = await ask(
        mesh,
        ADMINISTRATOR,
        """mutation($policy: ID!, $product: ID!, $until: DateTime!) {
        waiverGrant(policyId: $policy, productId: $product, reason: "Migrating", expiresAt: $until) {
          userErrors { message } } }""",
        policy=found["policies"]["nodes"][0]["id"],
        product=found["dataProduct"]["id"],
        until=until,
    )
    assert granted["waiverGrant"]["userErrors"] == []
    mine = await inbox(mesh, OWNER)
    assert [waiver["policyName"] for waiver in mine["waivers"]] == listed
    assert [finding["waivedBy"] for finding in mine["findings"]] == [{"reason": "Migrating"}]
    assert (await inbox(mesh, SALES))["waivers"] == []
