"""Records of provisioning jobs."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.infrastructure.resources import PlannedResource
from resolvers.writes.idempotency import replayable


class JobState(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"


@replayable
class InfrastructureJob(NamedTuple):
    """`applied` and `failed` count resources, once it is finished."""

    id: str
    product_id: str
    targets: list[str]
    state: str
    plan_digest: str
    requested_by: str
    requested_at: str
    finished_at: str | None
    applied: int | None
    failed: int | None


JOB: LiteralString = (
    "[j.id, j.productId, j.targets, j.state, j.planDigest, j.requestedBy, j.requestedAt, j.finishedAt, j.applied, "
    "j.failed]"
)


def to_text(resources: Sequence[PlannedResource]) -> str:
    """What a job shall apply, as it keeps it: a plan that changes meanwhile is another job's."""
    return orjson.dumps([one._asdict() for one in resources]).decode()


def from_text(text: str) -> list[PlannedResource]:
    return [_resource(one) for one in orjson.loads(text)]


def _resource(properties: dict[str, Any]) -> PlannedResource:
    within = properties.pop("within")
    return PlannedResource(**properties, within=tuple(within) if within else None)
