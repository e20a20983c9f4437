"""Records of provisioned infrastructure."""

from enum import StrEnum
from typing import NamedTuple

from resolvers.writes.idempotency import replayable


class ResourceState(StrEnum):
    PLANNED = "PLANNED"
    APPLIED = "APPLIED"
    FAILED = "FAILED"
    OBSOLETE = "OBSOLETE"
    RELEASED = "RELEASED"


@replayable
class Resource(NamedTuple):
    """One resource of a target system. `digest` is of the specification that was planned or applied; `reason` says why
    it failed. `at` is of the last try, `by` is who asked for it, `since` is when it came into its state."""

    target: str
    kind: str
    name: str
    state: str
    reason: str | None
    digest: str
    by: str
    at: str
    since: str


class RecordedPlan(NamedTuple):
    """A plan that was written down, by `dataProductInitialize` or by provisioning. `digest` is SHA-256 of its JSON."""

    digest: str
    plan_json: str
    by: str
    at: str
