// Provisioning jobs, what of them waits, and what is stored for a product.
CREATE CONSTRAINT infrastructure_job IF NOT EXISTS FOR (n:InfrastructureJob) REQUIRE n.id IS UNIQUE;
CREATE INDEX infrastructure_job_state IF NOT EXISTS FOR (n:InfrastructureJob) ON (n.state, n.requestedAt);
CREATE INDEX infrastructure_resource_name IF NOT EXISTS FOR (n:InfrastructureResource) ON (n.target, n.kind, n.name);
CREATE CONSTRAINT storage_usage IF NOT EXISTS FOR (n:StorageUsage) REQUIRE n.productId IS UNIQUE;
