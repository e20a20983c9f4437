// Each order of a discovery page is walked in an index, and each selective filter starts from one.
CREATE INDEX product_name IF NOT EXISTS FOR (n:DataProduct) ON (n.name, n.id);
CREATE INDEX product_updated IF NOT EXISTS FOR (n:DataProduct) ON (n.updatedAt, n.id);
CREATE INDEX product_owner IF NOT EXISTS FOR (n:DataProduct) ON (n.ownerTeam, n.urn);
CREATE INDEX audit_event_actor IF NOT EXISTS FOR (n:AuditEvent) ON (n.actor, n.seq);
CREATE INDEX audit_event_domain IF NOT EXISTS FOR (n:AuditEvent) ON (n.domain, n.seq);
