// Webhooks and their dead letters.
CREATE CONSTRAINT webhook_id IF NOT EXISTS FOR (n:Webhook) REQUIRE n.id IS UNIQUE;
CREATE INDEX webhook_active IF NOT EXISTS FOR (n:Webhook) ON (n.active);
CREATE INDEX webhook_creator IF NOT EXISTS FOR (n:Webhook) ON (n.createdBy, n.id);
CREATE CONSTRAINT dead_letter_id IF NOT EXISTS FOR (n:DeadLetter) REQUIRE n.id IS UNIQUE;
CREATE INDEX dead_letter_webhook IF NOT EXISTS FOR (n:DeadLetter) ON (n.webhookId, n.seq);
// The history of compliance: how each product stood over a span of time.
CREATE CONSTRAINT compliance_log_key IF NOT EXISTS FOR (n:ComplianceLog) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT compliance_span IF NOT EXISTS FOR (n:ComplianceSpan) REQUIRE (n.productId, n.since) IS UNIQUE;
CREATE INDEX compliance_span_until IF NOT EXISTS FOR (n:ComplianceSpan) ON (n.until, n.since);
CREATE INDEX compliance_span_since IF NOT EXISTS FOR (n:ComplianceSpan) ON (n.since);
CREATE INDEX compliance_span_domain_until IF NOT EXISTS FOR (n:ComplianceSpan) ON (n.domain, n.until, n.since);
CREATE INDEX compliance_span_domain_since IF NOT EXISTS FOR (n:ComplianceSpan) ON (n.domain, n.since);
CREATE INDEX waiver_expiry IF NOT EXISTS FOR (n:Waiver) ON (n.expiresAt);
