"""Registers or updates the domains of an import in one write."""

from collections.abc import Sequence
from typing import LiteralString

from resolvers.governance.governed_write import write
from resolvers.graph import projections
from resolvers.graph.store import Store
from resolvers.interchange.documents import DomainItem, ImportRefused, reason
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserFault, UserFaults
from resolvers.model.records import Domain
from resolvers.mutations import domain_register, domain_update
from resolvers.mutations.inputs import DomainInput
from resolvers.writes.batch import batch
from resolvers.writes.pipeline import DEFAULTS, Outcome, Write, WriteOptions

STANDING: LiteralString = f"""
UNWIND $payload.names AS name
MATCH (d:Domain {{name: name}})
RETURN collect({projections.DOMAIN})
"""


async def write_domains(
    store: Store, caller: Caller, items: Sequence[DomainItem], options: WriteOptions = DEFAULTS
) -> tuple[int, int]:
    """How many are new, and how many changed. Raises `ImportRefused`, `StoreError`."""
    rows = await store.read(STANDING, payload={"names": [str(item.payload.name) for item in items]})
    existing = {domain.name: domain for domain in (Domain(*row) for row in rows)}
    planned = checked(items, existing)
    if not planned:
        return 0, 0
    one = planned[0] if len(planned) == 1 else batch("import", caller, planned)
    action = one.action or Action.REGISTER_DOMAIN
    accepted(items, await write(store, caller, action, lambda: one._replace(name="import"), options))
    new = sum(item.payload.name not in existing for item in items)
    return new, len(planned) - new


def checked(items: Sequence[DomainItem], existing: dict[str, Domain]) -> list[Write]:
    """The writes that are needed. Raises `ImportRefused`."""
    planned, reasons = [], []
    for item in items:
        try:
            step = step_of(item, existing.get(item.payload.name))
        except UserFaults as faults:
            reasons += [reason(item.at, fault, f"Domain {item.payload.name}") for fault in faults.faults]
            continue
        if step is not None:
            planned.append(step)
    if reasons:
        raise ImportRefused(reasons)
    return planned


def step_of(item: DomainItem, existing: Domain | None) -> Write | None:
    if existing is None:
        return domain_register.plan(item.payload)
    changes = domain_update.check(said(item.payload, item.said))
    return (
        None
        if domain_update.changed(existing, changes) == existing
        else domain_update.plan(existing.id, said(item.payload, item.said))
    )


def said(payload: DomainInput, keys: frozenset[str]) -> dict[str, object]:
    values = {
        "description": payload.description,
        "ownerTeam": payload.owner_team,
        "defaults": payload.defaults,
        "businessRules": payload.business_rules,
    }
    return {key: value for key, value in values.items() if key in keys}


def accepted(items: Sequence[DomainItem], outcome: Outcome) -> None:
    faults: tuple[UserFault, ...] = outcome.user_errors
    if faults:
        raise ImportRefused([reason(items[0].at.split(":")[0], fault, "domains") for fault in faults])
