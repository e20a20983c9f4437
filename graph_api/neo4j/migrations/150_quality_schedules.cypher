// Schedules of quality runs, and finished runs by time.
CREATE CONSTRAINT quality_schedule_key IF NOT EXISTS FOR (n:QualitySchedule) REQUIRE n.key IS UNIQUE;
CREATE INDEX quality_schedule_next IF NOT EXISTS FOR (n:QualitySchedule) ON (n.nextAt);
CREATE INDEX quality_run_finished IF NOT EXISTS FOR (n:QualityRun) ON (n.productId, n.finishedAt);
