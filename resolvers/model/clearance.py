"""The highest classification that a caller may read in previews: that of the token, otherwise that of the role."""

from collections.abc import Mapping, Sequence
from typing import Final

from resolvers.model.access import Caller, Role
from resolvers.model.records import Classification

ANONYMOUS = "anonymous"
CLEARANCES: Final[Mapping[str, Classification]] = {
    ANONYMOUS: Classification.PUBLIC,
    Role.READER.value: Classification.INTERNAL,
    Role.DOMAIN_OWNER.value: Classification.INTERNAL,
    Role.GOVERNANCE.value: Classification.INTERNAL,
}
ORDER = list(Classification)


def parse_clearances(pairs: Sequence[str]) -> dict[str, Classification]:
    """Of `role=CLASSIFICATION` each; a role that is not named keeps its default. Raises ValueError."""
    clearances = dict(CLEARANCES)
    for pair in pairs:
        role, _, name = pair.partition("=")
        if role not in CLEARANCES or name.upper() not in Classification.__members__:
            raise ValueError(
                f"'{pair[:60]}' is not a clearance: give role=CLASSIFICATION with a role of {', '.join(CLEARANCES)} "
                f"and a classification of {', '.join(Classification)}"
            )
        clearances[role] = Classification(name.upper())
    return clearances


def clearance_of(caller: Caller, domain: str, clearances: Mapping[str, Classification]) -> Classification:
    """Of the caller's token; else the highest of the caller's roles, for data of that domain. The role domain-owner
    counts in the domains that the caller owns."""
    if caller.anonymous:
        return clearances[ANONYMOUS]
    if caller.clearance is not None:
        return caller.clearance
    owns = "*" in caller.domains or domain in caller.domains
    roles = [role for role in caller.roles if role is not Role.DOMAIN_OWNER or owns]
    return max((clearances[role.value] for role in roles), key=ORDER.index, default=Classification.PUBLIC)
