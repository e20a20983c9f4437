"""Registers a domain, with defaults for its products."""

from typing import Any, LiteralString

from resolvers.contracts.domain_defaults import DomainDefaults, parse_business_rules, parse_defaults, to_json
from resolvers.contracts.quality_rules import BusinessRule
from resolvers.governance.governed_write import write
from resolvers.graph import projections
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.model.ids import Prefix, new_id
from resolvers.model.records import Domain
from resolvers.mutations.inputs import DomainInput
from resolvers.writes import validation
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions


async def register_domain(
    store: Store, caller: Caller, payload: DomainInput, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Domain`. Faults: INVALID_INPUT, ALREADY_EXISTS, FORBIDDEN (it takes role governance)."""
    return await write(store, caller, Action.REGISTER_DOMAIN, lambda: plan(payload), options)


def plan(payload: DomainInput) -> Write:
    domain = _checked(payload)

    async def look(tx: Transaction, products: Products) -> LockedState:
        return LockedState()

    async def apply(tx: Transaction, state: None, now: str) -> Change:
        created = await create_domain(tx, domain._replace(created_at=now))
        return Change(created, "DOMAIN", created.id, created.name, None, document(created))

    return Write("domainRegister", Action.REGISTER_DOMAIN, payload, Locks(), NOTHING, look, apply)


def _checked(payload: DomainInput) -> Domain:
    faults = validation.Faults()
    domain = Domain(
        id=new_id(Prefix.DOMAIN),
        name=validation.name(faults, payload.name, ("input", "name")),
        description=validation.description(faults, payload.description, ("input", "description")),
        owner_team=validation.text(faults, payload.owner_team, ("input", "ownerTeam")),
        defaults_json=to_json(stated_defaults(faults, payload)),
        revision=1,
        created_at="",
    )
    faults.raise_any()
    return domain


def stated_defaults(faults: validation.Faults, payload: DomainInput) -> DomainDefaults:
    defaults = checked_defaults(faults, payload.defaults)
    rules = checked_rules(faults, payload.business_rules)
    return defaults.model_copy(update={"business_rules": rules}) if rules else defaults


def checked_rules(faults: validation.Faults, payload: Any) -> tuple[BusinessRule, ...]:
    try:
        return parse_business_rules(payload, ("input", "businessRules"))
    except UserFaults as several:
        faults.extend(several)
        return ()


def checked_defaults(faults: validation.Faults, payload: Any) -> DomainDefaults:
    try:
        return parse_defaults(payload, ("input", "defaults"))
    except UserFaults as several:
        faults.extend(several)
        return DomainDefaults()


CREATE: LiteralString = f"""
MERGE (d:Domain {{name: $domain.name}})
ON CREATE SET d = $domain
WITH d WHERE d.id = $domain.id
RETURN {projections.DOMAIN}
"""


async def create_domain(tx: Transaction, domain: Domain) -> Domain:
    """Raises `UserFault` ALREADY_EXISTS when the name is taken."""
    row = await tx.run(CREATE, domain=_properties(domain))
    if row is None:
        raise UserFault(
            UserErrorCode.ALREADY_EXISTS, f"A domain named '{domain.name}' is registered already.", ("input", "name")
        )
    return Domain(*row)


def _properties(domain: Domain) -> dict[str, Any]:
    return {
        "id": domain.id,
        "name": domain.name,
        "description": domain.description,
        "ownerTeam": domain.owner_team,
        "defaultsJson": domain.defaults_json,
        "revision": domain.revision,
        "createdAt": domain.created_at,
    }


def document(domain: Domain) -> dict[str, Any]:
    """The domain as JSON, for the audit log."""
    return _properties(domain)
