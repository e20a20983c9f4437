"""Which classification a caller may read in previews of data: by role, and everything in the domains they own."""

from collections.abc import Mapping, Sequence
from typing import Final

from resolvers.model.access import Action, Caller, Role, may
from resolvers.model.records import Classification

ANONYMOUS = "anonymous"
CLEARANCES: Final[Mapping[str, Classification]] = {
    ANONYMOUS: Classification.PUBLIC,
    Role.READER.value: Classification.INTERNAL,
    Role.DOMAIN_OWNER.value: Classification.INTERNAL,
    Role.GOVERNANCE.value: Classification.RESTRICTED,
}
ORDER = list(Classification)


def parse_clearances(pairs: Sequence[str]) -> dict[str, Classification]:
    """Of `role=CLASSIFICATION` each; a role that is not named keeps its default. Raises ValueError."""
    found = dict(CLEARANCES)
    for pair in pairs:
        role, _, name = pair.partition("=")
        if role not in CLEARANCES or name.upper() not in Classification.__members__:
            raise ValueError(
                f"'{pair[:60]}' is no clearance: give role=CLASSIFICATION with a role of {', '.join(CLEARANCES)} "
                f"and a classification of {', '.join(Classification)}"
            )
        found[role] = Classification(name.upper())
    return found


def clearance_of(caller: Caller, domain: str, clearances: Mapping[str, Classification]) -> Classification:
    """The highest of the caller's roles, for data of that domain."""
    if caller.anonymous:
        return clearances[ANONYMOUS]
    if Role.GOVERNANCE not in caller.roles and may(caller, Action.WRITE_PRODUCT, domain):
        return Classification.RESTRICTED
    return max((clearances[role.value] for role in caller.roles), key=ORDER.index, default=Classification.PUBLIC)
