"""Callers and shorthands for tests that write through the mutations."""

from collections.abc import Sequence
from typing import Any

from resolvers.graph.store import Store
from resolvers.model.access import ADMINISTRATOR, Caller, Role
from resolvers.model.records import Domain, Product
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.domain_register import register_domain
from resolvers.mutations.inputs import DomainInput, ProductInput
from resolvers.writes.pipeline import Outcome

READER = Caller("rita", frozenset({Role.READER}))
SALES_OWNER = Caller("sam", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"sales"}))
OTHER_OWNER = Caller("olga", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"other"}))

ORDER_SCHEMA = {
    "type": "object",
    "required": ["order_id"],
    "properties": {
        "order_id": {"type": "string"},
        "total": {"type": "number"},
        "customer": {"type": "object", "properties": {"id": {"type": "string"}}},
    },
}


def contract(version: str = "1.0.0", **given: Any) -> dict[str, Any]:
    """The keys of DataContractInput."""
    stated = {"classification": "INTERNAL", "retention": {"days": 365}}
    return {"version": version, "format": "json", "jsonSchema": ORDER_SCHEMA, **stated, **given}


def done(outcome: Outcome) -> Any:
    """The thing of a write that must have succeeded."""
    assert faults(outcome) == []
    assert [violation.message for violation in outcome.violations] == []
    assert outcome.thing is not None
    return outcome.thing


def faults(outcome: Outcome) -> list[tuple[str, tuple[str, ...]]]:
    return [(fault.code.value, fault.field) for fault in outcome.user_errors]


async def a_domain(store: Store, name: str = "sales", **given: Any) -> Domain:
    return done(await register_domain(store, ADMINISTRATOR, DomainInput(name, f"{name}-team", **given)))


async def a_product(store: Store, name: str = "orders", domain: str = "sales", **given: Any) -> Product:
    """In a domain that exists."""
    values = {"type": "SOURCE", **given}
    return done(await create_product(store, ADMINISTRATOR, ProductInput(domain, name, **values)))


async def audit_actions(store: Store) -> Sequence[str]:
    return await store.read("MATCH (e:AuditEvent) WITH e ORDER BY e.seq RETURN collect(e.action)")
