"""A contract diff for clients: each change with the consumers it reaches, as storable values."""

from typing import Any, NamedTuple

from resolvers.contracts.impact import Impact
from resolvers.contracts.usage import Affected, reached_by
from resolvers.writes.idempotency import replayable


@replayable
class ReachedChange(NamedTuple):
    """`before` and `after` are JSON values; `reaches` are product ids."""

    rule: str
    path: list[str]
    severity: str
    message: str
    field: str | None
    before: Any
    after: Any
    reaches: list[str]
    witness: Any = None


@replayable
class DiffReport(NamedTuple):
    from_version: str
    to_version: str
    breaking: bool
    required_version: str
    changes: list[ReachedChange]
    affected: list[Affected]


def report_of(impact: Impact) -> DiffReport | None:
    """None for a first contract, which is compared with nothing."""
    diff = impact.diff
    if diff is None:
        return None
    changes = [
        ReachedChange(
            change.rule,
            list(change.path),
            change.severity,
            change.message,
            change.field,
            change.before,
            change.after,
            reached_by(change, impact.uses),
            change.witness,
        )
        for change in diff.changes
    ]
    return DiffReport(
        diff.from_version, diff.to_version, diff.breaking, diff.required_version, changes, list(impact.affected)
    )
