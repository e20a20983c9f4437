"""Callers and their permissions. Every mutation calls `permit` before it applies anything."""

from enum import StrEnum
from typing import NamedTuple

from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Classification


class Role(StrEnum):
    READER = "reader"
    DOMAIN_OWNER = "domain-owner"
    GOVERNANCE = "governance"


class Action(StrEnum):
    """What a caller can ask leave for. `OWN_DOMAIN` actions need the domain; the others need governance."""

    REGISTER_DOMAIN = "REGISTER_DOMAIN"
    UPDATE_DOMAIN = "UPDATE_DOMAIN"
    WRITE_PRODUCT = "WRITE_PRODUCT"
    PUBLISH_CONTRACT = "PUBLISH_CONTRACT"
    WRITE_DEPENDENCY = "WRITE_DEPENDENCY"
    DEFINE_MESH_POLICY = "DEFINE_MESH_POLICY"
    DEFINE_DOMAIN_POLICY = "DEFINE_DOMAIN_POLICY"
    GRANT_WAIVER = "GRANT_WAIVER"
    APPROVE_CHANGE = "APPROVE_CHANGE"
    MANAGE_MESH_WEBHOOK = "MANAGE_MESH_WEBHOOK"
    MANAGE_DOMAIN_WEBHOOK = "MANAGE_DOMAIN_WEBHOOK"
    MANAGE_MESH_TEMPLATE = "MANAGE_MESH_TEMPLATE"
    MANAGE_DOMAIN_TEMPLATE = "MANAGE_DOMAIN_TEMPLATE"


OWN_DOMAIN = frozenset(
    {
        Action.UPDATE_DOMAIN,
        Action.WRITE_PRODUCT,
        Action.PUBLISH_CONTRACT,
        Action.WRITE_DEPENDENCY,
        Action.DEFINE_DOMAIN_POLICY,
        Action.APPROVE_CHANGE,
        Action.MANAGE_DOMAIN_WEBHOOK,
        Action.MANAGE_DOMAIN_TEMPLATE,
    }
)


class Caller(NamedTuple):
    """`domains` are those a domain owner owns, `*` means all. Anonymous callers have no role but reader. `clearance` is
    the highest classification that the caller's token permits to read in previews; None: that of the roles."""

    name: str
    roles: frozenset[Role] = frozenset({Role.READER})
    domains: frozenset[str] = frozenset()
    anonymous: bool = False
    clearance: Classification | None = None


ANONYMOUS = Caller("anonymous", frozenset({Role.READER}), frozenset(), anonymous=True)
ADMINISTRATOR = Caller("administrator", frozenset(Role), frozenset({"*"}))


def may(caller: Caller, action: Action, domain: str | None = None) -> bool:
    if caller.anonymous:
        return False
    if Role.GOVERNANCE in caller.roles:
        return True
    if action not in OWN_DOMAIN or Role.DOMAIN_OWNER not in caller.roles:
        return False
    return "*" in caller.domains or domain in caller.domains


def permit(caller: Caller, action: Action, domain: str | None = None) -> None:
    """Raises `UserFault` UNAUTHENTICATED or FORBIDDEN unless `caller` may do `action` (in `domain`)."""
    if may(caller, action, domain):
        return
    if caller.anonymous:
        raise UserFault(
            UserErrorCode.UNAUTHENTICATED,
            "Writes need a caller: sign in, or send `Authorization: Bearer <token>` "
            "(`meshweave token` prints the local one).",
        )
    where = f" in domain '{domain}'" if domain else ""
    needed = f"role domain-owner of '{domain}' or governance" if action in OWN_DOMAIN else "role governance"
    raise UserFault(UserErrorCode.FORBIDDEN, f"'{caller.name}' may not {action.value}{where}: it needs {needed}.")
