"""Checks before a contract is published: its version number, and the consumers that it would break."""

from resolvers.contracts.diff import high_enough
from resolvers.contracts.impact import Impact
from resolvers.contracts.report import report_of
from resolvers.contracts.usage import domains_of
from resolvers.model.errors import UserErrorCode, UserFault


def check_bump(impact: Impact) -> None:
    """Raises `UserFault` WRONG_VERSION, naming the version it must be, when the given one announces too little."""
    diff = impact.diff
    if diff is None or high_enough(diff.to_version, diff.required_version):
        return
    kinds = sorted({change.rule for change in diff.changes if change.severity == "BREAKING"})
    because = f"because it breaks readers ({', '.join(kinds)})" if diff.breaking else "for what it changes"
    raise UserFault(
        UserErrorCode.WRONG_VERSION,
        f"Version {diff.to_version} is too low: after {diff.from_version} it must be {diff.required_version} "
        f"or higher, {because}.",
        ("contract", "version"),
        {"diff": report_of(impact)},
    )


def breaking_fault(impact: Impact) -> UserFault:
    """The refusal of a breaking change that live consumers would meet, and the ways out of it."""
    names = [consumer.urn for consumer in impact.affected]
    listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return UserFault(
        UserErrorCode.BREAKING_CHANGE,
        f"This contract breaks {len(names)} consumer{'s' if len(names) != 1 else ''} in "
        f"{', '.join(domains_of(impact.affected))}: {listed}. Make the change compatible, wait until they no longer "
        "depend on what changes, or ask them: send it again with `openChangeRequest`.",
        ("contract",),
        {"diff": report_of(impact)},
    )
