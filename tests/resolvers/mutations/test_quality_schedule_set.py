"""Regular quality runs: set, started once when due by whoever comes first, and ended."""

import asyncio
from typing import Any

from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.mutations.quality_schedule_set import after, set_schedule, start_due
from resolvers.quality.schedules import QualitySchedule, schedules_of
from tests.checksum import checksum
from tests.writes import OTHER_OWNER, SALES_OWNER, a_domain, a_product, audit_actions, contract, done, faults

PAST = "2026-01-01T00:00:00.000000Z"
RUNS = "MATCH (r:QualityRun) WITH r ORDER BY r.startedAt RETURN collect([r.accessPoint, r.state, r.requestedBy])"


async def product_id(store: Store) -> str:
    await a_domain(store)
    points = [{"kind": "BATCH", "uri": "file:///data/rows.csv"}, {"kind": "API", "uri": "https://a.example/x"}]
    return (await a_product(store, contract=contract(), access_points=points)).id


async def test_a_schedule_starts_runs_once_each(store: Store, cypher: Any) -> None:
    product = await product_id(store)
    schedule = done(await set_schedule(store, SALES_OWNER, product, "batch", "PT6H"))
    assert (schedule.every, schedule.set_by) == ("PT6H", "sam")
    assert schedule.next_at > clock.now()
    assert await start_due(store) == 0
    await cypher("MATCH (s:QualitySchedule) SET s.nextAt = $past", past=PAST)
    assert sum(await asyncio.gather(*(start_due(store) for _ in range(4)))) == 1
    assert await store.read(RUNS) == [["batch", "QUEUED", "schedule of sam"]]
    ((now,),) = await schedules_of(store, [product])
    assert now.next_at > clock.now()
    assert now.next_at[10:] in ("T00:00:00.000000Z", "T06:00:00.000000Z", "T12:00:00.000000Z", "T18:00:00.000000Z")
    await cypher("MATCH (s:QualitySchedule) SET s.nextAt = $past", past=PAST)
    assert await start_due(store) == 0  # the run before still waits
    await cypher("MATCH (r:QualityRun) SET r.state = 'FINISHED'")
    await cypher("MATCH (s:QualitySchedule) SET s.nextAt = $past", past=PAST)
    assert await start_due(store) == 1
    assert list(await audit_actions(store)).count("qualityRunStart") == 2


def test_times_that_were_missed_are_not_made_up_for() -> None:
    schedule = QualitySchedule("p", "batch", "PT6H", "2026-11-01T01:00:00.000000Z", "sam")
    assert after(schedule, "2026-11-01T01:00:01.000000Z") == "2026-11-01T07:00:00.000000Z"
    assert after(schedule, "2026-11-03T20:00:00.000000Z") == "2026-11-04T01:00:00.000000Z"


async def test_a_schedule_is_changed_ended_and_refused(store: Store) -> None:
    product = await product_id(store)
    done(await set_schedule(store, SALES_OWNER, product, "batch", "PT6H"))
    before = await checksum(store)
    done(await set_schedule(store, SALES_OWNER, product, "batch", "PT6H"))  # as it is already
    assert faults(await set_schedule(store, OTHER_OWNER, product, "batch", "PT1H")) == [("FORBIDDEN", ())]
    assert faults(await set_schedule(store, SALES_OWNER, product, "batch", "PT1S")) == [("INVALID_INPUT", ("every",))]
    assert faults(await set_schedule(store, SALES_OWNER, product, "none", "PT1H")) == [("NOT_FOUND", ("accessPoint",))]
    assert faults(await set_schedule(store, SALES_OWNER, product, "api", None)) == [("NOT_FOUND", ("accessPoint",))]
    assert await checksum(store) == before
    done(await set_schedule(store, SALES_OWNER, product, "batch", "P1D"))
    ((changed,),) = await schedules_of(store, [product])
    assert changed.every == "P1D"
    done(await set_schedule(store, SALES_OWNER, product, "batch", None))
    assert await schedules_of(store, [product]) == [[]]
    assert list(await audit_actions(store)).count("qualityScheduleSet") == 3
