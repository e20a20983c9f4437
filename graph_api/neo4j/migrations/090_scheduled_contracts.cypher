// Contracts that wait for their date are found by when they are tried next; one that a policy holds back waits longer.
CREATE INDEX contract_try IF NOT EXISTS FOR (n:DataContract) ON (n.tryAt);
MATCH (c:DataContract) WHERE c.dueAt IS NOT NULL AND c.tryAt IS NULL SET c.tryAt = c.dueAt, c.status = 'SCHEDULED';
DROP INDEX contract_due IF EXISTS;
