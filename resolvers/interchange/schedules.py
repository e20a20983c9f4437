"""Schedules of quality runs of an import and an export."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from resolvers.graph.store import Store
from resolvers.interchange.documents import ProductItem, reason
from resolvers.model.access import Caller
from resolvers.mutations.quality_schedule_set import set_schedule
from resolvers.quality.schedules import QualitySchedule, schedules_of
from resolvers.writes.pipeline import DEFAULTS, WriteOptions


class Scheduled(NamedTuple):
    """How many schedules were set or ended; `reasons` say what was refused."""

    changed: int = 0
    reasons: tuple[str, ...] = ()


def schedule_documents(schedules: Sequence[QualitySchedule]) -> list[dict[str, str]]:
    return [{"accessPoint": one.access_point, "every": one.every} for one in schedules]


async def write_schedules(
    store: Store, caller: Caller, items: Sequence[ProductItem], ids: Mapping[str, str], options: WriteOptions = DEFAULTS
) -> Scheduled:
    """Of products whose documents have schedules, all that they have. `ids` are products' by urn; those that are not
    among them were left out."""
    written = [(item, ids[item.urn]) for item in items if item.schedules is not None and item.urn in ids]
    done = Scheduled()
    if not written:
        return done
    stored = await schedules_of(store, [id for _, id in written])
    for (item, id), there in zip(written, stored, strict=True):
        for point, every in differing(item.schedules or {}, {one.access_point: one.every for one in there}).items():
            outcome = await set_schedule(store, caller, id, point, every, options)
            reasons = tuple(
                reason(item.at, fault, f"{item.urn}: schedule of '{point}'") for fault in outcome.user_errors
            )
            done = Scheduled(done.changed + (not reasons), (*done.reasons, *reasons))
    return done


def differing(desired: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str | None]:
    """What to set, and with None what to end."""
    ended: dict[str, str | None] = {point: None for point in stored if point not in desired}
    return ended | {point: every for point, every in desired.items() if stored.get(point) != every}
