// Natural keys first: a MERGE or a CREATE without its constraint duplicates under concurrency.
CREATE CONSTRAINT domain_id IF NOT EXISTS FOR (n:Domain) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT domain_name IF NOT EXISTS FOR (n:Domain) REQUIRE n.name IS UNIQUE;
CREATE CONSTRAINT product_id IF NOT EXISTS FOR (n:DataProduct) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT product_urn IF NOT EXISTS FOR (n:DataProduct) REQUIRE n.urn IS UNIQUE;
CREATE CONSTRAINT product_revision IF NOT EXISTS FOR (n:ProductRevision) REQUIRE (n.productId, n.revision) IS UNIQUE;
CREATE CONSTRAINT contract_id IF NOT EXISTS FOR (n:DataContract) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT contract_version IF NOT EXISTS FOR (n:DataContract) REQUIRE (n.productId, n.version) IS UNIQUE;
CREATE CONSTRAINT field_id IF NOT EXISTS FOR (n:ContractField) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT policy_id IF NOT EXISTS FOR (n:Policy) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT policy_version IF NOT EXISTS FOR (n:Policy) REQUIRE (n.scopeKey, n.name, n.version) IS UNIQUE;
CREATE CONSTRAINT waiver_id IF NOT EXISTS FOR (n:Waiver) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT audit_event_id IF NOT EXISTS FOR (n:AuditEvent) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT audit_event_seq IF NOT EXISTS FOR (n:AuditEvent) REQUIRE n.seq IS UNIQUE;
CREATE CONSTRAINT audit_log_key IF NOT EXISTS FOR (n:AuditLog) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT idempotency_key IF NOT EXISTS FOR (n:IdempotencyKey) REQUIRE n.key IS UNIQUE;
CREATE INDEX product_domain IF NOT EXISTS FOR (n:DataProduct) ON (n.domain, n.urn);
CREATE INDEX product_created IF NOT EXISTS FOR (n:DataProduct) ON (n.createdAt, n.id);
CREATE INDEX audit_event_subject IF NOT EXISTS FOR (n:AuditEvent) ON (n.subjectId, n.seq);
CREATE FULLTEXT INDEX product_search IF NOT EXISTS FOR (n:DataProduct)
  ON EACH [n.name, n.searchWords, n.description, n.tags, n.fieldNames]
  OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-no-stop-words', `fulltext.eventually_consistent`: false}};
MERGE (t:AuditLog {key: 'tail'}) ON CREATE SET t.seq = 0, t.hash = '';
