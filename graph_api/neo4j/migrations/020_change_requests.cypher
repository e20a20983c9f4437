CREATE CONSTRAINT change_request_id IF NOT EXISTS FOR (n:ChangeRequest) REQUIRE n.id IS UNIQUE;
CREATE INDEX change_request_product IF NOT EXISTS FOR (n:ChangeRequest) ON (n.productId, n.openedAt);
CREATE INDEX change_request_opened IF NOT EXISTS FOR (n:ChangeRequest) ON (n.openedAt, n.id);
// Only contracts that wait for their date have one, so looking for due ones costs nothing.
CREATE INDEX contract_due IF NOT EXISTS FOR (n:DataContract) ON (n.dueAt);
