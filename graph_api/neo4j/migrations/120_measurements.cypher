// Request metrics, quality runs and how service levels are kept.
CREATE CONSTRAINT product_metrics_product IF NOT EXISTS FOR (n:ProductMetrics) REQUIRE n.productId IS UNIQUE;
CREATE CONSTRAINT request_bucket_key IF NOT EXISTS FOR (n:RequestBucket) REQUIRE n.key IS UNIQUE;
CREATE INDEX request_bucket_start IF NOT EXISTS FOR (n:RequestBucket) ON (n.productId, n.start);
CREATE INDEX request_bucket_size IF NOT EXISTS FOR (n:RequestBucket) ON (n.size, n.start);
CREATE CONSTRAINT request_batch_key IF NOT EXISTS FOR (n:RequestBatch) REQUIRE n.key IS UNIQUE;
CREATE INDEX request_batch_at IF NOT EXISTS FOR (n:RequestBatch) ON (n.at);
CREATE CONSTRAINT quality_run_id IF NOT EXISTS FOR (n:QualityRun) REQUIRE n.id IS UNIQUE;
CREATE INDEX quality_run_state IF NOT EXISTS FOR (n:QualityRun) ON (n.state, n.startedAt);
CREATE INDEX quality_run_product IF NOT EXISTS FOR (n:QualityRun) ON (n.productId, n.startedAt);
CREATE CONSTRAINT service_level_status_key IF NOT EXISTS FOR (n:ServiceLevelStatus) REQUIRE n.key IS UNIQUE;
