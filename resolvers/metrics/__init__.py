"""Request metrics: exact counts and mergeable latency sketches in time buckets."""
