"""Updates the properties of a domain, and the defaults of its future products.

Its name never changes.
"""

from collections.abc import Mapping
from typing import Any, LiteralString

from resolvers.contracts.domain_defaults import from_json, to_json, with_business_rules
from resolvers.governance.governed_write import write
from resolvers.graph import projections
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Domain
from resolvers.mutations.domain_register import checked_defaults, checked_rules, document
from resolvers.writes import validation
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

KEYS = ("description", "ownerTeam", "defaults", "businessRules")


async def update_domain(
    store: Store, caller: Caller, domain_id: str, payload: Mapping[str, Any], options: WriteOptions = DEFAULTS
) -> Outcome:
    """`payload` has the keys to change: description, ownerTeam, defaults (all of them, with the keys of
    DomainDefaultsInput), businessRules (all of them). Null empties description, defaults and rules. Products and
    contracts that are there stay as they are.

    `thing` is the `Domain`. Faults: INVALID_INPUT, NOT_FOUND, FORBIDDEN, REVISION_CONFLICT.
    """
    return await write(store, caller, Action.UPDATE_DOMAIN, lambda: plan(domain_id, payload), options)


def plan(domain_id: str, payload: Mapping[str, Any]) -> Write:
    changes = check(payload)

    async def look(tx: Transaction, products: Products) -> LockedState:
        return await see_domain(tx, domain_id)

    async def apply(tx: Transaction, domain: Domain, now: str) -> Change:
        return await change_domain(tx, domain, changed(domain, changes))

    return Write(
        name="domainUpdate",
        action=Action.UPDATE_DOMAIN,
        document=[domain_id, payload],
        locks=Locks((domain_id,)),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


def changed(domain: Domain, changes: Mapping[str, Any]) -> Domain:
    """Defaults and business rules, which are kept together, are replaced each for itself."""
    values = dict(changes)
    rules = values.pop("business_rules", None)
    requested = domain._replace(**values)
    if rules is None and "defaults_json" in values:
        rules = from_json(domain.defaults_json).business_rules or from_json(requested.defaults_json).business_rules
    if rules is None:
        return requested
    return requested._replace(defaults_json=with_business_rules(requested.defaults_json, rules))


def check(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `Domain` and their new values, and `business_rules`. Raises `UserFaults` with all that is wrong."""
    faults = validation.Faults()
    if not payload:
        faults.add(("input",), f"Give something to change: {', '.join(KEYS)}.")
    for key in payload.keys() - set(KEYS):
        faults.add(("input", key), f"This can't be changed; what can be is {', '.join(KEYS)}.")
    changes: dict[str, Any] = {}
    if "description" in payload:
        changes["description"] = validation.description(faults, payload["description"], ("input", "description"))
    if "ownerTeam" in payload:
        changes["owner_team"] = validation.text(faults, payload["ownerTeam"], ("input", "ownerTeam"))
    if "defaults" in payload:
        changes["defaults_json"] = to_json(checked_defaults(faults, payload["defaults"]))
    if "businessRules" in payload:
        changes["business_rules"] = checked_rules(faults, payload["businessRules"])
    faults.raise_any()
    return changes


DOMAIN: LiteralString = f"MATCH (d:Domain {{id: $id}}) RETURN {projections.DOMAIN}"


async def see_domain(tx: Transaction, domain_id: str) -> LockedState:
    row = await tx.run(DOMAIN, id=domain_id)
    if row is None:
        absent = UserFault(UserErrorCode.NOT_FOUND, f"There is no domain '{domain_id[:200]}'.", ("id",))
        return LockedState(faults=(absent,))
    domain = Domain(*row)
    return LockedState(domain, (domain.name,), revision=domain.revision)


CHANGE: LiteralString = f"""
MATCH (d:Domain {{id: $domain.id}})
SET d += $domain
RETURN {projections.DOMAIN}
"""


async def change_domain(tx: Transaction, before: Domain, requested: Domain) -> Change:
    if requested == before:
        return Change(before, "DOMAIN", before.id, before.name, changed=False)
    requested = requested._replace(revision=before.revision + 1)
    after = Domain(*await tx.run(CHANGE, domain=document(requested)))
    return Change(after, "DOMAIN", after.id, after.name, document(before), document(after))
