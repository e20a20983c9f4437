"""Cypher projections: for each record, a list expression in the order of its fields, over a bound node or edge."""

from typing import LiteralString

DOMAIN: LiteralString = "[d.id, d.name, d.description, d.ownerTeam, d.defaultsJson, d.revision, d.createdAt]"
PRODUCT: LiteralString = (
    "[p.id, p.urn, p.name, p.description, p.domain, p.domainId, p.ownerTeam, p.type, p.status, p.version, p.tags, "
    "p.metadataJson, p.accessPointsJson, p.contractId, p.classification, p.revision, p.createdAt, p.updatedAt, "
    "p.successor, p.sunset]"
)
CONTRACT: LiteralString = (
    "[c.id, c.productId, c.version, c.status, c.format, c.jsonSchemaJson, c.classification, c.retentionJson, "
    "c.slaJson, c.qualityJson, c.semanticModelJson, c.publishedAt, c.validFrom, c.validTo]"
)
FIELD: LiteralString = (
    "[f.id, f.path, f.name, f.type, f.required, f.nullable, f.description, f.classification, f.position]"
)
# `a` is the consumer, `b` the provider, `r` the DEPENDS_ON or DEPENDED_ON edge between them.
DEPENDENCY: LiteralString = "[a.id, b.id, r.kind, r.origin, r.since, r.fields, r.contractVersion]"
POLICY: LiteralString = (
    "[y.id, y.name, y.description, y.scope, y.domain, y.productId, y.enforcement, y.ruleKind, y.ruleName, "
    "y.parametersJson, y.ruleText, y.version, y.paused, y.since, y.effectiveFrom, y.retiredAt]"
)
AUDIT_EVENT: LiteralString = (
    "[e.id, e.seq, e.at, e.actor, e.action, e.subjectKind, e.subjectId, e.domain, e.beforeJson, e.afterJson, "
    "e.judgedJson, e.previousHash, e.hash]"
)
# Of `resolvers.writes.judgement.Waiver`.
WAIVER: LiteralString = "[w.id, w.policyName, w.scopeKey, w.productId, w.reason, w.grantedBy, w.grantedAt, w.expiresAt]"
